import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Aedes, type AedesOptions } from 'aedes'
import mqttPacket from 'mqtt-packet'
import { HypernetError } from '../../../agent/wire/errors.ts'
import type { FleetId } from '../../../agent/wire/ids.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import {
  type Connection,
  connection,
  freeOfSlowSockets,
  inside,
  serveInOrder,
  watchConnections,
  wrapPublish,
} from './aedesInside.ts'
import { BoundedStore } from './boundedStore.ts'
import type { Credentials } from './credentials.ts'
import { Doorkeeper } from './doorkeeper.ts'
import { gateFrames } from './frameGate.ts'
import { type Lobby, openLobby } from './lobby.ts'
import { type BrokerEvent, type BrokerStats, brokerReport, type Report } from './report.ts'

export interface EmbeddedBrokerOptions {
  /** Address to listen on, and TCP port; 0 takes a free one. */
  readonly host: string
  readonly port: number
  /** The one fleet that this broker serves. */
  readonly fleet: FleetId
  readonly credentials: Credentials
  /** Connections accepted at a time; later ones are told "server unavailable". */
  readonly maxClients: number
  readonly log: (event: BrokerEvent) => void
}

export interface EmbeddedBroker {
  /** Where a client on this machine reaches it. */
  readonly url: string
  readonly port: number
  stats(): BrokerStats
  /** Closes a client's connection and forgets its session, for instance after a revocation. */
  disconnect(client: string): void
  /** Stops listening and cuts every connection now. */
  close(): Promise<void>
}

/** Places for connections on their way through CONNECT when `maxClients` are in. */
const CONNECTING = 256
/** A client that sends no CONNECT within this time is cut (milliseconds). */
const CONNECT_WITHIN = 5000
/** Longest keep alive that is accepted, in seconds; a client that wants none is refused. */
const KEEP_ALIVE = 300
/** Status topics that one device may keep retained, one a job: as many as it may subscribe to. */
const RETAINED_STATUSES = 64

/**
 * Starts an MQTT 3.1.1 broker in this process: aedes with what an open port needs. Client id, user
 * name and identity are one; the access rules of `core/access.ts` decide each CONNECT, PUBLISH,
 * SUBSCRIBE and delivery; every queue, share and rate is bounded, and what is given up is counted.
 *
 * Everything is in memory. Retained messages and sessions live as long as the broker does: after a
 * restart clients must publish what they had retained and subscribe again.
 * @throws HypernetError `BROKER_LOST` when the address cannot be listened on
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  mqttPacket.writeToStream.cacheNumbers = false // 64 k ready-made buffers, 15-19 MB, for nothing
  const report = brokerReport(options.log)
  const door = new Doorkeeper({
    fleet: options.fleet,
    credentials: options.credentials,
    report,
    isFull: (id) => report.counters.clients >= options.maxClients && !clients.clients[id],
  })
  const store = new BoundedStore({
    queuedMessages: LIMITS.queuedMessages,
    queuedBytes: LIMITS.queuedBytes,
    retainedMessages: RETAINED_STATUSES,
    retainedBytes: LIMITS.queuedBytes,
    allowed: (client, filter) => door.mayKeep(client, filter),
    retainedOwner: (topic) => door.retainedOwner(topic),
    dropped: report.dropped,
  })
  const places = options.maxClients + CONNECTING
  const lobby = openLobby({
    places,
    evicted: ({ remoteAddress }, waited) =>
      report.refused(
        `${remoteAddress}`,
        'socket',
        `cut off for a newer one after ${waited.toFixed(0)} ms without a login: ${places} were open`,
      ),
  })
  const broker = await Aedes.createBroker(hooks(door, store, lobby))
  const clients = inside(broker)
  wrapPublish(clients, store, door, report)
  watchConnections(clients, report, addressOf)
  listenTo(broker, door, report)

  // No `maxConnections`: beyond it the server drops whoever comes, good or not, and tells nobody.
  const server = createServer({ noDelay: true }, (socket) => {
    lobby.enter(socket)
    receive(socket, broker, door, report)
  })
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    lobby.cutAll()
    await new Promise<void>((resolve) => broker.close(() => resolve()))
    await closed
  }
  const port = await listen(server, options).catch(async (error: unknown) => {
    await close()
    throw error
  })
  server.on('error', (error) => report.note('failed', 'broker', error.message))

  return {
    url: `mqtt://${reachable(options.host)}:${port}`,
    port,
    stats() {
      report.counters.queued = store.queued
      return report.stats()
    },
    disconnect(id) {
      clients.clients[id]?.conn.destroy()
      void store.forget(id) // in memory: done when this returns, and cannot fail
    },
    close,
  }
}

/** Hands a new connection to aedes behind the frame gate. */
function receive(socket: Socket, broker: Aedes, door: Doorkeeper, report: Report): void {
  let client: Connection | undefined
  gateFrames(socket, {
    limit: () => (client && door.isIn(client) ? LIMITS.frame : LIMITS.frameBeforeConnect),
    refused(declared, limit) {
      const name = client && door.isIn(client) ? client.id : `${socket.remoteAddress}`
      report.refused(name, 'frame', `declared a packet of ${declared} bytes, limit ${limit}`)
    },
  })
  client = connection(broker.handle(socket))
}

