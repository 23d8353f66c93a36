import type { BehaviorCases } from '../broker.ts'
import { alpha, beta, gamma, stateOf, textOf, textsUntil, willOf } from './scene.ts'

export const willCases: BehaviorCases = {
  async 'a will is published when the connection drops'(t, broker) {
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(stateOf(beta), 1)
    const device = await broker.connect({ id: beta, will: willOf(beta) })
    await device.publish(stateOf(beta), 'online', { qos: 1, retain: true })
    t.equal(textOf(await reader.next()), 'online')
    await device.drop()
    t.equal(textOf(await reader.next()), 'offline')
  },

  async 'a retained will is what later subscribers get'(t, broker) {
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(stateOf(beta), 1)
    const device = await broker.connect({ id: beta, will: willOf(beta) })
    await device.publish(stateOf(beta), 'online', { qos: 1, retain: true })
    await device.drop()
    await textsUntil(reader, 'offline')
    const late = await broker.connect({ id: gamma })
    await late.subscribe(stateOf(beta), 1)
    const message = await late.next()
    t.equal(textOf(message), 'offline')
    t.equal(message.retain, true)
  },

  async 'a will that is not retained leaves the retained message alone'(t, broker) {
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(stateOf(beta), 1)
    const device = await broker.connect({ id: beta, will: willOf(beta, false) })
    await device.publish(stateOf(beta), 'online', { qos: 1, retain: true })
    await device.drop()
    await textsUntil(reader, 'offline')
    const late = await broker.connect({ id: gamma })
    await late.subscribe(stateOf(beta), 1)
    t.equal(textOf(await late.next()), 'online')
  },

  async 'a clean disconnect sends no will'(t, broker) {
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(stateOf(beta), 1)
    const device = await broker.connect({ id: beta, will: willOf(beta) })
    await device.disconnect()
    await device.closed
    const again = await broker.connect({ id: beta })
    await again.publish(stateOf(beta), 'end', { qos: 1 })
    t.strictSame(await textsUntil(reader, 'end'), ['end'])
  },

  async 'a will of an earlier connection does not outlive it'(t, broker) {
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(stateOf(beta), 1)
    const first = await broker.connect({ id: beta, will: willOf(beta) })
    await first.disconnect()
    await first.closed
    const second = await broker.connect({ id: beta })
    await second.drop()
    const third = await broker.connect({ id: beta })
    await third.publish(stateOf(beta), 'end', { qos: 1 })
    t.strictSame(await textsUntil(reader, 'end'), ['end'])
  },
}
