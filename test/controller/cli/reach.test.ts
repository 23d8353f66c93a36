import { join } from 'node:path'
import t from 'tap'
import { placeOf } from '../../../controller/cli/reach.ts'
import { readArguments } from '../../../controller/cli/shell/arguments.ts'
import { CONFIG_OPTION, SOCKET_OPTION } from '../../../controller/cli/shell/command.ts'
import { version } from '../../../controller/cli/version.ts'
import { recorder } from './shell/recorder.ts'

const command = { ...version, options: { config: CONFIG_OPTION, socket: SOCKET_OPTION } }
const place = (cwd: string, ...words: string[]) =>
  placeOf(readArguments(command, words), recorder({ cwd }).terminal)

t.test('without a word or a file it is the folder state', async (t) => {
  const cwd = t.testdir({})
  t.strictSame(await place(cwd), {
    configPath: undefined,
    stateFolder: join(cwd, 'state'),
    socketPath: join(cwd, 'state/hypernet.sock'),
    brokerUrl: undefined,
    brokerCa: undefined,
    chain: undefined,
    keyFiles: [],
  })
})

t.test('controller.yaml in this folder is taken, one that is named before it', async (t) => {
  const cwd = t.testdir({
    'controller.yaml': 'fleet: lab\nstore: here\n',
    other: { 'my.yaml': 'fleet: lab\nbroker: { embedded: { listen: "0.0.0.0:1999" } }\n' },
  })
  t.match(await place(cwd), {
    configPath: join(cwd, 'controller.yaml'),
    socketPath: join(cwd, 'here/hypernet.sock'),
  })
  t.match(await place(cwd, '-c', 'other/my.yaml'), {
    socketPath: join(cwd, 'other/state/hypernet.sock'),
    brokerUrl: 'mqtt://127.0.0.1:1999',
  })
})

t.test('a socket that is named needs no file, and is taken before one', async (t) => {
  const cwd = t.testdir({ 'controller.yaml': 'not: valid\n' })
  t.match(await place(cwd, '--socket', 'a/b.sock'), {
    socketPath: join(cwd, 'a/b.sock'),
    stateFolder: join(cwd, 'a'),
  })
})

t.test('knows the address of an external broker and its certificate authority', async (t) => {
  const external = '{ url: "mqtts://broker.lab", ca: ca.pem }'
  const cwd = t.testdir({
    'controller.yaml': `fleet: lab\nbroker: { external: ${external} }\n`,
    'ca.pem': 'PEM',
    v6: { 'controller.yaml': 'fleet: lab\nbroker: { embedded: { listen: "[::]:1883" } }\n' },
  })
  t.match(await place(cwd), { brokerUrl: 'mqtts://broker.lab', brokerCa: 'PEM' })
  t.match(await place(join(cwd, 'v6')), { brokerUrl: 'mqtt://[::1]:1883' })
})

t.test('a wrong controller.yaml is told by file, line and column', async (t) => {
  const cwd = t.testdir({ 'controller.yaml': 'fleet: lab\nstor: state\n' })
  await t.rejects(place(cwd), { code: 'BAD_CONFIG', message: /controller\.yaml:2:1 stor: / })
})
