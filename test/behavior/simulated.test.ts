import t from 'tap'
import { LIMITS } from '../../agent/wire/limits.ts'
import { type Connection, type Packet, SimBroker } from '../../controller/sim/broker.ts'
import { FAIR, newPassage } from '../../controller/sim/passage.ts'
import { newDice } from '../../controller/sim/random.ts'
import { newWheel } from '../../controller/sim/wheel.ts'
import {
  type BrokerClient,
  type BrokerUnderTest,
  brokerBehavior,
  type ConnectOptions,
  type Received,
} from './broker.ts'

/** The simulated broker on a fair network: promises end as virtual time is moved on by whoever waits. */
async function openSimulated(): Promise<BrokerUnderTest> {
  const wheel = newWheel<() => void>()
  const passage = newPassage(FAIR, 100, { size: 0, links: [] }, [], () => newDice(1))
  const broker = new SimBroker<Uint8Array>(wheel, passage.fate)

  async function connect({ id, clean = true, will }: ConnectOptions): Promise<BrokerClient> {
    const received: Received[] = []
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    let taken = 0
    const packetOf = (
      topic: string,
      text: string | Uint8Array,
      qos: 0 | 1,
      retain: boolean,
    ): Packet<Uint8Array> => {
      const payload = typeof text === 'string' ? new TextEncoder().encode(text) : text
      const clears = retain && payload.length === 0
      return { topic, payload: clears ? undefined : payload, bytes: payload.length, qos, retain }
    }
    const connection: Connection<Uint8Array> | undefined = broker.connect(id, {
      clean,
      will: will && packetOf(will.topic, will.payload, will.qos, will.retain),
      receive: ({ topic, payload = new Uint8Array(), qos, retain }) =>
        received.push({ topic, payload, qos, retain }),
      closed: () => resolve(),
    })
    if (connection === undefined) throw new Error('the broker is down')
    return {
      sessionPresent: connection.sessionPresent,
      received,
      closed,
      subscribe: async (filter, qos) => connection.subscribe(filter, qos),
      unsubscribe: async (filter) => connection.unsubscribe(filter),
      publish: async (topic, payload, { qos = 0, retain = false } = {}) =>
        connection.publish(packetOf(topic, payload, qos, retain)),
      async next() {
        while (received.length <= taken) {
          const event = wheel.take()
          if (event === undefined) throw new Error(`${id}: nothing more will ever arrive`)
          event()
        }
        return received[taken++] as Received // the loop waited for it
      },
      async disconnect() {
        connection.disconnect()
        resolve()
      },
      async drop() {
        connection.drop()
        resolve()
      },
    }
  }
  return {
    queue: LIMITS.queuedMessages,
    connect,
    async restart() {
      broker.crash()
      broker.restart()
    },
    async close() {},
  }
}

brokerBehavior(t, 'simulated', openSimulated)
