import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import t from 'tap'
import { systemClock } from '../../../agent/io/clock.ts'
import { type Entry, silentLog } from '../../../agent/io/log.ts'
import { fleetId, nodeId } from '../../../agent/wire/ids.ts'
import { topicName } from '../../../agent/wire/topics.ts'
import { type Credentials, openCredentials } from '../../../controller/io/broker/credentials.ts'
import {
  type EmbeddedBroker,
  startEmbeddedBroker,
} from '../../../controller/io/broker/embeddedBroker.ts'
import {
  type Link,
  type LinkOptions,
  openLink,
  subscriptionsOf,
} from '../../../controller/io/link.ts'
import { connectTo } from './people.ts'

const fleet = fleetId('lab')
const status = topicName({ kind: 'status', fleet, job: 'soil' as never })
const result = topicName({ kind: 'result', fleet, job: 'soil' as never })

async function brokerOn(port: number, credentials: Credentials): Promise<EmbeddedBroker> {
  return startEmbeddedBroker({
    host: '127.0.0.1',
    port,
    fleet,
    credentials,
    maxClients: 10,
    log: () => {},
  })
}

function linkTo(
  url: string,
  password: string,
  more: Partial<LinkOptions> = {},
): { link: Link; ups: boolean[]; changed: () => Promise<void>; heard: [string, string][] } {
  const ups: boolean[] = []
  const heard: [string, string][] = []
  let waiting = () => {}
  const link = openLink({
    url,
    fleet,
    user: 'controller',
    password,
    log: silentLog,
    clock: systemClock,
    onMessage: (topic, payload) => {
      heard.push([topic, Buffer.from(payload).toString()])
      waiting()
    },
    onUp: (up) => {
      ups.push(up)
      waiting()
    },
    ...more,
  })
  const changed = () => new Promise<void>((resolve) => (waiting = resolve))
  return { link, ups, changed, heard }
}

t.test('what was said before the connection stands on the broker after it', async (t) => {
  const credentials = openCredentials()
  const broker = await brokerOn(0, credentials)
  const { link } = linkTo(broker.url, credentials.issue('controller', 'controller'))
  link.retain(status, '{"phase":"pending"}')
  link.retain(status, '{"phase":"running"}')
  await link.connect()
  await link.settled()
  const person = await connectTo(broker.url, 'eye', credentials.issue('eye', 'viewer'))
  t.same(await person.retained(status), '{"phase":"running"}')
  link.retain(status, '')
  await link.settled()
  t.same(await person.retained(status), undefined, 'an empty one takes it away')
  await person.close()
  await link.close()
  await broker.close()
})

t.test('hears what devices tell the controller, and nothing else', async (t) => {
  const credentials = openCredentials()
  const broker = await brokerOn(0, credentials)
  const { link, heard, changed } = linkTo(broker.url, credentials.issue('controller', 'controller'))
  await link.connect()
  const device = await connectTo(broker.url, 'node-a', credentials.issue('node-a', 'device'))
  const node = nodeId('node-a')
  const told = changed()
  await device.publish(topicName({ kind: 'log', fleet, node }), '{}')
  await device.publish(topicName({ kind: 'state', fleet, node }), '{"state":"online","session":1}')
  await told
  t.same(heard, [['hn/1/lab/node/node-a/state', '{"state":"online","session":1}']])
  await device.close()
  await link.close()
  await broker.close()
})

t.test('subscribes to filters of its own fleet', async (t) => {
  t.same(subscriptionsOf(fleet), [
    'hn/1/lab/node/+/state',
    'hn/1/lab/node/+/info',
    'hn/1/lab/job/+/node/+/status',
    'hn/1/lab/net/+/seal/+',
    'hn/1/lab/net/+/deal/+',
    'hn/1/lab/net/+/anchor',
  ])
})

t.test('comes back to a broker that was restarted and says all of it again', async (t) => {
  const credentials = openCredentials()
  const first = await brokerOn(0, credentials)
  const { link, ups, changed } = linkTo(first.url, credentials.issue('controller', 'controller'))
  await link.connect()
  link.retain(status, '{"phase":"running"}')
  await link.settled()
  const lost = changed()
  await first.close()
  await lost
  t.equal(link.up, false)
  link.retain(result, '{"mean":1}')
  const back = changed()
  const second = await brokerOn(first.port, credentials)
  await back
  t.same(ups, [true, false, true])
  await link.settled()
  const person = await connectTo(second.url, 'eye', credentials.issue('eye', 'viewer'))
  t.same(await person.retained(status), '{"phase":"running"}')
  t.same(await person.retained(result), '{"mean":1}', 'said while the broker was away')
  await person.close()
  await link.close()
  await second.close()
})

t.test('a wrong password is told as such, and nothing is tried again', async (t) => {
  const credentials = openCredentials()
  const broker = await brokerOn(0, credentials)
  credentials.issue('controller', 'controller')
  const { link, ups } = linkTo(broker.url, 'wrong')
  await t.rejects(link.connect(), {
    code: 'BROKER_LOST',
    message: /127\.0\.0\.1:\d+: Connection refused: (Not authorized|Bad username or password)/i,
  })
  t.same(ups, [])
  await link.close()
  await broker.close()
})

t.test('a client that is not the controller is told what the access list lacks', async (t) => {
  const credentials = openCredentials()
  const broker = await brokerOn(0, credentials)
  const { link } = linkTo(broker.url, credentials.issue('controller', 'device'))
  await t.rejects(link.connect(), {
    code: 'BROKER_LOST',
    message: /subscription .* was refused .*must know controller as the controller of fleet lab/,
  })
  await link.close()
  await broker.close()
})

t.test('an address where nobody listens is told with its reason', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  const { link } = linkTo(`mqtt://127.0.0.1:${port}`, 'x')
  await t.rejects(link.connect(), { code: 'BROKER_LOST', message: /ECONNREFUSED/ })
  await link.close()
})

t.test('a listener that is no broker does not keep the start waiting for ever', async (t) => {
  const sockets: Socket[] = []
  const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const times: (() => void)[] = []
  const log: Entry[] = []
  const { link } = linkTo(`mqtt://127.0.0.1:${portOf(server)}`, 'x', {
    log: (entry) => log.push(entry),
    clock: {
      ...systemClock,
      after: (_delay, action) => {
        times.push(action)
        return () => {}
      },
    },
  })
  const connecting = link.connect()
  for (const action of times) action()
  await t.rejects(connecting, { code: 'BROKER_LOST', message: /no answer within 10 s/ })
  await link.close()
  for (const socket of sockets) socket.destroy()
  server.close()
})

const portOf = (server: Server): number => (server.address() as { port: number }).port

t.test('a link that another client of its name throws out says so', async (t) => {
  const credentials = openCredentials()
  const broker = await brokerOn(0, credentials)
  const password = credentials.issue('controller', 'controller')
  const said: Entry[] = []
  const lost = Promise.withResolvers<void>()
  const { link } = linkTo(broker.url, password, {
    log: (entry) => {
      said.push(entry)
      if (entry.level === 'warn') lost.resolve()
    },
  })
  await link.connect()
  const other = await connectTo(broker.url, 'controller', password)
  await lost.promise
  await link.close()
  t.match(
    said.find(({ level }) => level === 'warn')?.message,
    /\(it closed the connection, .* another client comes with the name controller\)/,
  )
  await other.close()
  await broker.close()
})
