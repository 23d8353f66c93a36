import { once } from 'node:events'
import t from 'tap'
import { fleetId } from '../../../../agent/wire/ids.ts'
import { LIMITS } from '../../../../agent/wire/limits.ts'
import { openCredentials } from '../../../../controller/io/broker/credentials.ts'
import { startEmbeddedBroker } from '../../../../controller/io/broker/embeddedBroker.ts'
import { accessOnLiveBroker } from '../../../behavior/accessLive.ts'
import { textOf, textsUntil } from '../../../behavior/cases/scene.ts'
import { closing, flood, greeting, openScene, openSocket, send, until } from './scene.ts'

const state = (id: string) => `hn/1/lab/node/${id}/state`
const exchange = (id: string) => `hn/1/lab/net/soil/x/${id}`

t.test('the access table holds on the running broker', async (t) => {
  const { broker, connect } = await openScene(t)
  accessOnLiveBroker(t, {
    connect: (id, will) => connect(id, will ? { will } : {}),
    refusesSubscriptions: true,
    applies: () => true,
    expected: (row) => row.allowed,
    observer: 'controller',
    observed: ['hn/1/lab/#'],
    writers: ['alpha', 'beta', 'gamma', 'controller', 'relay'],
    readers: {
      device: [
        'hn/1/lab/node/+/state',
        'hn/1/lab/node/alpha/+',
        'hn/1/lab/node/alpha/request/+',
        'hn/1/lab/node/alpha/response/+',
        'hn/1/lab/node/alpha/sensor/+',
        'hn/1/lab/net/+/+',
        'hn/1/lab/net/+/x/+',
        'hn/1/lab/net/+/a/+',
        'hn/1/lab/net/+/hello/+',
        'hn/1/lab/net/+/e/+/alpha',
        'hn/1/lab/net/+/blob/+/+',
      ],
      controller: ['hn/1/lab/#'],
      viewer: ['hn/1/+/node/#', 'hn/1/+/job/#'],
      relay: [
        ...['state', 'info'].map((kind) => `hn/1/lab/node/+/${kind}`),
        ...['order', 'anchor', 'deal/+', 'blob/+/+'].map((kind) => `hn/1/lab/net/+/${kind}`),
      ],
    },
    refusedPublishes: () => broker.stats().refused.publish,
  })
})

t.test('client id, user name and password must belong together', async (t) => {
  const { broker, connect, passwords } = await openScene(t)
  const alphas = passwords.get('alpha') ?? ''
  const betas = passwords.get('beta') ?? ''
  const victim = await connect('alpha', { clean: false })
  for (const [title, options] of Object.entries({
    'a wrong password': { password: betas },
    'no password': { password: '' },
    "another's user name and password": { user: 'beta', password: betas },
    "another's user name": { user: 'beta', password: alphas },
    'no user name': { user: '', password: alphas },
  })) {
    await t.rejects(connect('alpha', options), title)
  }
  await t.rejects(connect('mallory'), 'an unknown client')
  await t.rejects(connect('Alpha', { password: alphas }), 'another spelling')
  await t.rejects(connect('', { user: 'alpha', password: alphas }), 'an id made by the broker')
  t.equal(broker.stats().refused.connect, 8)
  await victim.publish(state('alpha'), 'still here', { qos: 1 })
  t.equal(broker.stats().clients, 1)
})

t.test("a stranger does not get a victim's waiting messages", async (t) => {
  const { connect, passwords } = await openScene(t)
  const victim = await connect('alpha', { clean: false })
  await victim.subscribe('hn/1/lab/node/alpha/request/+', 1)
  await victim.disconnect()
  const controller = await connect('controller')
  await controller.publish('hn/1/lab/node/alpha/request/ping', 'secret', { qos: 1 })
  const thief = { user: 'beta', password: passwords.get('beta') ?? '', clean: false }
  await t.rejects(connect('alpha', thief))
  const back = await connect('alpha', { clean: false })
  t.equal(textOf(await back.next()), 'secret', 'they are still there for their owner')
})

