import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One JSON-RPC request on its way to the node. */
export interface Request {
  /** From 0, since the proxy began or `reset`. */
  readonly serial: number
  readonly method: string
  readonly params: readonly unknown[]
}

/**
 * What becomes of a request. `lost`: the node never hears of it. `unheard`: the node does it, the answer is lost.
 * A string is sent as it is in place of the answer; an object in place of the result; a function makes a new
 * result of the node's.
 */
export type Fault =
  | 'lost'
  | 'unheard'
  | { readonly body: string; readonly status?: number }
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string } }
  | { readonly change: (result: unknown) => unknown }
  | undefined

/** A node that misbehaves as a test says, in front of one that does not. */
export interface FaultyRpc {
  readonly url: string
  /** All that was asked, in order. */
  readonly requests: readonly Request[]
  /** Decides about each request; nothing: it passes. */
  fault: (request: Request) => Fault
  /** Another node stands behind the address from now on. */
  target: string
  reset(): void
  close(): Promise<void>
}

export async function openFaultyRpc(target: string): Promise<FaultyRpc> {
  const requests: Request[] = []
  const server = createServer((incoming, outgoing) => {
    void answer(incoming, outgoing).catch(() => outgoing.destroy())
  })
  const rpc: FaultyRpc = {
    url: '',
    requests,
    fault: () => undefined,
    target,
    reset() {
      requests.length = 0
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const { id, method, params } = JSON.parse(body.toString())
    const request: Request = { serial: requests.length, method, params }
    requests.push(request)
    const fault = rpc.fault(request)
    if (fault === 'lost') {
      outgoing.destroy()
      return
    }
    const send = (text: string, status = 200) => {
      outgoing.writeHead(status, { 'content-type': 'application/json' })
      outgoing.end(text)
    }
    if (typeof fault === 'object' && 'body' in fault) return send(fault.body, fault.status)
    if (typeof fault === 'object' && ('result' in fault || 'error' in fault))
      return send(JSON.stringify({ jsonrpc: '2.0', id, ...fault }))
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(rpc.target, { method: 'POST', headers, body })
    const text = await response.text()
    if (fault === 'unheard') {
      outgoing.destroy()
      return
    }
    if (!fault) return send(text)
    const json = JSON.parse(text)
    send(JSON.stringify({ ...json, result: fault.change(json.result) }))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  return Object.assign(rpc, { url: `http://127.0.0.1:${port}` })
}
