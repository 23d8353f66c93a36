import { Agent, request } from 'node:http'

/** One JSON-RPC call; rejects with an RpcFailure where the answer is an error. */
export type Rpc = (method: string, ...params: readonly unknown[]) => Promise<unknown>

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
  readonly result?: unknown
  readonly error?: { readonly message: string; readonly data?: unknown }
}

/** Calls a chain on loopback, one after the other on one connection: a client library costs more than the chain. */
export function rpcAt(port: number): Rpc {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let id = 0
  return async (method, ...params) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params })
    const { result, error } = JSON.parse(await post(agent, port, body)) as Answer // JSON-RPC 2.0
    if (error) throw new RpcFailure(`${method}: ${error.message}`, error.data)
    return result
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