t.test('a refused subscription is not kept in a session either', async (t) => {
  const { connect, broker, passwords } = await openScene(t)
  const socket = await openSocket(t, broker.port)
  send(socket, greeting('alpha', passwords.get('alpha') ?? '', false))
  const filters = [state('beta'), 'hn/1/lab/node/beta/request/+', '#']
  send(socket, {
    cmd: 'subscribe',
    messageId: 1,
    subscriptions: filters.map((topic) => ({ topic, qos: 1 as const })),
  })
  send(socket, { cmd: 'disconnect' })
  await closing(socket)
  const controller = await connect('controller')
  const beta = await connect('beta')
  await controller.publish('hn/1/lab/node/beta/request/ping', 'secret', { qos: 1 })
  await beta.publish(state('beta'), 'end', { qos: 1 })
  await until(controller, 'hn/1/lab/job/soil/status', () => broker.stats().queued > 0)
  t.equal(broker.stats().queued, 1, 'only what may be read waits')
  const alpha = await connect('alpha', { clean: false })
  t.strictSame(await textsUntil(alpha, 'end'), ['end'])
})

t.test(
  'a packet above the limit is cut off before the CONNECT, and memory stays flat',
  async (t) => {
    const { broker } = await openScene(t)
    const before = process.memoryUsage().rss
    const block = Buffer.alloc(1 << 20)
    const sockets = await Promise.all([0, 1, 2, 3].map(() => openSocket(t, broker.port)))
    for (const socket of sockets) {
      socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f])) // a CONNECT of 256 MB
      const pour = () => {
        while (!socket.destroyed && socket.write(block));
      }
      socket.on('drain', pour)
      pour()
    }
    await Promise.all(sockets.map((socket) => closing(socket)))
    const grown = (process.memoryUsage().rss - before) / 2 ** 20
    t.ok(grown < 40, `${grown.toFixed(0)} MB more`)
    t.equal(broker.stats().refused.frame, 4)
  },
)

t.test('the frame limits are exact', async (t) => {
  const { broker, connect } = await openScene(t)
  // A remaining length of 1,024 is read and found to be no CONNECT; one more byte is cut off unread.
  for (const [length, refusals] of [
    [LIMITS.frameBeforeConnect, 0],
    [LIMITS.frameBeforeConnect + 1, 1],
  ] as const) {
    const socket = await openSocket(t, broker.port)
    const bytes = Buffer.alloc(3 + length)
    bytes.set([0x10, (length & 127) | 128, length >> 7])
    socket.write(bytes)
    await closing(socket)
    t.equal(broker.stats().refused.frame, refusals, `${length} bytes`)
  }
  const alpha = await connect('alpha')
  const topic = exchange('alpha')
  const room = LIMITS.frame - 2 - topic.length
  await alpha.subscribe(topic, 0)
  await alpha.publish(topic, Buffer.alloc(room))
  t.equal((await alpha.next()).payload.length, room, 'a packet of exactly 64 KiB passes')
  await alpha.publish(topic, Buffer.alloc(room + 1)).catch(() => {})
  await alpha.closed
  t.equal(broker.stats().refused.frame, 2)
})

t.test('a length of five bytes is cut off', async (t) => {
  const { broker } = await openScene(t)
  const socket = await openSocket(t, broker.port)
  socket.write(Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80, 0x01]))
  await closing(socket)
  t.equal(broker.stats().refused.frame, 1)
})

t.test('a connection that sends no CONNECT is closed after 5 s', async (t) => {
  const { broker } = await openScene(t)
  const socket = await openSocket(t, broker.port)
  socket.write(Buffer.from([0x10])) // a beginning, and then nothing
  await closing(socket, 8000)
  t.pass()
})

t.test('strangers that hold every connection lock nobody out, and are told of', async (t) => {
  const { broker, connect, events } = await openScene(t, 3)
  const [alpha, controller] = [await connect('alpha'), await connect('controller')]
  await alpha.subscribe(exchange('beta'), 0)
  const end = flood(t, broker.port, 600) // there are 3 + 256 places
  const turnedAway = () => broker.stats().refused.socket
  await until(controller, 'hn/1/lab/job/soil/status', () => turnedAway() >= 600)
  for (let i = 0; i < 5; i++) {
    const beta = await connect('beta')
    await beta.publish(exchange('beta'), `${i}`)
    t.equal(textOf(await alpha.next()), `${i}`)
    await beta.disconnect()
  }
  end()
  await alpha.publish(state('alpha'), 'still here', { qos: 1 })
  await controller.publish('hn/1/lab/job/soil/status', 'still here', { qos: 1 })
  t.equal(broker.stats().takeovers, 0, 'those that were in never left')
  const told = events.filter((event) => event.kind === 'refused' && event.what === 'socket')
  t.ok(told.length >= 10 && told.length <= Math.log2(turnedAway()) + 1, `${told.length} lines`)
  t.match(told[0], {
    client: '127.0.0.1',
    detail: /^cut off for a newer one after \d+ ms without a login: 259 were open$/,
  })
})

