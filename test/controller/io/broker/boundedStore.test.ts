import type { AedesPublishPacket, Client } from 'aedes'
import t from 'tap'
import { BoundedStore } from '../../../../controller/io/broker/boundedStore.ts'

const alpha = { id: 'alpha', clean: false } as Client // the store reads the id alone

let counter = 0
const packet = (text: string, topic = 't'): AedesPublishPacket => ({
  cmd: 'publish',
  brokerId: 'here',
  brokerCounter: ++counter,
  topic,
  payload: Buffer.from(text),
  qos: 1,
  retain: false,
  dup: false,
})

function open(limits = {}) {
  const drops: string[] = []
  const store = new BoundedStore({
    queuedMessages: 3,
    queuedBytes: 10,
    retainedMessages: 2,
    retainedBytes: 10,
    allowed: (_client, filter) => filter !== 'secret',
    retainedOwner: (topic) => (topic.startsWith('free') ? undefined : 'alpha'),
    dropped: (client, reason, topic) => drops.push(`${client} ${reason} ${topic}`),
    ...limits,
  })
  const waiting = async () => {
    const texts: string[] = []
    for await (const { payload } of store.outgoingStream(alpha)) texts.push(`${payload}`)
    return texts
  }
  const retained = async (pattern = '#') => {
    const topics: string[] = []
    for await (const { topic } of store.createRetainedStream(pattern)) topics.push(topic)
    return topics
  }
  return { store, drops, waiting, retained }
}

t.test('what is retained is found by topic and by filter, as it was stored last', async (t) => {
  const { store } = open({ retainedMessages: 9, retainedBytes: 99 })
  const found = async (...filters: string[]) => {
    const texts: string[] = []
    for await (const { topic, payload } of store.createRetainedStreamCombi(filters))
      texts.push(`${topic}=${payload}`)
    return texts.sort()
  }
  const keep = (topic: string, text: string) => store.storeRetained(packet(text, topic))
  await keep('a/b', '1')
  await keep('a/c', '2')
  await keep('d', '3')
  await keep('a/b', '4')
  t.strictSame(await found('a/b'), ['a/b=4'])
  t.strictSame(await found('a/b', 'd', 'none', 'd'), ['a/b=4', 'd=3'])
  t.strictSame(await found('a/+'), ['a/b=4', 'a/c=2'])
  t.strictSame(await found('a/+', 'd'), ['a/b=4', 'a/c=2', 'd=3'])
  await keep('d', '')
  t.strictSame(await found('d'), [], 'nothing takes it back')
  t.strictSame(await found('#'), ['a/b=4', 'a/c=2'])
})

t.test('the oldest message gives way when the queue has too many', async (t) => {
  const { store, drops, waiting } = open()
  for (const text of ['a', 'b', 'c', 'd', 'e']) {
    await store.outgoingEnqueueCombi([{ clientId: 'alpha' }], packet(text))
  }
  t.strictSame(await waiting(), ['c', 'd', 'e'])
  t.strictSame(drops, ['alpha queue t', 'alpha queue t'])
  t.equal(store.queued, 3)
})

t.test('bytes count as well, up to the limit and not above', async (t) => {
  const { store, waiting } = open()
  for (const text of ['12345', '67890'])
    await store.outgoingEnqueue({ clientId: 'alpha' }, packet(text))
  t.strictSame(await waiting(), ['12345', '67890'], 'exactly 10 bytes')
  await store.outgoingEnqueue({ clientId: 'alpha' }, packet('x'))
  t.strictSame(await waiting(), ['67890', 'x'])
  await store.outgoingEnqueue({ clientId: 'alpha' }, packet('more than ten'))
  t.strictSame(await waiting(), [], 'one that is too large alone is not kept')
  t.equal(store.queued, 0)
})

t.test('each client has its own queue', async (t) => {
  const { store, waiting } = open()
  const both = [{ clientId: 'alpha' }, { clientId: 'beta' }]
  for (const text of ['a', 'b']) await store.outgoingEnqueueCombi(both, packet(text))
  await store.forget('beta')
  t.strictSame(await waiting(), ['a', 'b'])
  t.equal(store.queued, 2)
})

t.test('a delivery ends with the acknowledgement of its packet id', async (t) => {
  const { store, waiting } = open()
  const [first, second] = [packet('first'), packet('2')]
  for (const one of [first, second]) await store.outgoingEnqueue({ clientId: 'alpha' }, one)
  t.equal(store.isUnsent('alpha', first), true)
  await store.outgoingUpdate(alpha, { ...first, messageId: 7 })
  t.equal(store.isUnsent('alpha', first), false)
  t.match(await store.outgoingClearMessageId(alpha, { ...second, messageId: 7 }), {
    brokerCounter: first.brokerCounter,
  })
  t.strictSame(await waiting(), ['2'])
  // A delivery that the forward hook refused has no packet id: its own entry ends, not the oldest.
  const third = packet('3')
  await store.outgoingEnqueue({ clientId: 'alpha' }, third)
  await store.outgoingClearMessageId(alpha, third)
  t.strictSame(await waiting(), ['2'])
})

t.test("a publisher's packet id is not taken for one of ours", async (t) => {
  const { store } = open()
  const one = { ...packet('x'), messageId: 7 }
  await store.outgoingEnqueue({ clientId: 'alpha' }, one)
  t.equal(store.isUnsent('alpha', one), true)
  await store.outgoingClearMessageId(alpha, { ...packet('other'), messageId: 7 })
  t.equal(store.queued, 1)
})

t.test('a message that was dropped before its delivery is no error', async (t) => {
  const { store } = open()
  await store.outgoingUpdate(alpha, { ...packet('gone'), messageId: 1 })
  await store.outgoingClearMessageId(alpha, { ...packet('gone'), messageId: 1 })
  t.equal(store.queued, 0)
})

t.test('retained messages of one writer are bounded, the oldest gives way', async (t) => {
  const { store, drops, retained } = open()
  for (const topic of ['a', 'b', 'a', 'c']) await store.storeRetained(packet('x', topic))
  t.strictSame((await retained()).sort(), ['a', 'c'], 'a was renewed, so b is the oldest')
  t.strictSame(drops, ['alpha retained b'])
  await store.storeRetained(packet('ten bytes!', 'd'))
  t.strictSame(await retained(), ['d'], 'bytes count as well')
  await store.storeRetained(packet('', 'd'))
  t.strictSame(await retained(), [])
})

t.test('retained messages that count against nobody are not bounded', async (t) => {
  const { store, retained } = open()
  for (let i = 0; i < 10; i++) await store.storeRetained(packet('long enough', `free/${i}`))
  t.equal((await retained()).length, 10)
})

t.test('a subscription that is refused is not stored', async (t) => {
  const { store } = open()
  await store.addSubscriptions(alpha, [
    { topic: 'secret', qos: 1 },
    { topic: 'open', qos: 1 },
  ])
  const stored = await store.subscriptionsByClient(alpha)
  t.strictSame(
    stored.map(({ topic }) => topic),
    ['open'],
  )
})

t.test('a clean connect forgets subscriptions and queue', async (t) => {
  const { store, waiting } = open()
  await store.addSubscriptions(alpha, [{ topic: 'open', qos: 1 }])
  await store.outgoingEnqueue({ clientId: 'alpha' }, packet('x'))
  await store.cleanSubscriptions(alpha)
  t.strictSame(await waiting(), [])
  t.strictSame(await store.subscriptionsByClient(alpha), [])
})
