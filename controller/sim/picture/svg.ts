/** Attributes of an element; numbers are rounded to tenths. */
export type Attributes = Readonly<Record<string, string | number>>

/** An SVG element; its content must be SVG already (`escaped` makes it of plain text). */
export function element(name: string, attributes: Attributes = {}, ...content: string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${shown(value)}"`)
  const head = `<${name}${written.join('')}`
  return content.length === 0 ? `${head}/>` : `${head}>${content.join('')}</${name}>`
}

/** A line of text. */
export const label = (x: number, y: number, text: string, attributes: Attributes = {}): string =>
  element('text', { x, y, ...attributes }, escaped(text))

/** Plain text as content of an element. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** A point of a path, in tenths: finer than any screen shows, and the same on every machine. */
export const point = (x: number, y: number): string => `${tenths(x)} ${tenths(y)}`

export const tenths = (x: number): number => Math.round(x * 10) / 10

const shown = (value: string | number): string =>
  typeof value === 'number' ? String(tenths(value)) : escaped(value)
