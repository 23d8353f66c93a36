import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import type { BrokerClient, ConnectOptions, Received } from './broker.ts'

export interface MqttConnect extends Omit<ConnectOptions, 'id'> {
  readonly id: string
  readonly password: string
  /** User name where it is not the id. */
  readonly user?: string
}

const DEADLINE = 5000

/**
 * A client of a real broker over MQTT 3.1.1 that does nothing on its own: no reconnect, no
 * subscribing again. Fails when the broker refuses the CONNECT.
 */
export async function connectMqtt(url: string, options: MqttConnect): Promise<BrokerClient> {
  const { id, password, user = id, clean = true, will } = options
  const settings: IClientOptions = {
    clientId: id,
    username: user,
    password,
    clean,
    protocolVersion: 4,
    reconnectPeriod: 0,
    resubscribe: false,
    connectTimeout: DEADLINE,
    ...(will ? { will: { ...will, payload: Buffer.from(will.payload) } } : {}),
  }
  const client = connect(url, settings)
  const inbox = new Inbox()
  client.on('message', (topic, payload, { qos, retain }) => {
    inbox.add({ topic, payload, qos, retain })
  })
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
  const sessionPresent = await new Promise<boolean>((resolve, reject) => {
    client.once('connect', ({ sessionPresent }) => resolve(sessionPresent))
    client.once('error', reject)
    client.once('close', () => reject(new Error('the broker closed the connection')))
  })
  client.on('error', () => {}) // a cut connection is what some cases are about; `closed` tells
  return wrap(client, inbox, closed, sessionPresent)
}

function wrap(
  client: MqttClient,
  inbox: Inbox,
  closed: Promise<void>,
  sessionPresent: boolean,
): BrokerClient {
  // mqtt.js leaves a request open for ever when the connection ends before its answer.
  const orClosed = <T>(answer: Promise<T>): Promise<T> =>
    Promise.race([
      answer,
      closed.then(() => Promise.reject(new Error('the connection closed before the answer'))),
    ])
  return {
    sessionPresent,
    received: inbox.received,
    closed,
    async subscribe(filter, qos) {
      const [grant] = await orClosed(client.subscribeAsync(filter, { qos }))
      if (!grant || grant.qos > 2) throw new Error(`subscription refused: ${filter}`)
    },
    async unsubscribe(filter) {
      await orClosed(client.unsubscribeAsync(filter))
    },
    async publish(topic, payload, { qos = 0, retain = false } = {}) {
      const bytes = Buffer.from(payload as Uint8Array) // takes text as well
      await orClosed(client.publishAsync(topic, bytes, { qos, retain }))
    },
    next: (deadline = DEADLINE) => inbox.next(deadline),
    async disconnect() {
      await client.endAsync()
    },
    async drop() {
      client.stream.destroy()
      await closed
    },
  }
}

/** Messages in the order received, taken one by one. */
class Inbox {
  readonly received: Received[] = []
  #taken = 0
  #wake: (() => void) | undefined

  add(message: Received): void {
    this.received.push(message)
    this.#wake?.()
  }

  async next(deadline: number): Promise<Received> {
    if (this.#taken >= this.received.length) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve, reject) => {
        this.#wake = resolve
        timer = setTimeout(() => {
          const last = this.received.at(-1)
          reject(
            new Error(
              `no message within ${deadline} ms, after ${this.received.length} (last on ${last?.topic ?? 'none'})`,
            ),
          )
        }, deadline)
      })
      clearTimeout(timer)
    }
    const message = this.received[this.#taken++]
    if (!message) throw new Error('two callers wait for one message')
    return message
  }
}
