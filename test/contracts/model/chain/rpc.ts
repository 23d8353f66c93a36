import { Agent, request } from 'node:http'

/** A method and its parameters. */
export type RpcCall = readonly [method: string, ...params: unknown[]]

/** A chain's JSON-RPC; both reject with an RpcFailure where an answer is an error. */
export interface Rpc {
  call(method: string, ...params: readonly unknown[]): Promise<unknown>
  /** Several calls in one request, begun in this order. @returns the last one's result */
  batch(...calls: readonly RpcCall[]): Promise<unknown>
}

/** An error that a chain answered. */
export class RpcFailure extends Error {
  override readonly name = 'RpcFailure'
  /** What a reverted call returned. */
  readonly data: string | undefined

  constructor(message: string, data: unknown) {
    super(message)
    this.data = typeof data === 'string' ? data : undefined
  }
}

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: { readonly message: string; readonly data?: unknown }
}

/** Calls a chain on loopback, one request after the other on one connection: a client library costs more than that. */
export function rpcAt(port: number): Rpc {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = (body: unknown) => post(agent, port, JSON.stringify(body)).then(JSON.parse)
  const request = ([method, ...params]: RpcCall, id: number) => ({
    jsonrpc: '2.0',
    id,
    method,
    params,
  })
  const resultOf = ({ result, error }: Answer): unknown => {
    if (error) throw new RpcFailure(error.message, error.data)
    return result
  }
  return {
    call: async (...call) => resultOf((await ask(request(call, 0))) as Answer), // JSON-RPC 2.0
    batch: async (...calls) => {
      const answers = (await ask(calls.map(request))) as Answer[] // JSON-RPC 2.0, in any order
      return answers
        .sort((a, b) => a.id - b.id)
        .map(resultOf)
        .at(-1)
    },
  }
}

function post(agent: Agent, port: number, body: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  const sent = request({ host: '127.0.0.1', port, method: 'POST', agent, headers }, (answer) => {
    let text = ''
    answer.setEncoding('utf8')
    answer.on('data', (chunk: string) => (text += chunk))
    answer.on('end', () => resolve(text))
    answer.on('error', reject)
  })
  sent.on('error', reject)
  sent.end(body)
  return promise
}
