import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { IClientOptions, MqttClient } from 'mqtt'
// The client alone: the package's entry also loads WebSocket and SOCKS.
import mqttClient from 'mqtt/lib/client'
import { brokerAddress } from '../../agent/io/broker.ts'
import type { Clock } from '../../agent/io/clock.ts'
import type { Log } from '../../agent/io/log.ts'
import { HypernetError } from '../../agent/wire/errors.ts'
import type { FleetId } from '../../agent/wire/ids.ts'
import { TOPICS, topicFilter } from '../../agent/wire/topics.ts'

/** Time that the broker has for the first connection, and for the farewell. */
const CONNECT_MILLIS = 10_000
const FAREWELL_MILLIS = 2_000
/** Reconnects come after a random part of this, doubling: a fleet's controller is waited for. */
const FIRST_RETRY_MILLIS = 500
const LAST_RETRY_MILLIS = 10_000

export interface LinkOptions {
  /** `mqtt://host:port` or `mqtts://host:port`. */
  readonly url: string
  readonly fleet: FleetId
  /** Client id and user name; the broker's access list knows it as the controller, or as a relay. */
  readonly user: string
  readonly password?: string | undefined
  /** PEM texts for `mqtts`. */
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  /** Filters that it listens to; absent: those of a controller. */
  readonly hears?: readonly string[] | undefined
  readonly log: Log
  readonly clock: Clock
  /** Called with each message of the subscriptions; must not wait. */
  readonly onMessage: (topic: string, payload: Uint8Array) => void
  readonly onUp: (up: boolean) => void
}

/** The controller's MQTT connection (3.1.1), which keeps itself up. */
export interface Link {
  readonly up: boolean
  /**
   * Makes the first connection; later ones come by themselves.
   * @throws HypernetError `BROKER_LOST` when it does not come about
   */
  connect(): Promise<void>
  /** Says what a retained topic must hold from now on; empty clears it. Published again after each reconnect. */
  retain(topic: string, payload: string | Uint8Array): void
  /** Resolves once the broker has acknowledged what was said so far, or the link was lost. */
  settled(): Promise<void>
  close(): Promise<void>
}

/**
 * The connection that listens to what devices tell the controller. `retain` may be called before
 * `connect`: it is published then.
 */
export const openLink = (options: LinkOptions): Link => new BrokerLink(options)

/** What the controller listens to. */
export const subscriptionsOf = (fleet: FleetId): string[] =>
  (['state', 'info', 'progress', 'seal', 'deal', 'anchor'] as const).map((kind) =>
    topicFilter(kind, { fleet }),
  )

class BrokerLink implements Link {
  up = false
  readonly #options: LinkOptions
  /** What each retained topic must hold; empty until the broker has acknowledged the clearing. */
  readonly #retained = new Map<string, string | Uint8Array>()
  readonly #waiting = new Set<() => void>()
  #pending = 0
  #client: MqttClient | undefined
  #attempt = 0
  #closed = false
  #cancelRetry: (() => void) | undefined

  constructor(options: LinkOptions) {
    this.#options = options
  }

