import type * as z from 'zod/mini'
import type { Clock } from '../../../agent/io/clock.ts'
import { textOf } from '../../../agent/io/log.ts'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { Response } from './answers.ts'
import { endpointOf, withoutSecrets } from './rpcUrl.ts'

/** A node's own refusal: it understood the request, and says no. */
export interface NodeError {
  readonly code: number
  readonly message: string
  /** What a contract gave back with its revert, where the node tells. */
  readonly data?: unknown
}
export type Answer<T> =
  | { readonly value: T; readonly error?: never }
  | { readonly error: NodeError }

/** One node of a chain. */
export interface ChainNode {
  /** Addresses may hold keys, and are not told. */
  readonly host: string
  /** @throws HypernetError `CHAIN_LOST` where nobody answers, the answer is of another form, or the node refuses */
  ask<T>(method: string, params: readonly unknown[], answer: z.ZodMiniType<T>): Promise<T>
  /** The same, but a refusal is an answer. */
  tryAsk<T>(
    method: string,
    params: readonly unknown[],
    answer: z.ZodMiniType<T>,
  ): Promise<Answer<T>>
}

/** The nodes of one chain; one of them is asked until it fails. */
export interface Rpc extends ChainNode {
  /** The node that is asked now; the same object each time. */
  readonly current: ChainNode
  /** All but that, the next one first. */
  readonly others: readonly ChainNode[]
  /** Asks another node from now on. @param by how far down the list; absent: the next one */
  turn(by?: number): void
  /** Gives up what is under way; every later request fails. */
  close(): void
}

/** Time that one request has. */
const REQUEST_MS = 10_000
/** Longest answer, bytes: some ten thousand events. */
const MOST_BYTES = 16 * 1024 * 1024
/** Most of an answer that a message quotes. */
const QUOTED = 100

/** HTTP's own word for it (RFC 9110, section 15.5.14). */
const TOO_LARGE = 413
/** What nodes say of an answer that would be too long; the words of geth, Erigon, Infura, Alchemy and others. */
const TOO_LONG =
  /\b(response|result|log|event)s?\b.*\b(too (large|many|big)|size|exceed|limit)|\b(too (large|many|big)|exceed\w*|more than)\b.*\b(response|result|log|event)s?\b/i
/** And of one who asks too often, which is no reason to give anything up. */
const TOO_OFTEN =
  /rate.?limit|too many requests|per second|quota|credit|throttl|compute units|daily/i

/** The cause of a failure which may be, or certainly is, that too much was asked for at once. */
class TooMuch extends Error {
  readonly excess: 'perhaps' | 'certain'
  constructor(excess: TooMuch['excess'], message: string) {
    super(message)
    this.excess = excess
  }
}
const excessOf = (error: unknown): TooMuch['excess'] | undefined =>
  error instanceof HypernetError && error.cause instanceof TooMuch ? error.cause.excess : undefined

/** Whether a request failed since its answer is longer than we, or the node, take. */
export const isTooLong = (error: unknown): boolean => excessOf(error) === 'certain'
/** Whether a request for less may be answered: this one was refused, too long, or took the node too long. */
export const mayBeTooMuch = (error: unknown): boolean => excessOf(error) !== undefined

