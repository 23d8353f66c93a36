import type { MqttClient } from 'mqtt'
import type { FleetId, Millis, NodeId } from '../wire/ids.ts'
import { parseTopic, type Topic, topicName } from '../wire/topics.ts'
import { someOf } from '../wire/words.ts'
import { parseState, type State, stateText } from './birth.ts'
import { type BrokerOptions, connectOnce } from './broker.ts'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import { type Publisher, publisher } from './publisher.ts'
import { reasonOf, refusedOf } from './refusal.ts'
import type { Store } from './store.ts'
import { ownStateFilter } from './subscriptions.ts'

export interface LinkOptions {
  readonly broker: BrokerOptions
  readonly fleet: FleetId
  readonly node: NodeId
  /** Drawn anew by each process; tells apart two devices under one id. */
  readonly instance: string
  readonly store: Pick<Store, 'nextSession'>
  readonly clock: Clock
  /** A number from 0 to 1, for jitter. */
  readonly random: () => number
  readonly log: Log
  readonly events: LinkEvents
}

/** What the link tells, synchronously. */
export interface LinkEvents {
  /** Connected, the birth is out and the subscriptions stand. */
  up(): void
  down(): void
  /** There is no connection, and another attempt will follow. @param reason for people */
  retry?(reason: string): void
  /** The payload is valid during the call only. */
  message(topic: Topic, payload: Uint8Array): void
}

export interface LinkStats {
  readonly connected: boolean
  readonly session: number
  readonly published: number
  readonly bytesOut: number
  readonly received: number
  readonly bytesIn: number
  readonly queued: number
  readonly dropped: Readonly<Record<string, number>>
}

/** One device's place at the broker: keeps a connection, the birth and will, the subscriptions. */
export interface Link {
  publish(topic: Topic, payload: string | Uint8Array): void
  forget(topic: Topic): void
  /** Replaces what is listened to. The device's own state is always listened to. */
  listen(filters: readonly string[]): void
  /** Counts a message that was of no use, by reason. */
  drop(reason: string): void
  /** Publishes everything retained once more. */
  rebirth(): void
  readonly stats: LinkStats
  /** Says `offline`, disconnects and stays so. */
  close(): Promise<void>
}

const FIRST_RETRY = { least: 100, most: 1000 } as const
const LONGEST_RETRY: Millis = 60_000
/** A connection that lasted this long was a good one: the next retry is quick again. */
const STEADY: Millis = 10_000
/** Time that a clean end may take before the socket is cut. */
const FAREWELL: Millis = 1000
const REPEAT_STATE: Millis = 1000

/**
 * Delay before the attempt after `failures` failed ones (at least 1): the first is quick, then full
 * jitter below 1 s doubling to 60 s, so that a fleet does not come back all at once.
 */
export function retryDelay(failures: number, random: number): Millis {
  const { least, most } = FIRST_RETRY
  if (failures <= 1) return least + random * (most - least)
  return random * Math.min(LONGEST_RETRY, 1000 * 2 ** Math.min(failures - 1, 10))
}

/** Opens the link and returns at once; it connects when it can, for as long as it takes. */
export function openLink(options: LinkOptions): Link {
  const link = new DeviceLink(options)
  void link.connect()
  return link
}

class DeviceLink implements Link {
  private readonly options: LinkOptions
  private readonly stateTopic: Topic
  private readonly publisher: Publisher
  private readonly counts = { published: 0, bytesOut: 0, received: 0, bytesIn: 0 }
  private readonly dropped = new Map<string, number>()
  private client: MqttClient | undefined
  private cancelRetry: (() => void) | undefined
  private cancelRepeat: (() => void) | undefined
  private wanted: readonly string[] = []
  private subscribed = new Set<string>()
  private session = 0
  /** Whether the session's number may be known to the broker, so that the next connection needs another. */
  private sessionUsed = true
  private failures = 0
  private upSince: Millis | undefined
  private wasUp = false
  private isSubscribing = false
  /** Told once the subscriptions of a new connection stand. */
  private greeted: (() => void) | undefined
  /** Wanted filters that the broker refused on this connection. */
  private readonly refused = new Set<string>()
  /** This process was connected before the present connection. */
  private isReturning = false
  private takenOver = false
  private closed = false

