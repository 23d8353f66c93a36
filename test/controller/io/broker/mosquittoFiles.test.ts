import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { fleetId, nodeId } from '../../../../agent/wire/ids.ts'
import { LIMITS } from '../../../../agent/wire/limits.ts'
import { passwordHash, writeMosquitto } from '../../../../controller/io/broker/mosquittoFiles.ts'
import { accessOnLiveBroker } from '../../../behavior/accessLive.ts'
import { accessRows } from '../../../behavior/accessTable.ts'
import { textOf } from '../../../behavior/cases/scene.ts'
import { findMosquitto, startMosquitto } from '../../../behavior/mosquittoServer.ts'
import { connectMqtt } from '../../../behavior/mqttClient.ts'
import { closing, openSocket } from './scene.ts'

const found = findMosquitto()
const skip = 'skip' in found ? found.skip : false
const program = 'program' in found ? found.program : ''
const devices = ['alpha', 'beta', 'gamma'].map(nodeId)
const options = { fleet: fleetId('lab'), devices, listen: { host: '127.0.0.1', port: 1883 } }

async function folder(t: { teardown(clean: () => unknown): unknown }): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hypernet-files-'))
  t.teardown(() => rm(dir, { recursive: true }))
  return dir
}

t.test('a password line is what mosquitto_passwd writes', async (t) => {
  // mosquitto_passwd 2.0.11 wrote this line for the password "swordfish" and a salt of its own.
  const salt = Buffer.from('elwcspQL81IDiHZW', 'base64')
  t.equal(
    passwordHash('swordfish', salt),
    '$7$101$elwcspQL81IDiHZW$Wv5a3sY27wCUE1RqFvNh6Nl6gLYGZjbDJ2dT/mro0DIG/sdmjmTdrUwmnzGpovInM+RKqID5V70bSAl5OXXPfA==',
  )
})

t.test('every file is for its owner alone, and the paths are returned', async (t) => {
  const dir = join(await folder(t), 'new')
  const written = await writeMosquitto(dir, options)
  const names = written.map((path) => path.slice(dir.length + 1)).sort()
  t.strictSame(names, [
    'README',
    'acl',
    'mosquitto.conf',
    'passwd',
    'passwords/alpha',
    'passwords/beta',
    'passwords/controller',
    'passwords/gamma',
    'passwords/viewer',
  ])
  for (const path of written) t.equal((await stat(path)).mode & 0o777, 0o600, path)
  t.equal((await stat(dir)).mode & 0o777, 0o700)
  t.notMatch(await readFile(join(dir, 'passwd'), 'utf8'), await readFile(written[0] ?? '', 'utf8'))
})

t.test(
  'passwords are kept when a device joins, and a device that left loses its entry',
  async (t) => {
    const dir = await folder(t)
    await writeMosquitto(dir, options)
    const before = await readFile(join(dir, 'passwords', 'alpha'), 'utf8')
    const relays = [nodeId('relay-1')]
    await writeMosquitto(dir, { ...options, devices: [nodeId('alpha'), nodeId('delta')], relays })
    t.equal(await readFile(join(dir, 'passwords', 'alpha'), 'utf8'), before)
    const users = (await readFile(join(dir, 'passwd'), 'utf8'))
      .split('\n')
      .map((l) => l.split(':')[0])
    t.strictSame(users, ['controller', 'viewer', 'relay-1', 'alpha', 'delta', ''])
    t.notMatch(await readFile(join(dir, 'acl'), 'utf8'), /beta/)
  },
)

t.test('a device or relay may not bear a name that is taken', async (t) => {
  const dir = await folder(t)
  for (const id of ['controller', 'viewer', 'alpha'])
    await t.rejects(writeMosquitto(dir, { ...options, relays: [nodeId(id)] }), {
      code: 'NOT_ALLOWED',
    })
  for (const id of ['controller', 'viewer']) {
    await t.rejects(writeMosquitto(dir, { ...options, devices: [nodeId(id)] }), {
      code: 'NOT_ALLOWED',
    })
  }
})

t.test('a folder that cannot be written ends in a clear error', async (t) => {
  await t.rejects(writeMosquitto('/dev/null/x', options), { code: 'STORE_FAILED' })
})

t.test('the queue of a client has room for what the whole fleet retains', async (t) => {
  const queueOf = async (count: number) => {
    const dir = await folder(t)
    const many = Array.from({ length: count }, (_, i) => nodeId(`d-${i}`))
    await writeMosquitto(dir, { ...options, devices: many })
    const text = await readFile(join(dir, 'mosquitto.conf'), 'utf8')
    return Number(/^max_queued_messages (\d+)$/m.exec(text)?.[1])
  }
  t.equal(await queueOf(3), 1000, 'what Mosquitto itself has (mosquitto.conf(5))')
  t.equal(await queueOf(155), 155 * LIMITS.retained)
})

