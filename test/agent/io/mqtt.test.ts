import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { parseState, type State } from '../../../agent/io/birth.ts'
import type { BrokerOptions } from '../../../agent/io/broker.ts'
import { systemClock } from '../../../agent/io/clock.ts'
import type { Entry } from '../../../agent/io/log.ts'
import { type Link, type LinkOptions, openLink, retryDelay } from '../../../agent/io/mqtt.ts'
import { memoryStore } from '../../../agent/io/store.ts'
import { filtersOf } from '../../../agent/io/subscriptions.ts'
import { fleetId, jobId, nodeId } from '../../../agent/wire/ids.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import { clientsOf, plainBroker, watcher } from './plainBroker.ts'
import { until } from './until.ts'

const fleet = fleetId('lab')
const job = jobId('j')
const node = nodeId('me')
const stateTopic = 'hn/1/lab/node/me/state'

interface Device {
  readonly link: Link
  readonly entries: Entry[]
  readonly received: { name: string; payload: string }[]
  /** Resolves at the next event of this kind. */
  next(event: 'up' | 'down'): Promise<void>
}

/** A link whose retries are quick: its random number is always 0. */
function device(t: Test, broker: BrokerOptions, more: Partial<LinkOptions> = {}): Device {
  const entries: Entry[] = []
  const received: { name: string; payload: string }[] = []
  const waiting: { event: string; resolve: () => void }[] = []
  const happened = (event: string) => {
    for (const each of waiting.splice(0)) {
      if (each.event === event) each.resolve()
      else waiting.push(each)
    }
  }
  const link = openLink({
    broker,
    fleet,
    node,
    instance: randomUUID(),
    store: memoryStore(),
    clock: systemClock,
    random: () => 0,
    log: (entry) => entries.push(entry),
    events: {
      up: () => happened('up'),
      down: () => happened('down'),
      message: (topic, payload) => received.push({ name: topic.kind, payload: `${payload}` }),
    },
    ...more,
  })
  t.teardown(() => link.close())
  link.listen(filtersOf({ fleet, node, neighbors: new Map(), addressed: [], blobs: [] }))
  const next = (event: 'up' | 'down') =>
    new Promise<void>((resolve) => waiting.push({ event, resolve }))
  return { link, entries, received, next }
}

const stateOf = (payload: Buffer): State => parseState(payload)

t.test('the birth is retained, the will says offline with the same session', async (t) => {
  const broker = await plainBroker(t)
  const watch = await watcher(t, broker.port)
  const { link, next } = device(t, broker)
  await next('up')
  link.publish({ kind: 'info', fleet, node }, '{"a":1}')
  await watch.until(({ topic }) => topic.endsWith('/info'))
  const late = await watcher(t, broker.port)
  const birth = stateOf((await late.until(({ topic }) => topic === stateTopic)).payload)
  t.match(birth, { state: 'online', session: 1 })
  t.equal(`${(await late.until(({ topic }) => topic.endsWith('/info'))).payload}`, '{"a":1}')
  const gone = watch.until(({ payload }) => `${payload}`.includes('offline'))
  for (const client of Object.values(clientsOf(broker)))
    if (client.id === 'me') client.conn.destroy()
  const will = stateOf((await gone).payload)
  t.match(will, { state: 'offline', session: 1, instance: birth.instance })
  const again = await watch.until(
    ({ topic, payload }) => topic === stateTopic && stateOf(payload).session === 2,
  )
  t.equal(stateOf(again.payload).state, 'online', 'it comes back with the next session')
})

t.test('a clean end says offline itself and leaves no will behind', async (t) => {
  const broker = await plainBroker(t)
  const watch = await watcher(t, broker.port, stateTopic)
  const { link, next } = device(t, broker)
  await next('up')
  const left = once(broker.aedes, 'clientDisconnect')
  await link.close()
  await left
  await watch.publish(stateTopic, '{"state":"online","session":99}')
  await watch.until(({ payload }) => stateOf(payload).session === 99)
  const states = watch.seen.map(({ payload }) => stateOf(payload).state)
  t.strictSame(states, ['online', 'offline', 'online'])
})

t.test('no delay is set on the socket', async (t) => {
  // Node keeps no readable flag, so the call itself is observed on the class that makes it.
  const { Socket } = await import('node:net')
  const original = Socket.prototype.setNoDelay
  let calls = 0
  Socket.prototype.setNoDelay = function (on) {
    if (on === true && !this.remoteAddress) calls++
    return original.call(this, on)
  }
  const broker = await plainBroker(t)
  const { next } = device(t, broker)
  await next('up')
  Socket.prototype.setNoDelay = original
  t.ok(calls >= 1)
})

