/** Addresses of nodes may hold a password or a key: in the name of a user, the path, or what is asked after it. */

/** How a node is asked: addresses with a password in them are refused by fetch. */
export interface Endpoint {
  readonly href: string
  readonly headers: Readonly<Record<string, string>>
}

export function endpointOf(url: string): Endpoint {
  if (!URL.canParse(url)) return { href: url, headers: {} }
  const parsed = new URL(url)
  const { username, password } = parsed
  if (username === '' && password === '') return { href: url, headers: {} }
  const pair = Buffer.from(`${plain(username)}:${plain(password)}`).toString('base64')
  parsed.username = ''
  parsed.password = ''
  return { href: parsed.href, headers: { authorization: `Basic ${pair}` } }
}

/** An address for people: scheme, host and port; a bare host is shown as it is. */
export function shownUrl(url: string): string {
  if (/^[\w.-]+(:\d+)?$/.test(url)) return url
  return URL.canParse(url) ? new URL(url).origin : '?'
}

/** Shorter parts of an address are words such as "rpc" and "v3". */
const LEAST_SECRET = 6

/** A text that a node, or a library, wrote, without what only the address may hold. */
export function withoutSecrets(text: string, url: string): string {
  let clean = text.replaceAll(url, shownUrl(url))
  for (const secret of secretsIn(url)) clean = clean.replaceAll(secret, '…')
  return clean
}

/** Longest first: a part of another must not spoil it. */
function secretsIn(url: string): string[] {
  if (!URL.canParse(url)) return []
  const { username, password, pathname, searchParams, hash } = new URL(url)
  const parts = [...pathname.split('/'), ...searchParams.values(), hash.slice(1)]
  const secrets = [
    ...[username, password].filter((each) => each !== ''),
    ...parts.filter((each) => each.length >= LEAST_SECRET),
  ]
  const all = secrets.flatMap((each) => [each, plain(each)])
  return [...new Set(all)].sort((a, b) => b.length - a.length)
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