  constructor(options: LinkOptions) {
    this.options = options
    const { fleet, node } = options
    this.stateTopic = { kind: 'state', fleet, node }
    this.publisher = publisher({
      published: (bytes) => {
        this.counts.published++
        this.counts.bytesOut += bytes
      },
      dropped: (reason) => this.drop(reason),
    })
  }

  async connect(): Promise<void> {
    const { broker, node, store } = this.options
    try {
      if (this.sessionUsed) this.session = await store.nextSession()
      if (this.closed) return
      this.sessionUsed = false
      const will = { topic: topicName(this.stateTopic), payload: stateText(this.state('offline')) }
      const client = connectOnce(broker, node, will)
      this.client = client
      client.stream.once('connect', () => {
        this.sessionUsed = true
      })
      client.on('connect', () => this.greet(client))
      client.on('message', (name, payload, packet) => {
        if (client === this.client) this.receive(name, payload, packet.retain)
      })
      client.on('error', (error) => this.lose(client, reasonOf(error)))
      client.on('close', () => this.lose(client, 'the broker closed the connection'))
    } catch (error) {
      this.retry(error instanceof Error ? error.message : String(error))
    }
  }

  publish(topic: Topic, payload: string | Uint8Array): void {
    this.publisher.publish(topic, payload)
  }

  forget(topic: Topic): void {
    this.publisher.forget(topic)
  }

  listen(filters: readonly string[]): void {
    this.wanted = filters
    if (this.client && this.upSince !== undefined) this.subscribe(this.client)
  }