t.test('what is retained stands again after the broker lost its memory', async (t) => {
  const first = await plainBroker(t)
  const { link, next } = device(t, first)
  await next('up')
  link.publish({ kind: 'progress', fleet, job, node }, '{"phase":"old"}')
  link.publish({ kind: 'progress', fleet, job, node }, '{"phase":"final"}')
  const down = next('down')
  await first.close()
  await down
  const up = next('up')
  const second = await plainBroker(t, first.port)
  await up
  const watch = await watcher(t, second.port)
  t.equal(
    `${(await watch.until(({ topic }) => topic.endsWith('/j/node/me/status'))).payload}`,
    '{"phase":"final"}',
  )
  t.match(stateOf((await watch.until(({ topic }) => topic === stateTopic)).payload), {
    state: 'online',
  })
})

t.test('without a connection QoS 0 is dropped and counted, QoS 1 waits', async (t) => {
  const first = await plainBroker(t)
  const { link, next } = device(t, first)
  await next('up')
  const down = next('down')
  await first.close()
  await down
  link.publish({ kind: 'exchange', fleet, job, node }, 'lost')
  link.publish({ kind: 'seal', fleet, job, node }, 'kept')
  t.match(link.stats, { connected: false, queued: 1, dropped: { offline: 1 } })
  const up = next('up')
  const second = await plainBroker(t, first.port)
  const watch = await watcher(t, second.port)
  await up
  t.equal(`${(await watch.until(({ topic }) => topic.endsWith('/seal/me'))).payload}`, 'kept')
  link.publish({ kind: 'exchange', fleet, job, node }, 'now')
  await watch.until(({ topic }) => topic.endsWith('/x/me'))
  t.notOk(watch.seen.some(({ payload }) => `${payload}` === 'lost'))
  t.equal(link.stats.queued, 0, 'acknowledged')
})

t.test('the queue is bounded in number and bytes, the oldest goes', async (t) => {
  const { link } = device(t, { url: 'mqtt://127.0.0.1:9' })
  const seal = { kind: 'seal', fleet, job, node } as const
  for (let i = 0; i < LIMITS.queuedMessages + 7; i++) link.publish(seal, `${i}`)
  t.match(link.stats, { queued: LIMITS.queuedMessages, dropped: { queueFull: 7 } })
  const large = new Uint8Array(LIMITS.message)
  for (let i = 0; i < 10; i++) link.publish(seal, large)
  t.equal(link.stats.queued, Math.floor(LIMITS.queuedBytes / LIMITS.message))
  link.publish(seal, new Uint8Array(LIMITS.message + 1))
  t.equal(link.stats.dropped.tooLarge, 1)
})

t.test('filters come and go with what is wanted, also over a new connection', async (t) => {
  const broker = await plainBroker(t)
  const watch = await watcher(t, broker.port)
  const { link, next, received } = device(t, broker)
  await next('up')
  const neighbors = new Map([[job, [nodeId('n1')]]])
  const subscribed = once(broker.aedes, 'subscribe')
  link.listen(filtersOf({ fleet, node, neighbors, addressed: [], blobs: [] }))
  await subscribed
  await watch.publish('hn/1/lab/net/j/x/n1', 'one')
  await watch.publish('hn/1/lab/net/j/x/n2', 'not asked for')
  await watch.publish('hn/1/lab/net/j/order', 'two')
  await until(() => received.length >= 2)
  const down = next('down')
  const up = next('up')
  for (const client of Object.values(clientsOf(broker)))
    if (client.id === 'me') client.conn.destroy()
  await down
  await up
  await watch.publish('hn/1/lab/net/j/x/n1', 'three')
  const unsubscribed = once(broker.aedes, 'unsubscribe')
  link.listen(filtersOf({ fleet, node, neighbors: new Map(), addressed: [], blobs: [] }))
  await unsubscribed
  await watch.publish('hn/1/lab/net/j/x/n1', 'four')
  await watch.publish('hn/1/lab/net/j/roster', 'five')
  await until(() => received.some(({ payload }) => payload === 'five'))
  t.strictSame(
    received.map(({ payload }) => payload),
    ['one', 'two', 'three', 'five'],
  )
})

