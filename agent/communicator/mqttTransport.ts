import { parseState, type State } from '../io/birth.ts'
import type { BrokerOptions } from '../io/broker.ts'
import { systemClock } from '../io/clock.ts'
import type { DeviceKey } from '../io/keys.ts'
import type { Log } from '../io/log.ts'
import { type Link, openLink } from '../io/mqtt.ts'
import { memoryStore } from '../io/store.ts'
import { verifier } from '../io/verify.ts'
import { checkSender, decodeRecord, encodeRecord } from '../wire/codec.ts'
import { HypernetError } from '../wire/errors.ts'
import { Hello } from '../wire/hello.ts'
import type { FleetId, JobId, Millis, NodeId } from '../wire/ids.ts'
import { LIMITS } from '../wire/limits.ts'
import { Exchange } from '../wire/messages.ts'
import { signCose } from '../wire/signature.ts'
import { type Topic, topicFilter } from '../wire/topics.ts'
import { PROTOCOL } from '../wire/version.ts'
import type { Listener, Pace, Signer, Transport } from './transport.ts'

export interface MqttOptions {
  readonly broker: BrokerOptions
  readonly fleet: FleetId
  readonly job: JobId
  readonly node: NodeId
  readonly key: DeviceKey
  readonly size: number
  readonly pace: Pace
  readonly log: Log
  /** Drawn by this process. */
  readonly instance: number
}

/** A program that says hello, and whether it is there now or only its retained hello. */
export interface Present {
  readonly hello: Hello
  readonly isOnline: boolean
}

/** A device's name for its process, in `state` and in `hello`. */
const instanceText = (instance: number): string => instance.toString(16).padStart(8, '0')

/**
 * A rank's place at an MQTT broker, on the topics `net/<job>/x/<node>` and `net/<job>/hello/<node>` of a
 * fleet, which its access list gives to devices: to the broker, a program is a device with its own id.
 */
export class MqttTransport implements Transport {
  readonly clock = systemClock
  readonly pace: Pace
  readonly signer: Signer
  private readonly options: MqttOptions
  private readonly link: Link
  private readonly listeners = new Map<Listener, ReadonlySet<NodeId>>()
  private readonly hellos = new Map<NodeId, Hello>()
  private readonly states = new Map<NodeId, State>()
  private readonly changed: () => void
  /** While there is no connection; undefined before the first one. */
  private lostAt: Millis | undefined
  private isUp = false
  /** Why there is no connection, since an attempt failed. */
  refusal: string | undefined

  /** @param changed is called when `present` may have changed */
  constructor(options: MqttOptions, changed: () => void) {
    this.options = options
    this.changed = changed
    this.pace = options.pace
    const { key, broker, fleet, node, log } = options
    const { verify } = verifier()
    this.signer = { sign: (purpose, payload) => signCose(purpose, payload, key.privateKey), verify }
    this.link = openLink({
      broker,
      fleet,
      node,
      instance: instanceText(options.instance),
      store: memoryStore(),
      clock: systemClock,
      random: Math.random,
      log,
      events: {
        up: () => this.turn(true),
        down: () => this.turn(false),
        retry: (reason) => {
          this.refusal = reason
        },
        message: (topic, payload) => this.take(topic, payload),
      },
    })
    this.listen()
    this.link.publish(this.helloTopic, encodeRecord(Hello, this.hello))
  }

  /** Everybody who said hello under this job, this program among them once it is connected. */
  get present(): readonly Present[] {
    const { node } = this.options
    const others = [...this.hellos.values()].map((hello) => ({
      hello,
      isOnline: this.isAlive(hello),
    }))
    const own = { hello: this.hello, isOnline: this.isUp }
    return [own, ...others.filter(({ hello }) => hello.from !== node)]
  }

  send(exchange: Exchange): void {
    const { fleet, job, node } = this.options
    this.link.publish({ kind: 'exchange', fleet, job, node }, encodeRecord(Exchange, exchange))
  }

  attach(from: readonly NodeId[], listener: Listener): () => void {
    this.listeners.set(listener, new Set(from))
    this.listen()
    if (this.lostAt !== undefined) listener.lost()
    return () => {
      this.listeners.delete(listener)
      this.listen()
    }
  }

  async close(): Promise<void> {
    // An empty retained message takes the last one back (MQTT-3.3.1-10).
    this.link.publish(this.helloTopic, new Uint8Array(0))
    this.link.forget(this.helloTopic)
    await this.link.close()
  }

  private get hello(): Hello {
    const { job, node, key, instance, size } = this.options
    return { version: PROTOCOL, job, from: node, key: key.publicKey, instance, size }
  }

  private get helloTopic(): Topic {
    const { fleet, job, node } = this.options
    return { kind: 'hello', fleet, job, node }
  }

  private listen(): void {
    const { fleet, job } = this.options
    const neighbors = [...new Set([...this.listeners.values()].flatMap((from) => [...from]))]
    const exchanges =
      neighbors.length > LIMITS.neighborSubscriptions
        ? [topicFilter('exchange', { fleet, job })]
        : neighbors.map((node) => topicFilter('exchange', { fleet, job, node }))
    this.link.listen([
      topicFilter('hello', { fleet, job }),
      topicFilter('state', { fleet }),
      ...exchanges,
    ])
  }

  private turn(isUp: boolean): void {
    this.isUp = isUp
    const now = this.clock.now()
    if (!isUp) {
      this.lostAt = now
      for (const listener of this.listeners.keys()) listener.lost()
    } else if (this.lostAt !== undefined) {
      const outage = now - this.lostAt
      this.lostAt = undefined
      for (const listener of this.listeners.keys()) listener.returned(outage)
    }
    this.changed()
  }

  /** What a stranger sends must not stop this program. */
  private take(topic: Topic, payload: Uint8Array): void {
    try {
      if (topic.kind === 'exchange') this.takeExchange(topic, topic.node, payload)
      else if (topic.kind === 'hello') this.takeHello(topic, topic.node, payload)
      else if (topic.kind === 'state') this.takeState(topic.node, payload)
    } catch (error) {
      if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
      this.link.drop('badMessage')
      const { log, node } = this.options
      log({ level: 'warn', kind: 'dropped', message: `${topic.kind}: ${error.message}`, node })
    }
  }

  private takeExchange(topic: Topic, node: NodeId, payload: Uint8Array): void {
    const listeners = [...this.listeners].filter(([, from]) => from.has(node))
    if (listeners.length === 0) return
    const exchange = decodeRecord(Exchange, payload)
    checkSender(topic, exchange)
    for (const [listener] of listeners) listener.hear(exchange)
  }

  private takeHello(topic: Topic, node: NodeId, payload: Uint8Array): void {
    if (payload.length === 0) this.hellos.delete(node)
    else {
      const hello = decodeRecord(Hello, payload.slice())
      checkSender(topic, hello)
      this.hellos.set(node, hello)
    }
    this.tell(node)
  }

  private takeState(node: NodeId, payload: Uint8Array): void {
    if (payload.length === 0) this.states.delete(node)
    else this.states.set(node, parseState(payload))
    this.tell(node)
  }

  private tell(node: NodeId): void {
    const hello = this.hellos.get(node)
    const isOnline = hello !== undefined && this.isAlive(hello)
    for (const listener of this.listeners.keys()) listener.presence(node, isOnline)
    this.changed()
  }

  private isAlive({ from, instance }: Hello): boolean {
    const state = this.states.get(from)
    return state?.state === 'online' && state.instance === instanceText(instance)
  }
}
