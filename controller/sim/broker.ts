import type { Millis } from '../../agent/wire/ids.ts'
import { LIMITS } from '../../agent/wire/limits.ts'
import { hasWildcard, matches, type Qos, Subscriptions } from './subscriptions.ts'
import { CLASSES, type Wheel } from './wheel.ts'

export interface Packet<P> {
  readonly topic: string
  /** Undefined with `retain` removes what is retained. */
  readonly payload: P | undefined
  readonly bytes: number
  readonly qos: Qos
  readonly retain: boolean
}

export interface ConnectOptions<P> {
  /** Forget the session when the connection ends. */
  readonly clean: boolean
  readonly will?: Packet<P> | undefined
  /** Called for each message that arrives; `retain` is set on those that were held for a subscriber. */
  readonly receive: (packet: Packet<P>) => void
  /** Called when the connection ends without the client's doing. */
  readonly closed?: (reason: 'takeover' | 'broker') => void
}

/** How one delivery fares; asked once for each directed delivery. */
export interface Fate {
  /** Lost if sent with QoS 0. */
  readonly lost: boolean
  /** There is no way at all: lost whatever its QoS. */
  readonly barred: boolean
  /** Milliseconds until it arrives, and until a second copy does where there is one. */
  readonly after: Millis
  readonly again: Millis | undefined
}

/** Gives the fate of a message on its way from one client to another. */
export type FateOf = (from: string, to: string) => Fate

/**
 * Asked for each subscriber: whether a copy of a message leaves for it. Not so where publisher and broker
 * die in the middle of the fan-out, and where a device tells its neighbors different things.
 */
export type Reach = (to: string) => boolean

/** What a broker remembers of a client, and its connection if there is one. */
interface Session<P> {
  readonly id: string
  clean: boolean
  readonly filters: Set<string>
  connection: Connection<P> | undefined
  queue: Packet<P>[]
  queuedBytes: number
}

/**
 * An MQTT broker and its star of clients in virtual time. What is promised is only what real brokers
 * keep (test/behavior/broker.ts runs against this one, aedes and Mosquitto): QoS 0 may be lost,
 * QoS 1 may be lost with a broker's memory and may come twice, wills and retained messages are hints.
 */
export class SimBroker<P> {
  private readonly wheel: Wheel<() => void>
  private readonly fate: FateOf
  private readonly sessions = new Map<string, Session<P>>()
  private readonly retained = new Map<string, Packet<P> & { from: string }>()
  private readonly subscriptions = new Subscriptions<Session<P>>()
  private up = true

  constructor(wheel: Wheel<() => void>, fate: FateOf) {
    this.wheel = wheel
    this.fate = fate
  }

  /**
   * Connects a client. One with the same id that is still connected is thrown out.
   * @returns undefined when the broker is down
   */
  connect(id: string, options: ConnectOptions<P>): Connection<P> | undefined {
    if (!this.up) return undefined
    const old = this.sessions.get(id)?.connection
    if (old) {
      this.end(old, true)
      old.options.closed?.('takeover')
    }
    const known = this.sessions.get(id)
    if (known && options.clean) this.forget(known)
    const session = this.sessions.get(id) ?? newSession<P>(id)
    session.clean = options.clean
    this.sessions.set(id, session)
    const sessionPresent = session === known
    const connection = new Connection(this, session, options, sessionPresent)
    session.connection = connection
    const waiting = session.queue
    session.queue = []
    session.queuedBytes = 0
    for (const packet of waiting) this.send(connection, packet, '')
    return connection
  }

  /** Stops at once: connections, retained messages, sessions and what is on the way are gone. */
  crash(): void {
    this.up = false
    const sessions = [...this.sessions.values()]
    for (const session of sessions) this.forget(session)
    this.retained.clear()
    for (const { connection } of sessions) {
      if (!connection) continue
      connection.isKnown = false
      connection.options.closed?.('broker')
    }
  }

  restart(): void {
    this.up = true
  }

  /** For connections: from here on, what a client asks of the broker. */
  subscribe(connection: Connection<P>, filter: string, qos: Qos): void {
    connection.session.filters.add(filter)
    this.subscriptions.add(connection.session, filter, qos)
    // MQTT-3.3.1-6: what is retained goes to every new subscription, one that replaces an old one included.
    const held = hasWildcard(filter) ? [...this.retained.values()] : [this.retained.get(filter)]
    for (const packet of held)
      if (packet && matches(filter, packet.topic))
        this.send(connection, { ...packet, qos: (packet.qos & qos) as Qos }, packet.from)
  }

  unsubscribe({ session }: Connection<P>, filter: string): void {
    session.filters.delete(filter)
    this.subscriptions.remove(session, filter)
  }

