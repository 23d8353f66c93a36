import type {
  AedesPublishPacket,
  AuthenticateError,
  Client,
  ConnectPacket,
  PublishPacket,
} from 'aedes'
import { type FleetId, ID_PATTERN, type NodeId, quote } from '../../../agent/wire/ids.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import type { Topic } from '../../../agent/wire/topics.ts'
import {
  type Identity,
  mayLeaveWill,
  mayPublish,
  mayRead,
  maySubscribe,
  readTopic,
} from '../../core/access.ts'
import { type Connection, connection, isReplay } from './aedesInside.ts'
import type { Credentials } from './credentials.ts'
import type { Refusal, Report } from './report.ts'
import { type TokenBucket, tokenBucket } from './tokenBucket.ts'

/** Milliseconds after which a SUBSCRIBE that was let in has been carried out. */
const UNDER_WAY = 1000

/**
 * Counts what a client really holds: aedes works on requests that come together at the same time, so an
 * UNSUBSCRIBE may be told before the SUBSCRIBE that it takes back.
 */
function recount(filters: Map<string, number>, client: Client): void {
  const held = new Set(Object.keys(connection(client).subscriptions))
  const settled = performance.now() - UNDER_WAY
  for (const [filter, since] of filters)
    if (!held.has(filter) && since < settled) filters.delete(filter)
}

interface Session {
  readonly identity: Identity
  readonly bucket: TokenBucket
  /** Filters that were let in, and when on the monotonic clock. */
  readonly filters: Map<string, number>
  /** Bytes that may wait in its socket before deliveries are dropped. */
  readonly backlog: number
  refusals: number
  /** When its socket became too full, on the monotonic clock. */
  fullSince: number | undefined
}

export interface DoorkeeperOptions {
  readonly fleet: FleetId
  readonly credentials: Credentials
  readonly report: Report
  /** Whether there is no room for one more client. */
  isFull(id: string): boolean
}

/** Refusals of one connection before it is closed: a slip is forgiven, a loop is not. */
const REFUSALS = 1000
/** Bytes that may wait in the socket of a device or viewer, and of the controller, which hears all. */
const BACKLOG = 1024 * 1024
const CONTROLLER_BACKLOG = 16 * BACKLOG
/** A socket that stays too full for this long (milliseconds) is closed. */
const STALLED = 20_000
/** Topic names whose reading is remembered: one publish is checked once for each receiver. */
const KNOWN_TOPICS = 4096

/** A CONNECT that is turned down, with its return code (MQTT 3.1.1 table 3.1). */
interface TurnedDown {
  readonly what: Refusal
  readonly returnCode: 3 | 4 | 5
  readonly detail: string
}

/** What MQTT-3.1.3-8 makes every broker answer there. */
const IDENTIFIER_REJECTED = 2

const turnAway = (detail: string, returnCode: number) =>
  Object.assign(new Error(detail), { returnCode }) as AuthenticateError // a code of table 3.1

/** Decides for the embedded broker who comes in and what passes, by the rules of `core/access.ts`. */
export class Doorkeeper {
  readonly #options: DoorkeeperOptions
  readonly #report: Report
  readonly #greetings = new WeakMap<Client, ConnectPacket>()
  readonly #sessions = new WeakMap<Client, Session>()
  /** Who each id was when it last connected; as many as have passwords. */
  readonly #identities = new Map<string, Identity>()
  readonly #unwanted = new WeakSet<object>()
  readonly #topics = new Map<string, Topic | undefined>()

  constructor(options: DoorkeeperOptions) {
    this.#options = options
    this.#report = options.report
  }

  /** Whether this connection has been let in. */
  isIn(client: Client): boolean {
    return this.#sessions.has(client)
  }

  /** Whether a publish was refused: acknowledged, but to go nowhere. */
  isUnwanted(packet: object): boolean {
    return this.#unwanted.has(packet)
  }

  /** Keeps the CONNECT until its password has been read. */
  greet(client: Client, packet: ConnectPacket): void {
    this.#greetings.set(client, packet)
  }