t.test('a topic that is none of ours is counted, not fatal', async (t) => {
  const broker = await plainBroker(t)
  const { link, next, received } = device(t, broker)
  link.listen(['hn/1/lab/net/+/order', 'other/#', 'hn/1/lab/net/j/#'])
  await next('up')
  const watch = await watcher(t, broker.port)
  await watch.publish('other/thing', 'x')
  await watch.publish('hn/1/lab/net/j/UPPER', 'x')
  await watch.publish(stateTopic, 'not JSON')
  await watch.publish('hn/1/lab/net/j/order', 'end')
  await until(() => received.length > 0)
  t.equal(link.stats.dropped.badTopic, 3)
})

t.test('another device under the same id is named and the link steps back', async (t) => {
  const broker = await plainBroker(t)
  const first = device(t, broker)
  await first.next('up')
  const second = device(t, broker)
  const named = () => [...first.entries, ...second.entries].find(({ kind }) => kind === 'takeover')
  await until(() => named() !== undefined)
  t.match(
    named()?.message,
    /another device connects as me .*session \d+, ours \d+.*another node id/,
  )
  t.equal(named()?.level, 'error')
})

/** Resolves when the log holds an entry of this kind. */
const untilEntry = (entries: readonly Entry[], kind: string): Promise<void> =>
  until(
    () => entries.some((entry) => entry.kind === kind),
    () => entries,
  )

t.test('a state that somebody else left behind is put right', async (t) => {
  const broker = await plainBroker(t)
  const watch = await watcher(t, broker.port, stateTopic)
  const { next } = device(t, broker)
  await next('up')
  await watch.publish(stateTopic, '{"state":"offline","session":0}', true)
  await watch.until(({ payload }) => stateOf(payload).state === 'offline')
  const seen = watch.seen.length
  await watch.until(
    (message) => watch.seen.indexOf(message) >= seen && stateOf(message.payload).state === 'online',
  )
  t.pass('online again')
})

t.test('a refusal is told in words that help', async (t) => {
  const broker = await plainBroker(t)
  broker.aedes.authenticate = (_client, username, password, done) => {
    if (username === 'me' && `${password}` === 'right') done(null, true)
    else done(Object.assign(new Error('no'), { returnCode: 4 as const }), false)
  }
  const wrong = device(t, { ...broker, password: 'wrong' })
  await untilEntry(wrong.entries, 'link')
  t.match(
    wrong.entries[0]?.message,
    /refuses user name or password; check the password file; next attempt/,
  )
  const right = device(t, { ...broker, password: 'right' })
  await right.next('up')
})

t.test('a refused subscription is named and the others stand', async (t) => {
  const broker = await plainBroker(t)
  broker.aedes.authorizeSubscribe = (_client, subscription, done) =>
    done(null, subscription.topic.endsWith('/roster') ? null : subscription)
  const { link, next, entries } = device(t, broker)
  await next('up')
  t.match(
    entries.find(({ kind }) => kind === 'refused')?.message,
    /does not let this device listen to hn\/1\/lab\/net\/\+\/roster;/,
  )
  t.ok(link.stats.connected)
})

t.test('a broker that is not there does not stop a device from starting or ending', async (t) => {
  const { link, entries } = device(t, { url: 'mqtt://127.0.0.1:9' })
  await untilEntry(entries, 'link')
  t.match(entries[0]?.message, /no connection to mqtt:\/\/127\.0\.0\.1:9: ECONNREFUSED/)
  t.equal(link.stats.session, 1)
})

t.test('a session number that no broker can have seen is used again', async (t) => {
  const closed = await plainBroker(t)
  await closed.close()
  const { link, entries, next } = device(t, closed)
  await untilEntry(entries, 'link')
  const up = next('up')
  await plainBroker(t, closed.port)
  await up
  t.equal(link.stats.session, 1)
})

t.test('a wrong url is refused in words', async (t) => {
  const { entries } = device(t, { url: 'http://x' })
  await untilEntry(entries, 'link')
  t.match(entries[0]?.message, /broker url is "http:\/\/x", wanted mqtt:\/\/host:port or mqtts/)
})

t.test(
  'retries are quick at first, then spread over spans that double up to a minute',
  async (t) => {
    t.equal(retryDelay(1, 0), 100)
    t.equal(retryDelay(1, 1), 1000)
    const spans = [2, 3, 4, 5, 6, 7, 8, 30, 1e6].map((failures) => retryDelay(failures, 1))
    t.strictSame(spans, [2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000, 60000])
    t.equal(retryDelay(7, 0), 0, 'full jitter')
  },
)