t.test('a refused publish is dropped and told, and the connection lives', async (t) => {
  const { broker, connect, events } = await openScene(t)
  const alpha = await connect('alpha')
  const reader = await connect('gamma')
  await reader.subscribe('hn/1/lab/node/+/state', 1)
  for (let i = 0; i < 10; i++) await alpha.publish(state('beta'), 'a lie', { qos: 1 })
  await alpha.publish(state('alpha'), 'end', { qos: 1 })
  t.strictSame(await textsUntil(reader, 'end'), ['end'])
  t.equal(broker.stats().refused.publish, 10)
  const told = events.filter(({ kind, client }) => kind === 'refused' && client === 'alpha')
  t.strictSame(
    told.map(({ count }) => count),
    [1, 2, 4, 8],
    'the first, second, fourth and eighth',
  )
  t.match(told[0], {
    what: 'publish',
    detail: /may not publish to "hn\/1\/lab\/node\/beta\/state"/,
  })
})

t.test('a thousand refused publishes close the connection', async (t) => {
  const { broker, connect } = await openScene(t)
  const alpha = await connect('alpha')
  for (let i = 0; i < 1000; i++) void alpha.publish(state('beta'), 'a lie').catch(() => {})
  await alpha.closed
  t.equal(broker.stats().refused.publish, 1000)
})

t.test('a device that publishes without end is slowed by dropping', async (t) => {
  const { broker, connect } = await openScene(t)
  const alpha = await connect('alpha')
  const reader = await connect('beta')
  await reader.subscribe(exchange('alpha'), 0)
  const sent = LIMITS.messageBurst + 500
  const began = performance.now()
  const texts = Array.from({ length: sent }, (_, i) => `${i}`)
  await Promise.all(texts.map((text) => alpha.publish(exchange('alpha'), text)))
  // Acknowledged when all before it have been judged; itself one too many.
  await alpha.publish(exchange('alpha'), 'last', { qos: 1 })
  const refilled = ((performance.now() - began) / 1000) * LIMITS.messagesPerSecond
  const { dropped, received } = broker.stats()
  t.ok(dropped.rate >= 501 - Math.ceil(refilled), `${dropped.rate} dropped`)
  t.ok(dropped.rate <= 501, 'the burst passed')
  t.equal(received, sent + 1 - dropped.rate)
  while (reader.received.length < received) await reader.next()
  t.equal(broker.stats().refused.publish, 0)
})

t.test('a receiver that does not read costs bounded memory and holds up nobody', async (t) => {
  const { broker, connect, passwords } = await openScene(t)
  const stuck = await openSocket(t, broker.port)
  stuck.pause()
  send(stuck, greeting('gamma', passwords.get('gamma') ?? '', true))
  const subscriptions = [{ topic: exchange('alpha'), qos: 0 as const }]
  send(stuck, { cmd: 'subscribe', messageId: 1, subscriptions })
  const [alpha, beta] = [await connect('alpha'), await connect('beta')]
  await beta.subscribe(exchange('alpha'), 0)
  const payload = Buffer.alloc(LIMITS.message)
  for (let i = 0; i < 400; i++) {
    await alpha.publish(exchange('alpha'), payload)
    await beta.next()
  }
  t.equal(beta.received.length, 400)
  const { dropped, delivered } = broker.stats()
  const { slow } = dropped
  t.ok(slow > 0 && slow < 400, `${slow} of 400 were dropped for the one that does not read`)
  t.equal(delivered, 800 - slow, 'the others went out')
})

t.test('the queue of an absent client is bounded in messages and bytes', async (t) => {
  const { broker, connect } = await openScene(t)
  const alpha = await connect('alpha', { clean: false })
  await alpha.subscribe(exchange('beta'), 1)
  await alpha.disconnect()
  const beta = await connect('beta')
  for (let i = 0; i < 150; i++) await beta.publish(exchange('beta'), `${i}`, { qos: 1 })
  await until(beta, state('beta'), () => broker.stats().dropped.queue === 50)
  t.equal(broker.stats().queued, LIMITS.queuedMessages)
  const large = Buffer.alloc(LIMITS.message)
  for (let i = 0; i < 6; i++) await beta.publish(exchange('beta'), large, { qos: 1 })
  await until(beta, state('beta'), () => broker.stats().queued === 5)
  t.ok(5 * LIMITS.message <= LIMITS.queuedBytes && 6 * LIMITS.message > LIMITS.queuedBytes)
})

