import type { Millis } from '../../agent/wire/ids.ts'
import { LIMITS } from '../../agent/wire/limits.ts'
import { CLASSES, type Wheel } from './wheel.ts'

/**
 * An MQTT broker and its star of clients in virtual time. What is promised is only what real brokers
 * keep (test/behavior/broker.ts runs against this one, aedes and Mosquitto): QoS 0 may be lost,
 * QoS 1 may be lost with a broker's memory and may come twice, wills and retained messages are hints.
 */
export interface SimBroker<P> {
  /**
   * Connects a client. One with the same id that is still connected is thrown out.
   * @returns undefined when the broker is down
   */
  connect(id: string, options: ConnectOptions<P>): Connection<P> | undefined
  /** Stops at once: connections, retained messages, sessions and what is on the way are gone. */
  crash(): void
  restart(): void
  readonly isUp: boolean
}

export interface Packet<P> {
  readonly topic: string
  /** Undefined with `retain` removes what is retained. */
  readonly payload: P | undefined
  readonly bytes: number
  readonly qos: 0 | 1
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

export interface Connection<P> {
  readonly isOpen: boolean
  /** Whether the broker remembered a session of this client. */
  readonly sessionPresent: boolean
  subscribe(filter: string, qos: 0 | 1): void
  unsubscribe(filter: string): void
  /** @param reach chance that each delivery of this one still leaves: below 1 where the publisher's and the broker's machine die in the middle of the fan-out */
  publish(packet: Packet<P>, reach?: () => boolean): void
  /** MQTT DISCONNECT: no will is published. */
  disconnect(): void
  /** The line is cut. The broker notices after `noticed` milliseconds and then publishes the will. */
  drop(noticed?: Millis): void
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

export interface BrokerOptions {
  /** The fate of a message on its way between two clients. */
  readonly fate: (from: string, to: string, topic: string) => Fate
}

interface Session<P> {
  readonly id: string
  clean: boolean
  readonly filters: Map<string, 0 | 1>
  connection: Line<P> | undefined
  queue: Packet<P>[]
  queuedBytes: number
}
interface Line<P> {
  readonly session: Session<P>
  readonly options: ConnectOptions<P>
  /** As the broker sees it. */
  open: boolean
  /** The client is gone, which the broker may not have noticed yet. */
  cut: boolean
}

export function newBroker<P>(wheel: Wheel<() => void>, options: BrokerOptions): SimBroker<P> {
  const sessions = new Map<string, Session<P>>()
  const retained = new Map<string, Packet<P> & { from: string }>()
  /** Subscriptions without wildcards by topic, so that a publish does not look at all of them. */
  const exact = new Map<string, Map<Session<P>, 0 | 1>>()
  const wild = new Map<Session<P>, Map<string, 0 | 1>>()
  let isUp = true

  const subscribers = (topic: string): Map<Session<P>, 0 | 1> => {
    const direct = exact.get(topic)
    if (wild.size === 0) return direct ?? new Map()
    const all = new Map(direct ?? [])
    for (const [session, filters] of wild)
      for (const [filter, qos] of filters)
        if (matches(filter, topic)) all.set(session, (qos | (all.get(session) ?? 0)) as 0 | 1)
    return all
  }

  const arrive = (line: Line<P>, packet: Packet<P>): void => {
    if (line.open && !line.cut) line.options.receive(packet)
    // Not acknowledged: it stays in the session, if there is one that outlives the connection.
    else if (packet.qos === 1 && sessions.get(line.session.id) === line.session)
      keepOrResend(line, packet)
  }
  const keepOrResend = (line: Line<P>, packet: Packet<P>): void => {
    const { session } = line
    if (session.connection !== undefined && session.connection !== line)
      send(session.connection, packet, '')
    else keep(session, packet)
  }
  const keep = (session: Session<P>, packet: Packet<P>): void => {
    const fits =
      session.queue.length < LIMITS.queuedMessages &&
      session.queuedBytes + packet.bytes <= LIMITS.queuedBytes
    if (session.clean || !fits) return
    session.queue.push(packet)
    session.queuedBytes += packet.bytes
  }
  function send(line: Line<P>, packet: Packet<P>, from: string): void {
    const fate = options.fate(from, line.session.id, packet.topic)
    if (fate.barred) return
    if (packet.qos === 1 || !fate.lost)
      wheel.push(wheel.now + fate.after, CLASSES.delivery, () => arrive(line, packet))
    if (fate.again !== undefined)
      wheel.push(wheel.now + fate.again, CLASSES.delivery, () => arrive(line, packet))
  }
  /** Sends a message to a session, or keeps it there until the client is back. */
  const offer = (session: Session<P>, packet: Packet<P>, from: string | undefined): void => {
    if (session.connection?.open) send(session.connection, packet, from ?? '')
    else if (packet.qos === 1) keep(session, packet)
  }
  const publish = (from: string, packet: Packet<P>, reach?: () => boolean): void => {
    if (packet.retain) {
      if (packet.payload === undefined) retained.delete(packet.topic)
      else retained.set(packet.topic, { ...packet, from })
    }
    for (const [session, qos] of subscribers(packet.topic)) {
      if (reach !== undefined && !reach()) continue
      const granted = (packet.qos & qos) as 0 | 1
      const plain = granted === packet.qos && !packet.retain
      offer(session, plain ? packet : { ...packet, qos: granted, retain: false }, from)
    }
  }
  const forget = (session: Session<P>): void => {
    for (const filter of session.filters.keys()) exact.get(filter)?.delete(session)
    wild.delete(session)
    session.filters.clear()
    if (sessions.get(session.id) === session) sessions.delete(session.id)
  }
  const end = (line: Line<P>, publishesWill: boolean): void => {
    if (!line.open) return
    line.open = false
    if (line.session.connection === line) line.session.connection = undefined
    if (publishesWill && line.options.will !== undefined)
      publish(line.session.id, line.options.will)
    if (line.session.clean && line.session.connection === undefined) forget(line.session)
  }

  const subscribe = (line: Line<P>, filter: string, qos: 0 | 1): void => {
    line.session.filters.set(filter, qos)
    const index = /[+#]/.test(filter) ? undefined : filter
    if (index === undefined) {
      const filters = wild.get(line.session) ?? new Map<string, 0 | 1>()
      wild.set(line.session, filters.set(filter, qos))
    } else {
      const at = exact.get(index) ?? new Map<Session<P>, 0 | 1>()
      exact.set(index, at.set(line.session, qos))
    }
    // MQTT-3.3.1-6: what is retained goes to every new subscription, an old one included.
    const held = index === undefined ? [...retained.values()] : [retained.get(index)]
    for (const packet of held)
      if (packet !== undefined && matches(filter, packet.topic))
        send(line, { ...packet, qos: (packet.qos & qos) as 0 | 1 }, packet.from)
  }
  const unsubscribe = (session: Session<P>, filter: string): void => {
    session.filters.delete(filter)
    exact.get(filter)?.delete(session)
    wild.get(session)?.delete(filter)
  }

  const connectionOf = (line: Line<P>, sessionPresent: boolean): Connection<P> => ({
    get isOpen() {
      return line.open && !line.cut
    },
    sessionPresent,
    subscribe(filter, qos) {
      if (line.open && !line.cut) subscribe(line, filter, qos)
    },
    unsubscribe(filter) {
      if (line.open && !line.cut) unsubscribe(line.session, filter)
    },
    publish(packet, reach) {
      if (line.open && !line.cut) publish(line.session.id, packet, reach)
    },
    disconnect() {
      if (!line.cut) end(line, false)
    },
    drop(noticed = 0) {
      line.cut = true
      if (noticed === 0) end(line, true)
      else wheel.push(wheel.now + noticed, CLASSES.fault, () => end(line, true))
    },
  })

  return {
    get isUp() {
      return isUp
    },
    connect(id, connectOptions) {
      if (!isUp) return undefined
      const known = sessions.get(id)
      const old = known?.connection
      if (old !== undefined) {
        end(old, true)
        old.options.closed?.('takeover')
      }
      let session = sessions.get(id)
      const sessionPresent = session !== undefined && !connectOptions.clean
      if (session !== undefined && connectOptions.clean) {
        forget(session)
        session = undefined
      }
      session ??= {
        id,
        clean: connectOptions.clean,
        filters: new Map(),
        connection: undefined,
        queue: [],
        queuedBytes: 0,
      }
      session.clean = connectOptions.clean
      sessions.set(id, session)
      const line: Line<P> = { session, options: connectOptions, open: true, cut: false }
      session.connection = line
      const waiting = session.queue
      session.queue = []
      session.queuedBytes = 0
      for (const packet of waiting) send(line, packet, '')
      return connectionOf(line, sessionPresent)
    },
    crash() {
      isUp = false
      const lines = [...sessions.values()].flatMap(({ connection }) => connection ?? [])
      // New maps' worth of forgetting: what is on the way finds its session gone.
      for (const session of [...sessions.values()]) forget(session)
      retained.clear()
      for (const line of lines) {
        line.open = false
        line.options.closed?.('broker')
      }
    },
    restart() {
      isUp = true
    },
  }
}

/** Whether a topic filter takes a topic (MQTT 3.1.1 section 4.7): wildcards never take a first level `$...`. */
export function matches(filter: string, topic: string): boolean {
  if (filter === topic) return true
  const levels = topic.split('/')
  const parts = filter.split('/')
  if (topic.startsWith('$') && (parts[0] === '+' || parts[0] === '#')) return false
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] === '#') return true
    if (i >= levels.length || (parts[i] !== '+' && parts[i] !== levels[i])) return false
  }
  return parts.length === levels.length
}