t.test('a real Mosquitto keeps the access table', { skip }, async (t) => {
  const server = await startMosquitto(program, devices, true)
  t.teardown(() => server.close())
  const everything = ['#', '$SYS/#', 'hn/1/lab/#']
  const rows = accessRows().filter(({ verb, allowed }) => verb === 'publish' && allowed)
  const publishable = new Set(rows.map(({ role, topic }) => `${role} ${topic}`))
  accessOnLiveBroker(t, {
    connect: async (id, will) =>
      connectMqtt(server.url, {
        id,
        password: await server.password(id),
        ...(will ? { will } : {}),
      }),
    refusesSubscriptions: false,
    // It judges neither the form of an id nor its length; only the spy can write such topics.
    applies: ({ topic }) => !/ALPHA|\/\//.test(topic) && topic.length <= LIMITS.topicBytes,
    // Its list tells neither retained messages nor wills apart: what one may publish may be both.
    expected: ({ role, verb, topic, allowed }) =>
      verb === 'retain' || verb === 'will' ? publishable.has(`${role} ${topic}`) : allowed,
    observer: 'spy',
    observed: everything,
    writers: ['spy'],
    readers: { device: everything, controller: everything, viewer: everything, relay: everything },
  })
})

t.test('a real Mosquitto binds the client id to the user', { skip }, async (t) => {
  const server = await startMosquitto(program, devices)
  t.teardown(() => server.close())
  const connect = async (id: string, user: string, passwordOf: string, clean = true) =>
    connectMqtt(server.url, { id, user, password: await server.password(passwordOf), clean })
  await t.rejects(connect('alpha', 'alpha', 'beta'), 'a wrong password')
  await t.rejects(connect('alpha', '', 'beta'), 'no user name')
  await t.rejects(connect('nobody', 'nobody', 'beta'), 'an unknown user')
  const victim = await connect('alpha', 'alpha', 'alpha', false)
  await victim.subscribe('hn/1/lab/node/alpha/request/+', 1)
  const thief = await connect('alpha', 'beta', 'beta', false)
  t.equal(thief.sessionPresent, false, 'it is given the session of its own name')
  const controller = await connect('controller', 'controller', 'controller')
  await controller.publish('hn/1/lab/node/alpha/request/ping', 'secret', { qos: 1 })
  t.equal(textOf(await victim.next()), 'secret', 'the victim was not taken over')
  t.equal(thief.received.length, 0)
})

t.test('a real Mosquitto cuts off a packet above the limit', { skip }, async (t) => {
  const server = await startMosquitto(program, devices)
  t.teardown(() => server.close())
  const sockets = await Promise.all([0, 1, 2, 3].map(() => openSocket(t, server.port)))
  for (const socket of sockets) socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]))
  await Promise.all(sockets.map((socket) => closing(socket)))
  const alpha = await connectMqtt(server.url, {
    id: 'alpha',
    password: await server.password('alpha'),
  })
  await alpha.publish('hn/1/lab/net/soil/x/alpha', Buffer.alloc(LIMITS.frame)).catch(() => {})
  await alpha.closed
  t.pass()
})

const stock = spawnSync('mosquitto_sub', ['--help']).error ? 'mosquitto_sub is missing' : skip
t.test('a stock mosquitto_sub reads what people read', { skip: stock }, async (t) => {
  const server = await startMosquitto(program, devices)
  t.teardown(() => server.close())
  const controller = await connectMqtt(server.url, {
    id: 'controller',
    password: await server.password('controller'),
  })
  await controller.publish('hn/1/lab/job/soil/status', '{"phase":"done"}', { qos: 1, retain: true })
  await controller.publish('hn/1/lab/net/soil/order', 'machines', { qos: 1, retain: true })
  const { stdout } = await promisify(execFile)('mosquitto_sub', [
    ...['-h', '127.0.0.1', '-p', `${server.port}`, '-i', 'viewer', '-u', 'viewer'],
    ...['-P', await server.password('viewer'), '-v', '-t', 'hn/1/+/job/#', '-C', '1', '-W', '10'],
  ])
  t.equal(stdout, 'hn/1/lab/job/soil/status {"phase":"done"}\n')
})

t.test(
  'the README leads from controller.yaml to watching, with this folder in each line',
  async (t) => {
    const dir = await folder(t)
    await writeMosquitto(dir, { ...options, listen: { host: '::', port: 1884 } })
    const text = await readFile(join(dir, 'README'), 'utf8')
    t.match(text, `url: "mqtt://[::1]:1884", password: { file: '${dir}/passwords/controller' }`)
    t.match(text, `mosquitto -c '${dir}/mosquitto.conf'`)
    t.match(text, `hypernet up --passwords '${dir}/passwords'`)
    t.match(text, 'hypernet job submit job.yaml --watch')
    t.match(text, 'packets of up\nto 64 KiB, the embedded broker of 1 KiB')
    t.match(
      text,
      `mosquitto_sub -h ::1 -p 1884 -i viewer -u viewer -P "$(cat '${dir}/passwords/viewer')"`,
    )
  },
)