t.test('a device keeps a bounded number of job statuses retained, the newest', async (t) => {
  const { broker, connect } = await openScene(t)
  const alpha = await connect('alpha')
  const status = (i: number) => `hn/1/lab/job/job-${i}/node/alpha/status`
  for (let i = 0; i < 70; i++) await alpha.publish(status(i), `${i}`, { qos: 1, retain: true })
  await alpha.publish(state('alpha'), 'online', { qos: 1, retain: true })
  const viewer = await connect('viewer')
  await viewer.subscribe('hn/1/+/job/#', 1)
  while (viewer.received.length < 64) await viewer.next()
  const kept = new Set(viewer.received.map(({ topic }) => topic))
  t.equal(kept.size, 64)
  t.ok(kept.has(status(69)))
  t.notOk(kept.has(status(5)))
  t.equal(broker.stats().dropped.retained, 6)
})

t.test('a takeover is told by name', async (t) => {
  const { connect, events, broker } = await openScene(t)
  const first = await connect('alpha')
  await connect('alpha')
  await first.closed
  t.match(
    events.filter(({ kind }) => kind === 'takeover'),
    [{ client: 'alpha', detail: /127\.0\.0\.1:\d+ took over from 127\.0\.0\.1:\d+/ }],
  )
  t.equal(broker.stats().takeovers, 1)
  t.equal(broker.stats().clients, 1)
})

t.test('a reconnect that meets the end of the older connection is still known', async (t) => {
  const { connect, broker, passwords } = await openScene(t)
  for (let i = 0; i < 30; i++) {
    const first = await connect('alpha')
    for (let k = 0; k < 20; k++) await first.subscribe(exchange(`node-${k}`), 0)
    const second = await openSocket(t, broker.port)
    const password = passwords.get('alpha') ?? ''
    const dropped = first.drop()
    send(second, greeting('alpha', password))
    await once(second, 'data') // its CONNACK
    await dropped
    const third = await connect('alpha')
    await closing(second, 2000)
    await third.publish(state('alpha'), '', { qos: 1 })
    t.equal(broker.stats().clients, 1, `time ${i}`)
    await third.disconnect()
  }
})

t.test('clients beyond the number allowed are turned away, a takeover is not', async (t) => {
  const { connect, broker } = await openScene(t, 2)
  await connect('alpha')
  const beta = await connect('beta')
  await t.rejects(connect('gamma'), /Server unavailable/i)
  await connect('beta')
  await beta.closed
  t.equal(broker.stats().clients, 2)
})

t.test('a device has at most its number of subscriptions', async (t) => {
  const { connect } = await openScene(t)
  const alpha = await connect('alpha')
  for (let i = 0; i < LIMITS.subscriptions; i++) await alpha.subscribe(exchange(`node-${i}`), 0)
  await t.rejects(alpha.subscribe(exchange('one-more'), 0))
  await alpha.subscribe(exchange('node-0'), 0)
  await alpha.unsubscribe(exchange('node-1'))
  await alpha.subscribe(exchange('one-more'), 0)
})

t.test('a revoked client is cut off and its session forgotten', async (t) => {
  const { connect, broker } = await openScene(t)
  const alpha = await connect('alpha', { clean: false })
  await alpha.subscribe(exchange('beta'), 1)
  broker.disconnect('alpha')
  await alpha.closed
  const back = await connect('alpha', { clean: false })
  t.equal(back.sessionPresent, false)
})

t.test('the broker tells nothing about itself', async (t) => {
  const { connect } = await openScene(t)
  const controller = await connect('controller')
  await t.rejects(controller.subscribe('$SYS/#', 0))
  await controller.subscribe('hn/1/lab/#', 0)
  const alpha = await connect('alpha')
  await alpha.publish(state('alpha'), 'end')
  t.strictSame(await textsUntil(controller, 'end'), ['end'])
})

t.test('a port that is taken ends in a clear error', async (t) => {
  const { broker } = await openScene(t)
  await t.rejects(
    startEmbeddedBroker({
      host: '127.0.0.1',
      port: broker.port,
      fleet: fleetId('lab'),
      credentials: openCredentials(),
      maxClients: 1,
      log: () => {},
    }),
    { code: 'BROKER_LOST', message: new RegExp(`port ${broker.port} \\(EADDRINUSE\\)`) },
  )
})

t.test('closing cuts every connection at once', async (t) => {
  const { connect, broker } = await openScene(t)
  const clients = [await connect('alpha'), await connect('beta')]
  const socket = await openSocket(t, broker.port)
  await broker.close()
  await Promise.all([...clients.map(({ closed }) => closed), closing(socket, 1000)])
  await t.rejects(connect('gamma'))
})