  /** Lets a client in, or tells why not as aedes wants it: an error with a return code. */
  authenticate(client: Client, user: string | undefined, password: Uint8Array | undefined) {
    // A session to be kept without a name: no login, but how one asks whether a broker is there (`hypernet doctor`).
    const { clientId, clean } = this.#greetings.get(client) ?? {}
    if (clientId === '' && !clean)
      return turnAway('a session without a client id', IDENTIFIER_REJECTED)
    const found = this.#identify(client, user, password ?? '')
    if ('what' in found) {
      const name = user ?? client.id
      this.#report.refused(ID_PATTERN.test(name) ? name : quote(name), found.what, found.detail)
      return turnAway(found.detail, found.returnCode)
    }
    this.#sessions.set(client, {
      identity: found,
      bucket: tokenBucket(LIMITS.messagesPerSecond, LIMITS.messageBurst, performance.now()),
      filters: new Map(),
      backlog: found.role === 'controller' ? CONTROLLER_BACKLOG : BACKLOG,
      refusals: 0,
      fullSince: undefined,
    })
    this.#identities.set(found.id, found)
    return null
  }

  #identify(
    client: Client,
    user: string | undefined,
    password: Uint8Array | string,
  ): Identity | TurnedDown {
    if (user === undefined || user !== client.id || !ID_PATTERN.test(user)) {
      const names = `client id ${quote(client.id)}, user name ${quote(user ?? '')}`
      const detail = `client id and user name must be one node id, found ${names}`
      return { what: 'connect', returnCode: 5, detail }
    }
    const role = this.#options.credentials.verify(user, password)
    if (!role) {
      return { what: 'connect', returnCode: 4, detail: 'unknown user name or wrong password' }
    }
    if (this.#options.isFull(user)) {
      return { what: 'connect', returnCode: 3, detail: 'too many clients are connected' }
    }
    const identity = { id: user as NodeId, role, fleet: this.#options.fleet } // matches the pattern
    const will = this.#greetings.get(client)?.will
    if (
      will &&
      !mayLeaveWill(identity, will.topic, { retain: !!will.retain, qos: will.qos ?? 0 })
    ) {
      const detail = `may not leave a will on ${quote(will.topic)}`
      return { what: 'will', returnCode: 5, detail }
    }
    return identity
  }

  /** Checks a publish or will; an error closes the connection, a refusal only marks the packet. */
  checkPublish(client: Client | null, packet: PublishPacket): Error | null {
    const session = client && this.#sessions.get(client)
    if (!session) return new Error('a publish without a client')
    const { identity, bucket } = session
    if (!mayPublish(identity, packet.topic, { retain: !!packet.retain, qos: packet.qos })) {
      this.#unwanted.add(packet)
      const flags = `QoS ${packet.qos}${packet.retain ? ', retained' : ''}`
      return this.#refuse(
        session,
        'publish',
        `may not publish to ${quote(packet.topic)} (${flags})`,
      )
    }
    // The controller is not limited: it publishes a job's order and roster to a fleet in one go.
    if (identity.role === 'device' && !bucket.take(performance.now())) {
      this.#unwanted.add(packet)
      this.#report.dropped(identity.id, 'rate', `above ${LIMITS.messagesPerSecond} messages/s`)
    }
    return null
  }

  /** Whether a connection may add this subscription; one that asked too often is closed. */
  maySubscribe(client: Client, filter: string): boolean {
    const session = this.#sessions.get(client)
    if (!session) return false
    const { identity, filters, bucket } = session
    if (filters.size >= LIMITS.subscriptions) recount(filters, client)
    const detail = !maySubscribe(identity, filter)
      ? `may not subscribe to ${quote(filter)}`
      : !filters.has(filter) && filters.size >= LIMITS.subscriptions
        ? `has ${filters.size} subscriptions, which is the limit`
        : undefined
    if (detail !== undefined) {
      const tooMany = this.#refuse(session, 'subscribe', detail)
      if (tooMany) client.conn.destroy(tooMany)
      return false
    }
    // Each costs a token, since each may bring many retained messages.
    if (!bucket.take(performance.now())) {
      this.#report.dropped(identity.id, 'rate', 'too many subscriptions a second')
      return false
    }
    filters.set(filter, performance.now())
    return true
  }

  unsubscribed(client: Client, filters: readonly string[]): void {
    for (const filter of filters) this.#sessions.get(client)?.filters.delete(filter)
  }

  /** Whether a subscription may be stored in a session that outlives its connection. */
  mayKeep(client: string, filter: string): boolean {
    const identity = this.#identities.get(client)
    return identity !== undefined && maySubscribe(identity, filter)
  }

  /** What a device keeps retained for each job counts against it: it may invent job ids. */
  retainedOwner(topicName: string): string | undefined {
    const topic = this.#topicOf(topicName)
    return topic?.kind === 'progress' || topic?.kind === 'hello' ? topic.node : undefined
  }

  /** The packet as this client gets it, or null when it must not or cannot take it. */
  forward(client: Connection, packet: AedesPublishPacket): AedesPublishPacket | null {
    const session = this.#sessions.get(client)
    const topic = this.#topicOf(packet.topic)
    if (!session || !topic || !mayRead(session.identity, topic)) return null
    if (isReplay(packet)) {
      packet.qos = Math.min(packet.qos, grantedQos(client, packet.topic)) as 0 | 1
    } else if (isTooSlow(client, session, packet.topic, this.#report)) {
      return null
    }
    const { counters } = this.#report
    counters.delivered++
    counters.deliveredBytes += packet.payload.length
    return packet
  }

  /** Counts a refusal; an error when it was one too many, which closes the connection. */
  #refuse(session: Session, what: Refusal, detail: string): Error | null {
    this.#report.refused(session.identity.id, what, detail)
    session.refusals++
    if (session.refusals < REFUSALS) return null
    return new Error(`closed after ${REFUSALS} refused requests, the last: ${detail}`)
  }

  #topicOf(name: string): Topic | undefined {
    if (this.#topics.has(name)) return this.#topics.get(name)
    if (this.#topics.size >= KNOWN_TOPICS) this.#topics.clear()
    const topic = readTopic(name)
    this.#topics.set(name, topic)
    return topic
  }
}

function isTooSlow(client: Connection, session: Session, topic: string, report: Report): boolean {
  if (client.conn.writableLength <= session.backlog) {
    session.fullSince = undefined
    return false
  }
  const now = performance.now()
  session.fullSince ??= now
  report.dropped(session.identity.id, 'slow', `does not take its messages, last ${quote(topic)}`)
  if (now - session.fullSince > STALLED) {
    client.conn.destroy(new Error(`took no messages for ${STALLED / 1000} s`))
  }
  return true
}

/** Highest QoS among the client's subscriptions that match; aedes looks for the exact name only. */
function grantedQos(client: Connection, topic: string): number {
  const levels = topic.split('/')
  let qos = 0
  for (const [filter, subscription] of Object.entries(client.subscriptions)) {
    if (subscription.qos > qos && matches(filter.split('/'), levels)) qos = subscription.qos
  }
  return qos
}

function matches(filter: readonly string[], topic: readonly string[]): boolean {
  const open = filter.at(-1) === '#'
  const fixed = open ? filter.slice(0, -1) : filter
  if (open ? topic.length < fixed.length : topic.length !== fixed.length) return false
  return fixed.every((level, i) => level === '+' || level === topic[i])
}
