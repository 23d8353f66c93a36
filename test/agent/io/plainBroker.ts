import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Aedes, type Client } from 'aedes'
import { type IClientOptions, MqttClient } from 'mqtt'
import type { Test } from 'tap'

/** An MQTT broker without any rules, on a port of its own, with what it saw. */
export interface PlainBroker {
  readonly url: string
  readonly port: number
  readonly aedes: Aedes
  /** Cuts every connection without a DISCONNECT. */
  cut(): void
  /** Stops listening and cuts everything; what was retained is lost. */
  close(): Promise<void>
}

/** @param t the test that it ends with */
export async function plainBroker(t: Test, port = 0): Promise<PlainBroker> {
  const aedes = await Aedes.createBroker()
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    socket.setNoDelay(true)
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    aedes.handle(socket)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const found = (server.address() as AddressInfo).port
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  let closing: Promise<void> | undefined
  const close = async () => {
    cut()
    await new Promise((resolve) => server.close(resolve))
    await new Promise<void>((resolve) => aedes.close(resolve))
  }
  const broker: PlainBroker = {
    url: `mqtt://127.0.0.1:${found}`,
    port: found,
    aedes,
    cut,
    close: () => (closing ??= close()),
  }
  t.teardown(() => broker.close())
  return broker
}

/** A message as a watcher saw it. */
export interface Seen {
  readonly topic: string
  readonly payload: Buffer
  readonly retain: boolean
}

/** Somebody who listens to everything and can publish anything. */
export interface Watcher {
  readonly seen: readonly Seen[]
  /** The first message, also among those already seen, that this is true of. Fails after `within` milliseconds. */
  until(isIt: (message: Seen) => boolean, within?: number): Promise<Seen>
  publish(topic: string, payload: string | Uint8Array, retain?: boolean): Promise<void>
}

export async function watcher(t: Test, port: number, filter = '#'): Promise<Watcher> {
  const options: IClientOptions = {
    clientId: `watcher-${Math.random()}`,
    clean: true,
    reconnectPeriod: 0,
    protocolVersion: 4,
    protocolId: 'MQTT',
    keepalive: 60,
    connectTimeout: 5000,
  }
  const client = new MqttClient(() => connect({ port, host: '127.0.0.1', noDelay: true }), options)
  client.on('error', () => {})
  const seen: Seen[] = []
  let waiting: { isIt: (message: Seen) => boolean; resolve: (message: Seen) => void }[] = []
  client.on('message', (topic, payload, { retain }) => {
    const message = { topic, payload, retain }
    seen.push(message)
    for (const each of waiting.filter(({ isIt }) => isIt(message))) each.resolve(message)
    waiting = waiting.filter(({ isIt }) => !isIt(message))
  })
  await new Promise<void>((resolve) => client.once('connect', () => resolve()))
  t.teardown(() => client.endAsync(true))
  await client.subscribeAsync(filter, { qos: 1 })
  return {
    seen,
    until(isIt, within = 10_000) {
      const already = seen.find(isIt)
      if (already) return Promise.resolve(already)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          const topics = [...new Set(seen.map(({ topic }) => topic))].join('\n')
          reject(new Error(`not seen within ${within} ms; seen:\n${topics}`))
        }, within)
        waiting.push({
          isIt,
          resolve: (message) => {
            clearTimeout(timer)
            resolve(message)
          },
        })
      })
    },
    async publish(topic, payload, retain = false) {
      await client.publishAsync(
        topic,
        typeof payload === 'string' ? payload : Buffer.from(payload),
        { qos: 1, retain },
      )
    },
  }
}

export const clientsOf = (broker: PlainBroker): Record<string, Client> =>
  (broker.aedes as unknown as { clients: Record<string, Client> }).clients
