/**
 * Replaces what stands between `<!-- generated: NAME -->` and `<!-- end -->` in a page.
 * @throws Error when the page has no such place
 */
export function fillIn(page: string, name: string, content: string): string {
  const start = `<!-- generated: ${name} -->\n`
  const from = page.indexOf(start)
  const to = page.indexOf('<!-- end -->', from)
  if (from < 0 || to < 0) throw new Error(`no place for "${name}": wanted ${start}<!-- end -->`)
  return `${page.slice(0, from)}${start}${content}\n${page.slice(to)}`
}