function hooks(door: Doorkeeper, store: BoundedStore, lobby: Lobby): AedesOptions {
  return {
    // No cap on messages under way: they end at once (`freeOfSlowSockets`), and each publisher is
    // read on only when what it sent has been delivered.
    concurrency: 0,
    persistence: store,
    connectTimeout: CONNECT_WITHIN,
    keepaliveLimit: KEEP_ALIVE,
    preConnect(client, packet, done) {
      freeOfSlowSockets(connection(client))
      serveInOrder(connection(client), store)
      door.greet(client, packet)
      done(null, true)
    },
    authenticate(client, user, password, done) {
      const error = door.authenticate(client, user, password)
      if (error === null) lobby.admit(socketOf(connection(client)))
      done(error, error === null)
    },
    authorizePublish: (client, packet, done) => done(door.checkPublish(client, packet)),
    // aedes takes a listener away one turn after its UNSUBSCRIBE and would find a SUBSCRIBE of the
    // same filter, sent right behind, already held; so that one waits its turn.
    authorizeSubscribe: (client, wanted, done) =>
      setImmediate(() => done(null, door.maySubscribe(client, wanted.topic) ? wanted : null)),
    authorizeForward: (client, packet) => door.forward(connection(client), packet),
  }
}

function listenTo(broker: Aedes, door: Doorkeeper, report: Report): void {
  broker.on('unsubscribe', (filters, client) => door.unsubscribed(client, filters))
  broker.on('clientError', (client, error) => report.note('closed', client.id, error.message))
  broker.on('connectionError', (client, error) =>
    report.note('closed', addressOf(connection(client)), error.message),
  )
  // aedes emits 'error' when its store fails; without a listener that would end the process.
  const emitter: NodeJS.EventEmitter = broker
  emitter.on('error', (error: Error) => report.note('failed', 'broker', error.message))
}

async function listen(server: Server, { host, port }: EmbeddedBrokerOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code ?? error.message
      reject(
        new HypernetError(
          'BROKER_LOST',
          `the broker cannot listen on ${host} port ${port} (${reason}); free the port or choose another in broker.embedded.listen of controller.yaml`,
          error,
        ),
      )
    })
    server.listen(port, host, resolve)
  })
  return (server.address() as AddressInfo).port // a TCP server that listens has one
}

function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

function addressOf(client: Connection): string {
  const { remoteAddress, remotePort } = socketOf(client)
  return `${remoteAddress ?? 'a closed socket'}:${remotePort ?? '?'}`
}

/** We hand aedes sockets only. */
const socketOf = (client: Connection): Socket => client.conn as Socket
