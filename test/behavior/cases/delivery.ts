import { LIMITS } from '../../../agent/wire/limits.ts'
import { topicFilter, topicName, watchFilters } from '../../../agent/wire/topics.ts'
import type { BehaviorCases } from '../broker.ts'
import {
  allExchange,
  allStates,
  alpha,
  beta,
  controller,
  exchangeOf,
  fleet,
  gamma,
  job,
  numbered,
  once,
  stateOf,
  textOf,
  textsUntil,
} from './scene.ts'

export const deliveryCases: BehaviorCases = {
  async 'QoS 0 messages of one publisher and topic arrive once, in the order sent'(t, broker) {
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(exchangeOf(beta), 0)
    const writer = await broker.connect({ id: beta })
    const sent = numbered(200)
    for (const text of sent) await writer.publish(exchangeOf(beta), text)
    t.strictSame(await textsUntil(reader, '199'), sent)
    t.ok(reader.received.every(({ qos }) => qos === 0))
  },

  async 'QoS 1 messages arrive at least once, in the order sent'(t, broker) {
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(exchangeOf(beta), 1)
    const writer = await broker.connect({ id: beta })
    const sent = numbered(100)
    for (const text of sent) await writer.publish(exchangeOf(beta), text, { qos: 1 })
    t.strictSame(once(await textsUntil(reader, '99')), sent)
    t.ok(reader.received.every(({ qos }) => qos === 1))
  },

  async 'two publishers interleave, each in its own order'(t, broker) {
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(allExchange, 0)
    const writers = [
      await broker.connect({ id: beta }),
      await broker.connect({ id: gamma }),
    ] as const
    const sent = numbered(60)
    await Promise.all([
      (async () => {
        for (const text of sent) await writers[0].publish(exchangeOf(beta), text)
      })(),
      (async () => {
        for (const text of sent) await writers[1].publish(exchangeOf(gamma), text)
      })(),
    ])
    while (reader.received.length < 120) await reader.next()
    for (const node of [beta, gamma]) {
      const own = reader.received.filter(({ topic }) => topic === exchangeOf(node))
      t.strictSame(own.map(textOf), sent, node)
    }
  },

  async 'a message arrives at the lower QoS of publish and subscription'(t, broker) {
    const [low, high] = [await broker.connect({ id: alpha }), await broker.connect({ id: gamma })]
    await low.subscribe(exchangeOf(beta), 0)
    await high.subscribe(exchangeOf(beta), 1)
    const writer = await broker.connect({ id: beta })
    await writer.publish(exchangeOf(beta), 'one', { qos: 1 })
    await writer.publish(exchangeOf(beta), 'zero', { qos: 0 })
    t.match(await low.next(), { qos: 0 })
    t.match(await low.next(), { qos: 0 })
    t.match(await high.next(), { qos: 1 })
    t.match(await high.next(), { qos: 0 })
  },

  async 'a publisher that subscribes hears itself, and every subscriber gets a copy'(t, broker) {
    const clients = [
      await broker.connect({ id: alpha }),
      await broker.connect({ id: beta }),
      await broker.connect({ id: gamma }),
    ]
    for (const client of clients) await client.subscribe(exchangeOf(alpha), 0)
    await clients[0]?.publish(exchangeOf(alpha), 'to all')
    for (const client of clients) t.equal(textOf(await client.next()), 'to all')
  },

  async '+ stands for one level, # for those below and the level above'(t, broker) {
    const people = await broker.connect({ id: controller })
    for (const filter of watchFilters(fleet)) await people.subscribe(filter, 0)
    const device = await broker.connect({ id: alpha })
    await device.subscribe(allStates, 0)
    const writer = await broker.connect({ id: beta })
    await writer.publish(topicName({ kind: 'info', fleet, node: beta }), 'info')
    await writer.publish(exchangeOf(beta), 'machines')
    await writer.publish(topicName({ kind: 'progress', fleet, job, node: beta }), 'progress')
    await writer.publish(stateOf(beta), 'state')
    t.strictSame(await textsUntil(people, 'state'), ['info', 'progress', 'state'])
    t.strictSame(await textsUntil(device, 'state'), ['state'], '+ is one level')
  },

  async 'no more messages come after an unsubscribe'(t, broker) {
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(exchangeOf(beta), 0)
    await reader.subscribe(stateOf(beta), 0)
    const writer = await broker.connect({ id: beta })
    await writer.publish(exchangeOf(beta), 'before')
    t.equal(textOf(await reader.next()), 'before')
    await reader.unsubscribe(exchangeOf(beta))
    await writer.publish(exchangeOf(beta), 'after')
    await writer.publish(stateOf(beta), 'end')
    t.strictSame(await textsUntil(reader, 'end'), ['end'])
  },

  async 'a message that two subscriptions match comes once for each of them at most'(t, broker) {
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(exchangeOf(beta), 0)
    await reader.subscribe(allExchange, 0)
    await reader.subscribe(stateOf(beta), 0)
    const writer = await broker.connect({ id: beta })
    await writer.publish(exchangeOf(beta), 'once or twice')
    await writer.publish(stateOf(beta), 'end')
    const texts = await textsUntil(reader, 'end')
    t.ok(texts.length === 2 || texts.length === 3, `${texts.length - 1} copies`)
  },

  async 'the largest payload of the protocol passes, byte for byte'(t, broker) {
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(exchangeOf(beta), 0)
    const writer = await broker.connect({ id: beta })
    const payload = Uint8Array.from({ length: LIMITS.message }, (_, i) => (i * 131) & 255)
    await writer.publish(exchangeOf(beta), payload)
    const { payload: arrived } = await reader.next()
    t.equal(Buffer.compare(arrived, payload), 0)
  },

  async 'topics of one kind do not reach subscribers of another'(t, broker) {
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(topicFilter('edge', { fleet, to: alpha }), 0)
    await reader.subscribe(stateOf(beta), 0)
    const writer = await broker.connect({ id: beta })
    const edge = (to: typeof alpha) => topicName({ kind: 'edge', fleet, job, node: beta, to })
    await writer.publish(edge(gamma), 'to gamma')
    await writer.publish(exchangeOf(beta), 'to all')
    await writer.publish(edge(alpha), 'to alpha')
    await writer.publish(stateOf(beta), 'end')
    t.strictSame(await textsUntil(reader, 'end'), ['to alpha', 'end'])
  },
}
