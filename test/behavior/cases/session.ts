import type { BehaviorCases } from '../broker.ts'
import {
  alpha,
  beta,
  exchangeOf,
  gamma,
  numbered,
  once,
  stateOf,
  textOf,
  textsUntil,
  willOf,
} from './scene.ts'

export const sessionCases: BehaviorCases = {
  async 'a kept session gets what was published at QoS 1 while it was away, in order'(t, broker) {
    const first = await broker.connect({ id: alpha, clean: false })
    t.equal(first.sessionPresent, false)
    await first.subscribe(exchangeOf(beta), 1)
    await first.drop()
    const writer = await broker.connect({ id: beta })
    for (const text of numbered(10)) await writer.publish(exchangeOf(beta), text, { qos: 1 })
    const second = await broker.connect({ id: alpha, clean: false })
    t.equal(second.sessionPresent, true)
    t.strictSame(once(await textsUntil(second, '9')), numbered(10))
    await writer.publish(exchangeOf(beta), 'live', { qos: 1 })
    t.equal((await textsUntil(second, 'live')).at(-1), 'live', 'the subscription is still there')
  },

  async 'messages that were acknowledged do not come again'(t, broker) {
    const first = await broker.connect({ id: alpha, clean: false })
    await first.subscribe(exchangeOf(beta), 1)
    const writer = await broker.connect({ id: beta })
    await writer.publish(exchangeOf(beta), 'seen', { qos: 1 })
    t.equal(textOf(await first.next()), 'seen')
    await first.disconnect() // after its acknowledgement, on the same connection
    await first.closed
    await writer.publish(exchangeOf(beta), 'missed', { qos: 1 })
    const second = await broker.connect({ id: alpha, clean: false })
    t.strictSame(await textsUntil(second, 'missed'), ['missed'])
  },

  async 'a clean connect forgets the session'(t, broker) {
    const first = await broker.connect({ id: alpha, clean: false })
    await first.subscribe(exchangeOf(beta), 1)
    await first.drop()
    const writer = await broker.connect({ id: beta })
    await writer.publish(exchangeOf(beta), 'missed', { qos: 1 })
    const clean = await broker.connect({ id: alpha, clean: true })
    t.equal(clean.sessionPresent, false)
    await clean.subscribe(stateOf(beta), 1)
    await writer.publish(exchangeOf(beta), 'not subscribed', { qos: 1 })
    await writer.publish(stateOf(beta), 'end', { qos: 1 })
    t.strictSame(await textsUntil(clean, 'end'), ['end'])
    await clean.disconnect()
    await clean.closed
    const later = await broker.connect({ id: alpha, clean: false })
    t.equal(later.sessionPresent, false)
  },

  async 'the queue of an absent client is bounded, and what is left is in order'(t, broker) {
    const first = await broker.connect({ id: alpha, clean: false })
    await first.subscribe(exchangeOf(beta), 1)
    await first.drop()
    const writer = await broker.connect({ id: beta })
    const sent = numbered(broker.queue + 200)
    for (const text of sent) await writer.publish(exchangeOf(beta), text, { qos: 1 })
    const second = await broker.connect({ id: alpha, clean: false })
    // One end mark after each message taken: a broker that drops the newest drops the first ones.
    const texts: string[] = []
    while (texts.at(-1) !== 'end') {
      texts.push(textOf(await second.next()))
      await writer.publish(exchangeOf(beta), 'end', { qos: 1 })
    }
    const kept = once(texts.slice(0, -1)).map(Number)
    t.ok(kept.length >= 1, 'some were kept')
    t.ok(kept.length <= broker.queue, `${kept.length} were kept`)
    t.strictSame(
      kept,
      [...kept].sort((a, b) => a - b),
    )
  },

  async 'a second connection of one client closes the first, and takes over'(t, broker) {
    const reader = await broker.connect({ id: gamma })
    await reader.subscribe(stateOf(alpha), 1)
    const first = await broker.connect({ id: alpha, will: willOf(alpha) })
    await first.subscribe(exchangeOf(beta), 0)
    const second = await broker.connect({ id: alpha })
    await first.closed
    t.equal(textOf(await reader.next()), 'offline', 'the first had not said goodbye')
    await second.subscribe(exchangeOf(beta), 0)
    const writer = await broker.connect({ id: beta })
    await writer.publish(exchangeOf(beta), 'to the second')
    t.equal(textOf(await second.next()), 'to the second')
    t.equal(first.received.length, 0)
  },

  async 'ten takeovers in a row leave one working connection'(t, broker) {
    const older = []
    for (let i = 0; i < 10; i++) older.push(await broker.connect({ id: alpha }))
    const last = await broker.connect({ id: alpha })
    for (const client of older) await client.closed
    await last.subscribe(exchangeOf(beta), 0)
    const writer = await broker.connect({ id: beta })
    await writer.publish(exchangeOf(beta), 'hello')
    t.equal(textOf(await last.next()), 'hello')
  },

  async 'what comes while a kept session is being served comes after what waited'(t, broker) {
    const first = await broker.connect({ id: alpha, clean: false })
    await first.subscribe(exchangeOf(beta), 1)
    await first.drop()
    const writer = await broker.connect({ id: beta })
    const sent = numbered(90)
    for (const text of sent.slice(0, 50)) {
      await writer.publish(exchangeOf(beta), text, { qos: 1 })
    }
    const returning = broker.connect({ id: alpha, clean: false })
    for (const text of sent.slice(50)) await writer.publish(exchangeOf(beta), text, { qos: 1 })
    t.strictSame(once(await textsUntil(await returning, '89')), sent)
  },

  async 'after a restart clients connect, subscribe and retain again'(t, broker) {
    const [reader, writer] = [
      await broker.connect({ id: alpha }),
      await broker.connect({ id: beta, will: willOf(beta) }),
    ]
    await writer.publish(stateOf(beta), 'before', { qos: 1, retain: true })
    await broker.restart()
    await Promise.all([reader.closed, writer.closed])
    const again = await broker.connect({ id: beta })
    await again.publish(stateOf(beta), 'after', { qos: 1, retain: true })
    const newReader = await broker.connect({ id: alpha })
    await newReader.subscribe(stateOf(beta), 1)
    t.equal(textOf(await newReader.next()), 'after')
  },
}
