import type { Aedes, AedesPublishPacket, Client, PublishPacket, Subscription } from 'aedes'
import type { BoundedStore } from './boundedStore.ts'
import type { Doorkeeper } from './doorkeeper.ts'
import type { Report } from './report.ts'

type Done = (error?: Error | null) => void
type Deliver = (packet: AedesPublishPacket, done: Done) => void

/**
 * Members of aedes 1.2.0 that its types leave out and our hardening needs. Whoever upgrades aedes
 * reads `lib/client.js`, `aedes.js` and `lib/handlers/` again: the behaviour suite and the access
 * matrix fail where one of these has moved.
 */
export interface AedesInside {
  readonly clients: Record<string, Connection | undefined>
  publish(packet: OwnedPacket, client: Connection | null | Done, done?: Done): void
  registerClient(client: Connection): void
}

/** aedes writes the publisher's id on each packet before it hands it to subscribers. */
export type OwnedPacket = (PublishPacket | AedesPublishPacket) & { clientId?: string }

export type Connection = Client & {
  deliverQoS: Deliver
  waitForDrain(done: (error: Error | null, client: Client) => void): void
  readonly subscriptions: Record<string, Pick<Subscription, 'qos'>>
}

export const inside = (broker: Aedes): AedesInside => broker as unknown as AedesInside
export const connection = (client: Client): Connection => client as Connection

/**
 * Replaces what aedes does around a publish:
 * - a packet that the doorkeeper marked is acknowledged but goes nowhere (aedes itself can only
 *   disconnect a client whose publish is refused, which makes a reconnect storm of a slip);
 * - messages of the broker itself (`$SYS/...`) are not sent;
 * - a retained QoS 0 message is stored and sent in one step. Otherwise it waits a tick for the
 *   store, a later message overtakes it, and aedes' duplicate filter (`dedupe`, by a counter that
 *   must grow) throws it away.
 */
export function wrapPublish(
  broker: AedesInside,
  store: BoundedStore,
  door: Doorkeeper,
  report: Report,
): void {
  const publish = broker.publish.bind(broker)
  broker.publish = (packet, client, done) => {
    if (typeof client === 'function') return client(null)
    if (!client || door.isUnwanted(packet)) return done?.(null)
    report.counters.received++
    report.counters.receivedBytes += packet.payload.length
    packet.clientId = client.id
    if (!packet.retain || packet.qos > 0) return publish(packet, client, done)
    const stored = store.storeRetained(packet as AedesPublishPacket) // only its MQTT fields are read
    stored.catch((error: Error) => done?.(error))
    publish({ ...packet, retain: false }, client, done)
  }
}

/** Counts connections, and tells when one takes over from another of the same client. */
export function watchConnections(
  broker: AedesInside,
  report: Report,
  addressOf: (client: Connection) => string,
): void {
  const connected = new Set<Connection>()
  const register = broker.registerClient.bind(broker)
  broker.registerClient = (client) => {
    const older = broker.clients[client.id]
    if (older && older !== client && !older.closed) {
      const detail = `${addressOf(client)} took over from ${addressOf(older)}`
      report.note('takeover', client.id, detail)
    }
    report.counters.clients = connected.add(client).size
    client.conn.once('close', () => {
      connected.delete(client)
      report.counters.clients = connected.size
    })
    register(client)
  }
}

/**
 * Lets no slow receiver hold up the others: aedes keeps a message until each receiver's socket has
 * drained, so one that reads nothing stalls the whole broker. Deliveries end at once instead (the
 * forward hook drops what a full socket cannot take), and only the replay of retained messages,
 * which may be much, waits for the socket.
 */
export function freeOfSlowSockets(client: Connection): void {
  client.waitForDrain = (done) => setImmediate(done, null, client)
  const deliver = client.deliverQoS
  client.deliverQoS = (packet, done) => {
    if (!isReplay(packet) || !client.conn.writableNeedDrain) return deliver(packet, done)
    client.conn.once('drain', () => deliver(packet, done))
  }
}

/**
 * Keeps what is published while a kept session is being served behind what waited in it, as
 * MQTT-4.6.0-6 wants of one topic; aedes delivers it at once, in between. It is in the store by
 * then, so that what the service reaches itself is not sent twice.
 */
export function serveInOrder(client: Connection, store: BoundedStore): void {
  const deliver = client.deliverQoS
  const held: AedesPublishPacket[] = []
  client.deliverQoS = (packet, done) => {
    if (client.connected || client.clean || packet.qos === 0 || isReplay(packet)) {
      return deliver(packet, done)
    }
    held.push(packet)
    setImmediate(done)
  }
  client.once('connected', () => {
    for (const packet of held) if (store.isUnsent(client.id, packet)) deliver(packet, () => {})
    held.length = 0
  })
}

/** Whether a delivery answers a SUBSCRIBE from the retained messages (aedes clears the broker id). */
export const isReplay = (packet: AedesPublishPacket): boolean =>
  (packet.brokerId as string | null) === null
