import { jobId } from '../../../agent/wire/ids.ts'
import { topicFilter, topicName } from '../../../agent/wire/topics.ts'
import type { BehaviorCases } from '../broker.ts'
import {
  allStates,
  alpha,
  beta,
  controller,
  exchangeOf,
  fleet,
  gamma,
  numbered,
  stateOf,
  textOf,
  textsUntil,
} from './scene.ts'

const retained = { qos: 1, retain: true } as const

export const retainedCases: BehaviorCases = {
  async 'the newest retained message answers a subscribe, marked as retained'(t, broker) {
    const writer = await broker.connect({ id: beta })
    await writer.publish(stateOf(beta), 'old', retained)
    await writer.publish(stateOf(beta), 'new', retained)
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(stateOf(beta), 1)
    const message = await reader.next()
    t.equal(textOf(message), 'new')
    t.equal(message.retain, true)
    await writer.publish(stateOf(beta), 'live')
    t.strictSame(await textsUntil(reader, 'live'), ['live'], 'the old one does not come')
  },

  async 'a wildcard brings every retained message, and a second subscribe brings them again'(
    t,
    broker,
  ) {
    for (const id of [beta, gamma]) {
      const writer = await broker.connect({ id })
      await writer.publish(stateOf(id), id, retained)
    }
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(allStates, 1)
    t.strictSame([textOf(await reader.next()), textOf(await reader.next())].sort(), [beta, gamma])
    await reader.subscribe(allStates, 1)
    t.strictSame([textOf(await reader.next()), textOf(await reader.next())].sort(), [beta, gamma])
  },

  async 'a subscriber that was there gets it live, not marked as retained'(t, broker) {
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(stateOf(beta), 1)
    const writer = await broker.connect({ id: beta })
    await writer.publish(stateOf(beta), 'live', retained)
    t.match(await reader.next(), { retain: false })
  },

  async 'a retained QoS 1 message comes at QoS 0 to a subscription of QoS 0'(t, broker) {
    const writer = await broker.connect({ id: beta })
    await writer.publish(stateOf(beta), 'state', retained)
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(allStates, 0)
    t.match(await reader.next(), { qos: 0, retain: true })
  },

  async 'an empty retained message clears the topic'(t, broker) {
    const writer = await broker.connect({ id: beta })
    await writer.publish(stateOf(beta), 'state', retained)
    await writer.publish(stateOf(beta), '', retained)
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(stateOf(beta), 1)
    await writer.publish(stateOf(beta), 'end')
    t.strictSame(await textsUntil(reader, 'end'), ['end'])
  },

  async 'a message that is not retained is gone for later subscribers'(t, broker) {
    const writer = await broker.connect({ id: beta })
    await writer.publish(stateOf(beta), 'lost', { qos: 1 })
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(stateOf(beta), 1)
    await writer.publish(stateOf(beta), 'end')
    t.strictSame(await textsUntil(reader, 'end'), ['end'])
  },

  async 'retained and plain messages sent in one go all arrive'(t, broker) {
    const reader = await broker.connect({ id: alpha })
    await reader.subscribe(stateOf(beta), 1)
    await reader.subscribe(exchangeOf(beta), 1)
    const writer = await broker.connect({ id: beta })
    const sent: Promise<void>[] = []
    for (const text of numbered(20)) {
      const qos = Number(text) % 3 === 0 ? 1 : 0
      sent.push(writer.publish(stateOf(beta), `state ${text}`, { qos, retain: true }))
      sent.push(writer.publish(exchangeOf(beta), `exchange ${text}`))
    }
    await Promise.all(sent)
    while (reader.received.length < 40) await reader.next()
    t.strictSame(
      reader.received.map(textOf).sort(),
      [...numbered(20, 'state '), ...numbered(20, 'exchange ')].sort(),
    )
  },

  async 'a controller that subscribes late is told all that a fleet retains'(t, broker) {
    // More than a broker's customary queue of 100 a client, which would lose births unseen.
    const names = numbered(60, 'job-')
    for (const node of [alpha, beta, gamma]) {
      const writer = await broker.connect({ id: node })
      for (const name of names)
        await writer.publish(
          topicName({ kind: 'progress', fleet, job: jobId(name), node }),
          `${node} ${name}`,
          retained,
        )
    }
    const reader = await broker.connect({ id: controller })
    await reader.subscribe(topicFilter('progress', { fleet }), 1)
    while (reader.received.length < 180) await reader.next()
    t.strictSame(
      reader.received.map(textOf).sort(),
      [alpha, beta, gamma].flatMap((node) => numbered(60, `${node} job-`)).sort(),
    )
  },
}
