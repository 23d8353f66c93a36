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
/** Shorter names and passwords stand in every other word; cut out, they would leave nothing that can be read. */
const LEAST_CREDENTIAL = 4
/** Name and password where they stand in an address, whatever their length (RFC 3986, section 3.2.1). */
const USER_INFO = /([a-z][a-z\d+.-]*:\/\/)[^\s/?#"'<>]*@/gi

/** A text that a node, or a library, wrote, without what only the address may hold. */
export function withoutSecrets(text: string, url: string): string {
  let clean = text.replaceAll(url, shownUrl(url)).replace(USER_INFO, '$1…@')
  for (const secret of secretsIn(url)) clean = clean.replaceAll(secret, '…')
  return clean
}

/**
 * A JSON-RPC answer without secrets in what it says to people. A result is data, which happens to hold the letters of
 * a short name as often as not, so it stays as it is.
 */
export function answerWithoutSecrets(body: string, url: string): string {
  const json = objectIn(body)
  if (json && 'error' in json) return JSON.stringify({ ...json, error: cleaned(json.error, url) })
  return json && 'result' in json ? body : withoutSecrets(body, url)
}

function objectIn(text: string): object | undefined {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null ? json : undefined
  } catch {
    return undefined
  }
}

function cleaned(value: unknown, url: string): unknown {
  // What a contract gave back is no text.
  if (typeof value === 'string')
    return /^0x[\da-f]*$/i.test(value) ? value : withoutSecrets(value, url)
  if (Array.isArray(value)) return value.map((each) => cleaned(each, url))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, cleaned(each, url)]))
}

/** Longest first: a part of another must not spoil it. */
function secretsIn(url: string): string[] {
  if (!URL.canParse(url)) return []
  const { username, password, pathname, searchParams, hash } = new URL(url)
  const parts = [...pathname.split('/'), ...searchParams.values(), hash.slice(1)]
  const secrets = [
    ...[username, password].filter((each) => plain(each).length >= LEAST_CREDENTIAL),
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
