import type { Test } from 'tap'
import { type AccessRow, accessRows, ID_OF, type RoleName, type Verb } from './accessTable.ts'
import type { BrokerClient, Will } from './broker.ts'
import { textOf } from './cases/scene.ts'

/** A broker that the access table is tried on. It knows alpha, beta, gamma, controller, viewer and relay. */
export interface AccessUnderTest {
  connect(id: string, will?: Will): Promise<BrokerClient>
  /** Whether a forbidden SUBSCRIBE is refused; where not, nothing may arrive for it. */
  readonly refusesSubscriptions: boolean
  /** Whether a row can be tried on this broker. */
  applies(row: AccessRow): boolean
  /** What the broker can be expected to do with a row. */
  expected(row: AccessRow): boolean
  /** Client that sees what was published, and its filters. */
  readonly observer: string
  readonly observed: readonly string[]
  /** Clients that try to publish on every topic, so that each legal message exists once. */
  readonly writers: readonly string[]
  /** What a client of each role subscribes to in order to receive all it can. */
  readonly readers: Readonly<Record<RoleName, readonly string[]>>
  /** Publishes refused so far, where the broker counts them. */
  refusedPublishes?(): number
}

const ROLES: readonly RoleName[] = ['device', 'controller', 'viewer', 'relay']
/** Every role may read this one, and the table does not use it. */
const END = 'hn/1/lab/node/gamma/state'
const rowsOf = (broker: AccessUnderTest, ...verbs: Verb[]): AccessRow[] =>
  accessRows().filter((row) => verbs.includes(row.verb) && broker.applies(row))
const nameOf = ({ role, verb, about, topic }: AccessRow): string =>
  `${role} ${verb} ${about} ${topic.slice(0, 80)}`

/** Tries every row of the access table on a live broker. */
export function accessOnLiveBroker(t: Test, broker: AccessUnderTest): void {
  t.test('subscriptions', (t) => trySubscriptions(t, broker))
  t.test('what each role receives', (t) => tryReceiving(t, broker))
  t.test('publishes, plain and retained', (t) => tryPublishing(t, broker))
  t.test('wills', (t) => tryWills(t, broker))
}

async function trySubscriptions(t: Test, broker: AccessUnderTest): Promise<void> {
  if (!broker.refusesSubscriptions) {
    t.pass('this broker withholds messages instead, as the next test shows')
    return
  }
  const wrong: string[] = []
  for (const role of ROLES) {
    const client = await broker.connect(ID_OF[role])
    for (const row of rowsOf(broker, 'subscribe', 'subscribe wildcard')) {
      if (row.role !== role) continue
      const granted = await client.subscribe(row.topic, 1).then(
        () => true,
        () => false,
      )
      if (granted !== row.allowed) wrong.push(`${nameOf(row)}: ${granted}`)
      if (granted) await client.unsubscribe(row.topic)
    }
    await client.disconnect()
  }
  t.strictSame(wrong, [])
}

async function tryReceiving(t: Test, broker: AccessUnderTest): Promise<void> {
  const rows = rowsOf(broker, 'receive')
  const wrong: string[] = []
  for (const role of ROLES) {
    const reader = await broker.connect(ID_OF[role])
    for (const filter of broker.readers[role]) await reader.subscribe(filter, 1)
    const topics = new Set(rows.map(({ topic }) => topic))
    for (const id of broker.writers) {
      const writer = id === ID_OF[role] ? reader : await broker.connect(id)
      for (const topic of topics) await writer.publish(topic, 'message', { qos: 1 })
      if (writer !== reader) await writer.disconnect()
    }
    await takeUntilEnd(broker, reader)
    const arrived = new Set(reader.received.map(({ topic }) => topic))
    for (const row of rows) {
      if (row.role !== role) continue
      const received = arrived.has(row.topic)
      if (received !== broker.expected(row)) wrong.push(`${nameOf(row)}: ${received}`)
    }
    await reader.disconnect()
  }
  t.strictSame(wrong, [])
}

async function tryPublishing(t: Test, broker: AccessUnderTest): Promise<void> {
  const rows = rowsOf(broker, 'publish', 'retain')
  const observer = await broker.connect(broker.observer)
  for (const filter of broker.observed) await observer.subscribe(filter, 1)
  const before = broker.refusedPublishes?.() ?? 0
  for (const role of ROLES) {
    const id = ID_OF[role]
    const client = id === broker.observer ? observer : await broker.connect(id)
    for (const row of rows) {
      if (row.role !== role) continue
      await client.publish(row.topic, nameOf(row), { qos: 1, retain: row.verb === 'retain' })
    }
    if (client !== observer) await client.disconnect()
  }
  await takeUntilEnd(broker, observer)
  const texts = new Set(observer.received.map(textOf))
  const wrong = rows.filter((row) => texts.has(nameOf(row)) !== broker.expected(row)).map(nameOf)
  t.strictSame(wrong, [], 'what the observer saw')
  if (broker.refusedPublishes) {
    // Topics outside the fleet cannot be observed by anybody: the count covers those.
    const refused = rows.filter((row) => !broker.expected(row)).length
    t.equal(broker.refusedPublishes() - before, refused, 'refused publishes')
  }
  await observer.disconnect()
  await tryRetained(t, broker)
}

async function tryRetained(t: Test, broker: AccessUnderTest): Promise<void> {
  const kept = rowsOf(broker, 'retain').filter((row) => broker.expected(row))
  const expected = [...new Set(kept.map(({ topic }) => topic))].sort()
  const late = await broker.connect(broker.observer)
  for (const filter of broker.observed) await late.subscribe(filter, 1)
  while (late.received.length < expected.length) await late.next()
  await takeUntilEnd(broker, late)
  const retained = late.received.filter(({ retain }) => retain).map(({ topic }) => topic)
  t.strictSame([...new Set(retained)].sort(), expected, 'what stays retained')
  await late.disconnect()
}

async function tryWills(t: Test, broker: AccessUnderTest): Promise<void> {
  const wrong: string[] = []
  // The observer must not be one of those who leave wills: its id would be taken over.
  const observer = await broker.connect(broker.observer === 'controller' ? 'beta' : broker.observer)
  const filters = broker.observer === 'controller' ? ['hn/1/lab/node/+/state'] : broker.observed
  for (const filter of filters) await observer.subscribe(filter, 1)
  for (const row of rowsOf(broker, 'will')) {
    const will: Will = { topic: row.topic, payload: nameOf(row), qos: 1, retain: false }
    const client = await broker.connect(ID_OF[row.role], will).catch(() => undefined)
    if (broker.refusesSubscriptions && (client !== undefined) !== row.allowed) {
      wrong.push(`${nameOf(row)}: connected ${client !== undefined}`)
    }
    if (!client) continue
    await client.drop()
    // When the broker lets the same id in again, it has dealt with the old connection's will.
    const again = await broker.connect(ID_OF[row.role])
    await again.disconnect()
  }
  await takeUntilEnd(broker, observer)
  const texts = new Set(observer.received.map(textOf))
  for (const row of rowsOf(broker, 'will')) {
    if (texts.has(nameOf(row)) !== broker.expected(row)) wrong.push(nameOf(row))
  }
  t.strictSame(wrong, [])
  await observer.disconnect()
}

/** Publishes an end mark, and takes messages until it comes. */
async function takeUntilEnd(broker: AccessUnderTest, client: BrokerClient): Promise<void> {
  const ender = await broker.connect('gamma')
  await ender.publish(END, 'END', { qos: 1 })
  while (textOf(await client.next()) !== 'END');
  await ender.disconnect()
}