  // One client a connection: nothing of a lost connection is resent after what is newer.
  connect(): Promise<void> {
    const { url, log, clock, fleet, user } = this.#options
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const client = new Client(() => socketTo(this.#options), clientOptions(this.#options))
    this.#client = client
    // MQTT 3.1.1 has no word for a broker that cuts a client off.
    let reason = 'it closed the connection'
    const giveUp = clock.after(CONNECT_MILLIS, () => {
      reason = `no answer within ${CONNECT_MILLIS / 1000} s`
      client.end(true)
    })
    client.on('connect', () => {
      const filters = [...(this.#options.hears ?? subscriptionsOf(fleet))]
      client.subscribe(filters, { qos: TOPICS.seal.qos }, (error, granted) => {
        const refused = granted?.find(({ qos }) => qos > 2)
        if (error || refused) {
          reason = `the subscription ${refused?.topic ?? ''} was refused (${error?.message ?? 'not authorized'}); its access list must know ${user} as the controller of fleet ${fleet}, or a relay's as a relay`
          client.end(true)
          return
        }
        giveUp()
        // Two clients of one name throw each other out for ever (MQTT-3.1.4-2).
        reason = `it closed the connection, as it does when it stops, or when another client comes with the name ${user}`
        this.#opened(client)
        resolve()
      })
    })
    client.on('message', (topic, payload) => this.#options.onMessage(topic, payload))
    client.on('error', (error) => {
      reason = error.message || ((error as NodeJS.ErrnoException).code ?? 'failed')
      log({ level: 'debug', kind: 'broker', message: `MQTT: ${reason}` })
      // A refused CONNECT leaves the client open.
      client.end(true)
    })
    client.on('close', () => {
      giveUp()
      const message = `no connection to the MQTT broker ${safeUrl(url)}: ${reason}; check broker in controller.yaml, and that the broker runs`
      reject(new HypernetError('BROKER_LOST', message))
      this.#lost(client, reason)
    })
    return promise
  }

  retain(topic: string, payload: string | Uint8Array): void {
    this.#retained.set(topic, payload)
    if (this.up) this.#publish(topic, payload)
  }

  settled(): Promise<void> {
    if (this.#pending === 0 || !this.up) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.add(resolve))
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelRetry?.()
    const client = this.#client
    if (!client) return
    if (this.up) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const cancel = this.#options.clock.after(FAREWELL_MILLIS, resolve)
      await Promise.race([this.settled(), promise])
      cancel()
    }
    this.up = false
    await client.endAsync(true)
  }

  #opened(client: MqttClient): void {
    if (client !== this.#client || this.#closed) return
    this.#attempt = 0
    this.up = true
    // A restarted broker may have lost its memory (mqtt.md section 1): say all of it again.
    for (const [topic, payload] of this.#retained) this.#publish(topic, payload)
    this.#options.onUp(true)
  }

  #publish(topic: string, payload: string | Uint8Array): void {
    const client = this.#client
    if (!client) return
    this.#pending++
    const bytes = Buffer.from(payload as Uint8Array)
    client.publish(topic, bytes, { qos: 1, retain: true }, (error) => {
      if (client !== this.#client) return
      this.#pending--
      if (!error && payload.length === 0 && this.#retained.get(topic)?.length === 0)
        this.#retained.delete(topic)
      if (this.#pending === 0) this.#release()
    })
  }

  #release(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }

  #lost(client: MqttClient, reason: string): void {
    if (client !== this.#client) return
    const wasUp = this.up
    this.up = false
    this.#pending = 0
    this.#client = undefined
    this.#release()
    client.removeAllListeners('message')
    client.end(true)
    if (this.#closed) return
    if (wasUp) {
      this.#options.log({
        level: 'warn',
        kind: 'broker',
        message: `lost the MQTT broker ${safeUrl(this.#options.url)} (${reason}); jobs go on when it is back`,
      })
      this.#options.onUp(false)
    }
    // The first attempt is the caller's to judge; later ones repeat for ever.
    if (wasUp || this.#attempt > 0) this.#retry()
  }

  #retry(): void {
    const most = Math.min(LAST_RETRY_MILLIS, FIRST_RETRY_MILLIS * 2 ** this.#attempt)
    this.#attempt = Math.min(this.#attempt + 1, 30)
    this.#cancelRetry = this.#options.clock.after(Math.random() * most, () => {
      // A refusal is told by the log and leads to the next attempt.
      this.connect().catch((error: Error) =>
        this.#options.log({ level: 'warn', kind: 'broker', message: error.message }),
      )
    })
  }
}

// A CommonJS module: Node gives its exports as the default one.
const Client = mqttClient.default

function socketTo({ url, ca, cert, key }: LinkOptions) {
  const { tls, host, port } = brokerAddress(url)
  const secrets = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
  // No server name for addresses (RFC 6066 section 3).
  const servername = /^[\d.:]+$/.test(host) ? '' : host
  const socket = tls
    ? connectTls({ host, port, servername, ...secrets })
    : connectTcp({ host, port })
  // A packet of a few bytes must not wait for the one before it (Nagle costs 40 ms a hop).
  return socket.setNoDelay(true)
}

function clientOptions({ user, password }: LinkOptions): IClientOptions {
  return {
    protocolVersion: 4,
    protocolId: 'MQTT',
    clientId: user,
    username: user,
    ...(password === undefined ? {} : { password }),
    clean: true,
    resubscribe: false,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_MILLIS,
    keepalive: 30,
    queueQoSZero: false,
    // mqtt-packet's table of numbers costs 15-19 MB a process and saves nothing here.
    writeCache: false,
  }
}

/** An address without the password that a URL can hold. */
const safeUrl = (url: string): string => url.replace(/\/\/[^@/]*@/, '//')