/** @param urls at least one */
export function openRpc(urls: readonly string[], clock: Clock): Rpc {
  let serial = 0
  const under = new Set<AbortController>()
  let isClosed = false

  const tryAt = async <T>(
    url: string,
    method: string,
    params: readonly unknown[],
    answer: z.ZodMiniType<T>,
  ): Promise<Answer<T>> => {
    if (isClosed) throw lost(url, method, 'the bridge is closed')
    const control = new AbortController()
    under.add(control)
    const forget = clock.after(REQUEST_MS, () =>
      control.abort(new TooMuch('perhaps', `silent for ${REQUEST_MS / 1000} s`)),
    )
    try {
      const body = JSON.stringify({ jsonrpc: '2.0', id: ++serial, method, params })
      // Clean before it is cut: half of a key would not be found.
      const quote = (text: string) => JSON.stringify(withoutSecrets(text, url).slice(0, QUOTED))
      const found = read(await post(url, body, control.signal), answer, quote)
      if (!found.error) return found
      return { error: { ...found.error, message: withoutSecrets(found.error.message, url) } }
    } catch (error) {
      throw lost(url, method, reasonOf(error), error instanceof TooMuch ? error : undefined)
    } finally {
      forget()
      under.delete(control)
    }
  }
  const ask = async <T>(
    url: string,
    method: string,
    params: readonly unknown[],
    answer: z.ZodMiniType<T>,
  ): Promise<T> => {
    const found = await tryAt(url, method, params, answer)
    if (!found.error) return found.value
    const reason = found.error.message.slice(0, QUOTED)
    const isLong = TOO_LONG.test(found.error.message) && !TOO_OFTEN.test(found.error.message)
    const excess = isLong ? 'certain' : 'perhaps'
    throw lost(url, method, reason, new TooMuch(excess, reason))
  }

  const nodes = urls.map(
    (url): ChainNode => ({
      host: hostOf(url),
      ask: (method, params, answer) => ask(url, method, params, answer),
      tryAsk: (method, params, answer) => tryAt(url, method, params, answer),
    }),
  )
  return ringOf(nodes, () => {
    isClosed = true
    for (const control of under) control.abort(new Error('the bridge is closed'))
  })
}

function ringOf(nodes: readonly ChainNode[], close: () => void): Rpc {
  let at = 0
  const current = (): ChainNode => {
    const node = nodes[at]
    if (!node) throw new HypernetError('BAD_CONFIG', 'chain.rpc names no node')
    return node
  }
  return {
    get host() {
      return current().host
    },
    get current() {
      return current()
    },
    get others() {
      return [...nodes.slice(at + 1), ...nodes.slice(0, at)]
    },
    ask: (method, params, answer) => current().ask(method, params, answer),
    tryAsk: (method, params, answer) => current().tryAsk(method, params, answer),
    turn: (by = 1) => {
      at = (at + by) % nodes.length
    },
    close,
  }
}

async function post(url: string, body: string, signal: AbortSignal): Promise<string> {
  const { href, headers } = endpointOf(url)
  const response = await fetch(href, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    signal,
    redirect: 'error',
  })
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > MOST_BYTES)
      throw new TooMuch('certain', `an answer of more than ${MOST_BYTES} bytes`)
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString()
  // Nodes give refusals with a status of 400 or 500, too; what is no JSON-RPC is told by its status.
  if (!response.ok && !text.trimStart().startsWith('{'))
    throw response.status === TOO_LARGE
      ? new TooMuch('certain', `HTTP status ${TOO_LARGE}`)
      : new Error(`HTTP status ${response.status}`)
  return text
}

/** @param quote the part of a text that a message may show */
function read<T>(
  text: string,
  answer: z.ZodMiniType<T>,
  quote: (text: string) => string,
): Answer<T> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new Error(`an answer that is no JSON: ${quote(text)}`, { cause: error })
  }
  const response = Response.safeParse(json)
  if (!response.success) throw new Error(`an answer that is no JSON-RPC: ${quote(text)}`)
  if (response.data.error) return { error: response.data.error }
  const result = answer.safeParse(response.data.result)
  if (!result.success) throw new Error(`an answer of another form than wanted: ${quote(text)}`)
  return { value: result.data }
}

/** What fetch says is "fetch failed"; why stands in its cause. */
function reasonOf(error: unknown): string {
  const isVague = error instanceof TypeError && error.cause instanceof Error
  return isVague ? textOf(error.cause) || textOf(error) : textOf(error)
}

const lost = (url: string, method: string, why: string, cause?: unknown): HypernetError =>
  new HypernetError(
    'CHAIN_LOST',
    `the chain's node ${hostOf(url)} did not answer ${method}: ${withoutSecrets(why, url)}; check chain.rpc`,
    cause,
  )

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '?'
}