  publish(from: string, packet: Packet<P>, reach?: Reach): void {
    if (packet.retain) {
      if (packet.payload === undefined) this.retained.delete(packet.topic)
      else this.retained.set(packet.topic, { ...packet, from })
    }
    for (const [session, granted] of this.subscriptions.of(packet.topic)) {
      if (reach && !reach(session.id)) continue
      const qos = (packet.qos & granted) as Qos
      const sent = qos === packet.qos && !packet.retain ? packet : { ...packet, qos, retain: false }
      if (session.connection) this.send(session.connection, sent, from)
      else if (qos === 1) keep(session, sent)
    }
  }

  /** The broker learns that a connection is over. */
  end(connection: Connection<P>, publishesWill: boolean): void {
    if (!connection.isKnown) return
    connection.isKnown = false
    const { session, options } = connection
    if (session.connection === connection) session.connection = undefined
    if (publishesWill && options.will) this.publish(session.id, options.will)
    if (session.clean && !session.connection) this.forget(session)
  }

  endLater(connection: Connection<P>, after: Millis): void {
    const at = this.wheel.now + after
    this.wheel.push(at, CLASSES.fault, () => this.end(connection, true))
  }

  /** The copies of a packet for one client, each at its time. */
  private send(connection: Connection<P>, packet: Packet<P>, from: string): void {
    const { lost, barred, after, again } = this.fate(from, connection.session.id)
    if (barred) return
    const { now } = this.wheel
    if (packet.qos === 1 || !lost) this.post(connection, packet, now + after)
    if (again !== undefined) this.post(connection, packet, now + again)
  }

  /**
   * What reaches a client at one time is one event. With thousands of agents nearly every look at another
   * one is a look into cold memory, so each is looked at once, not once a message.
   */
  private post(connection: Connection<P>, packet: Packet<P>, at: Millis): void {
    const { due } = connection
    const others = due.get(at)
    if (others) {
      others.push(packet)
      return
    }
    const packets = [packet]
    due.set(at, packets)
    this.wheel.push(at, CLASSES.delivery, () => {
      due.delete(at)
      for (const each of packets) this.arrive(connection, each)
    })
  }

  private arrive(connection: Connection<P>, packet: Packet<P>): void {
    const { session } = connection
    if (connection.isOpen) connection.options.receive(packet)
    else if (packet.qos === 1 && this.sessions.get(session.id) === session) {
      // Not acknowledged: it stays in the session and goes to the connection that follows.
      const next = session.connection
      if (next && next !== connection) this.send(next, packet, '')
      else keep(session, packet)
    }
  }

  private forget(session: Session<P>): void {
    for (const filter of session.filters) this.subscriptions.remove(session, filter)
    session.filters.clear()
    if (this.sessions.get(session.id) === session) this.sessions.delete(session.id)
  }
}

/** A client's line to the broker. Once it is closed, nothing that is done with it has an effect. */
export class Connection<P> {
  /** Whether the broker had remembered a session of this client. */
  readonly sessionPresent: boolean
  readonly session: Session<P>
  readonly options: ConnectOptions<P>
  /** As the broker sees it; the client may be gone without its knowing. */
  isKnown = true
  /** For the broker: packets on the way to the client, by time of arrival. */
  readonly due = new Map<Millis, Packet<P>[]>()
  private readonly broker: SimBroker<P>
  private isCut = false

  constructor(
    broker: SimBroker<P>,
    session: Session<P>,
    options: ConnectOptions<P>,
    sessionPresent: boolean,
  ) {
    this.broker = broker
    this.session = session
    this.options = options
    this.sessionPresent = sessionPresent
  }

  get isOpen(): boolean {
    return this.isKnown && !this.isCut
  }

  subscribe(filter: string, qos: Qos): void {
    if (this.isOpen) this.broker.subscribe(this, filter, qos)
  }

  unsubscribe(filter: string): void {
    if (this.isOpen) this.broker.unsubscribe(this, filter)
  }

  publish(packet: Packet<P>, reach?: Reach): void {
    if (this.isOpen) this.broker.publish(this.session.id, packet, reach)
  }

  /** MQTT DISCONNECT: no will is published. */
  disconnect(): void {
    if (this.isOpen) this.broker.end(this, false)
  }

  /** The line is cut. The broker notices after `noticed` milliseconds and then publishes the will. */
  drop(noticed: Millis = 0): void {
    this.isCut = true
    if (noticed === 0) this.broker.end(this, true)
    else this.broker.endLater(this, noticed)
  }
}

const newSession = <P>(id: string): Session<P> => ({
  id,
  clean: true,
  filters: new Set(),
  connection: undefined,
  queue: [],
  queuedBytes: 0,
})

/** Keeps a message for a client that is away, as long as there is room. */
function keep<P>(session: Session<P>, packet: Packet<P>): void {
  const fits =
    session.queue.length < LIMITS.queuedMessages &&
    session.queuedBytes + packet.bytes <= LIMITS.queuedBytes
  if (session.clean || !fits) return
  session.queue.push(packet)
  session.queuedBytes += packet.bytes
}