  drop(reason: string): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1)
  }

  rebirth(): void {
    if (this.client && this.upSince !== undefined) this.publisher.attach(this.client)
  }

  get stats(): LinkStats {
    return {
      connected: this.upSince !== undefined,
      session: this.session,
      ...this.counts,
      queued: this.publisher.queued,
      dropped: Object.fromEntries(this.dropped),
    }
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    this.cancelRetry?.()
    this.cancelRepeat?.()
    const client = this.client
    if (!client) return
    if (client.connected) {
      // A clean DISCONNECT discards the will (MQTT-3.14.4-3), so the device says it itself.
      const name = topicName(this.stateTopic)
      const said = client.publishAsync(name, stateText(this.state('offline')), {
        qos: 1,
        retain: true,
      })
      await this.within(FAREWELL, said)
      await this.within(FAREWELL, client.endAsync())
    }
    this.discard(client)
  }

  /** After CONNACK: hear of others under our id, say what we are, and listen. */
  private greet(client: MqttClient): void {
    if (client !== this.client) return
    this.isReturning = this.wasUp
    const own = ownStateFilter(this.options.fleet, this.options.node)
    client.subscribe(own, { qos: 1 })
    this.publisher.publish(this.stateTopic, stateText(this.state('online')))
    this.publisher.attach(client)
    this.subscribed = new Set([own])
    this.refused.clear()
    this.isSubscribing = false
    this.upSince = this.options.clock.now()
    this.subscribe(client, () => {
      if (client !== this.client || this.closed) return
      this.wasUp = true
      this.note('info', 'link', `connected to ${this.options.broker.url}, session ${this.session}`)
      this.options.events.up()
    })
  }

  /**
   * Brings the broker's subscriptions to what is wanted, one request at a time: a broker may work on
   * two at once, and then the earlier one can win.
   */
  private subscribe(client: MqttClient, done?: () => void): void {
    if (done) this.greeted = done
    if (this.isSubscribing) return
    const own = ownStateFilter(this.options.fleet, this.options.node)
    const wanted = new Set([...this.wanted, own])
    const fresh = [...wanted].filter(
      (filter) => !this.subscribed.has(filter) && !this.refused.has(filter),
    )
    const gone = [...this.subscribed].filter((filter) => !wanted.has(filter))
    for (const filter of this.refused) if (!wanted.has(filter)) this.refused.delete(filter)
    if (gone.length === 0 && fresh.length === 0) {
      this.greeted?.()
      this.greeted = undefined
      return
    }
    this.isSubscribing = true
    const next = (error?: Error | null): void => {
      if (client !== this.client) return
      this.isSubscribing = false
      if (error) this.subscribingFailed(client, error, fresh)
      if (client === this.client) this.subscribe(client)
    }
    if (gone.length > 0) {
      for (const filter of gone) this.subscribed.delete(filter)
      // What was refused for want of room may be let in now.
      this.refused.clear()
      client.unsubscribe(gone, (error) => next(error))
    } else {
      for (const filter of fresh) this.subscribed.add(filter)
      client.subscribe(fresh, { qos: 1 }, (error) => next(error))
    }
  }

  private subscribingFailed(client: MqttClient, error: Error, fresh: readonly string[]): void {
    const refused = refusedOf(error, fresh)
    if (refused.length === 0) {
      this.lose(client, `subscribing failed: ${error.message}`)
      return
    }
    for (const filter of refused) {
      this.subscribed.delete(filter)
      this.refused.add(filter)
    }
    this.note(
      'warn',
      'refused',
      `the broker does not let this device listen to ${someOf(refused, 4)}; check its access list`,
    )
  }

  private receive(name: string, payload: Uint8Array, stored: boolean): void {
    this.counts.received++
    this.counts.bytesIn += payload.length
    let topic: Topic
    try {
      topic = parseTopic(name)
      if (topic.kind === 'state' && topic.node === this.options.node) {
        if (payload.length) this.hearOwnState(parseState(payload), stored)
        return
      }
    } catch (error) {
      this.drop('badTopic')
      this.note('debug', 'bad-topic', error instanceof Error ? error.message : String(error))
      return
    }
    this.options.events.message(topic, payload)
  }

  /** @param stored whether it was said before this connection rather than just now */
  private hearOwnState(state: State, stored: boolean): void {
    const ours = state.instance === this.options.instance
    if (ours && state.state === 'online' && state.session === this.session) return
    // What an earlier life left there, or its late will, is nobody else's.
    const isLateWill = state.state === 'offline' && state.session < this.session
    const isOlder = stored ? !this.isReturning : isLateWill
    if (!ours && !isOlder && this.wasUp && !this.takenOver) {
      // Since this process was last connected someone else spoke under its id.
      this.takenOver = true
      this.note(
        'error',
        'takeover',
        `another device connects as ${this.options.node} (its session ${state.session}, ours ${this.session}): give one of them another node id in agent.yaml, or take away a copied key and state folder. Next attempt in ${LONGEST_RETRY / 1000} s`,
      )
    }
    if (stored || this.cancelRepeat) return
    // Someone's will, late, stands where our birth was.
    this.cancelRepeat = this.options.clock.after(REPEAT_STATE, () => {
      this.cancelRepeat = undefined
      if (this.upSince === undefined) return
      this.publisher.publish(this.stateTopic, stateText(this.state('online')))
    })
  }

  private lose(client: MqttClient, reason: string): void {
    if (client !== this.client) return
    const { clock, events } = this.options
    const wasUp = this.upSince !== undefined
    const lasted = clock.now() - (this.upSince ?? clock.now())
    this.discard(client)
    if (this.closed) return
    if (lasted >= STEADY) this.failures = 0
    if (wasUp) events.down()
    this.retry(reason)
  }

  private retry(reason: string): void {
    if (this.closed) return
    this.failures++
    const { broker, clock, random, events } = this.options
    events.retry?.(reason)
    const delay = this.takenOver ? LONGEST_RETRY : retryDelay(this.failures, random())
    this.takenOver = false
    this.note(
      this.failures > 1 ? 'warn' : 'info',
      'link',
      `no connection to ${broker.url}: ${reason}; next attempt in ${(delay / 1000).toFixed(1)} s`,
    )
    this.cancelRetry = clock.after(delay, () => {
      this.cancelRetry = undefined
      void this.connect()
    })
  }

  /** Ends a client for good; its listeners see that it is no longer ours. */
  private discard(client: MqttClient): void {
    this.client = undefined
    this.upSince = undefined
    this.publisher.detach()
    client.end(true)
    client.stream.destroy()
  }

  /** Waits for a promise, but not longer than this; its failure is as good as its success. */
  private within(most: Millis, work: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.options.clock.after(most, resolve)
      const end = () => {
        cancel()
        resolve()
      }
      work.then(end, end)
    })
  }

  private state(state: State['state']): State {
    const { instance, clock } = this.options
    return { state, session: this.session, instance, ts: clock.unix() }
  }

  private note(level: 'debug' | 'info' | 'warn' | 'error', kind: string, message: string): void {
    this.options.log({ level, kind, message, node: this.options.node })
  }
}
