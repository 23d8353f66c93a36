import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { main, permissionSentences, sensorTable } from '../../agent/main.ts'
import { loadAgentFile } from '../../agent/setup.ts'
import { SOFTWARE } from '../../agent/wire/version.ts'
import { plainBroker, watcher } from './io/plainBroker.ts'
import { fakeSysfs } from './io/sensors/fakeSysfs.ts'

/** Runs the command in this process; `stop` stands for a signal. */
function run(...words: string[]) {
  let out = ''
  let err = ''
  const { promise: stopped, resolve: stop } = Promise.withResolvers<string>()
  const code = main(words, {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    stopped,
  })
  return { code, stop, said: () => ({ out, err }) }
}

async function agentFile(t: Test, more: string, url = 'mqtt://127.0.0.1:9'): Promise<string> {
  const path = join(t.testdir({ 'rows.csv': 'zinc,dist\n1022,0.5\nNA,0.25\n' }), 'agent.yaml')
  await writeFile(
    path,
    `node: node-07
fleet: lab
broker: { url: "${url}" }
operators: ["0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"]
${more}
`,
  )
  return path
}

const SENSORS = `sensors:
  - { id: cpu, source: thermal, device: cpu-thermal }
  - { id: volts, source: hwmon, device: chip, channel: in0, unit: V }
  - { id: zinc, source: replay, file: rows.csv, unit: ppm }
  - { id: near, source: replay, file: rows.csv, column: dist, unit: "/", row: 1 }
permissions: { sensors: [zinc, cpu] }`

t.test('help and version are printed, a wrong call is refused with exit 2', async (t) => {
  for (const words of [['--help'], ['-h'], ['help'], ['run', '--help']]) {
    const { code, said } = run(...words)
    t.equal(await code, 0)
    t.match(said().out, /hypernet-agent run \[-c agent\.yaml\]/)
  }
  const version = run('--version')
  t.equal(await version.code, 0)
  t.equal(version.said().out, `${SOFTWARE}\n`)
  const wrong: [string[], RegExp][] = [
    [[], /hypernet-agent run/],
    [['fly'], /no command "fly"/],
    [['run', 'extra'], /found "extra" after run/],
    [['run', '--bad'], /--bad/],
    [['run', '--log', 'xml'], /--log is "xml", wanted text or json/],
    [['run', '--level', 'loud'], /--level is "loud"/],
    [['run', '-c', '/nowhere/agent.yaml'], /nowhere\/agent\.yaml/],
  ]
  for (const [words, message] of wrong) {
    const { code, said } = run(...words)
    t.equal(await code, 2, words.join(' '))
    t.match(said().err, message)
    t.equal(said().out, '')
  }
})

t.test('all mistakes of agent.yaml are told at once, with their places', async (t) => {
  const path = await agentFile(t, 'sensors: [{ id: 1x, source: load }]\nlables: {}')
  const { code, said } = run('run', '-c', path)
  t.equal(await code, 2)
  t.match(said().err, /agent\.yaml:5:\d+ sensors\[0\]\.id: /)
  t.match(said().err, /agent\.yaml:6:1 lables: unknown key\. Did you mean "labels"\?/)
})

const A = `0x${'1'.repeat(40)}`

t.test('permissions are said in sentences', async (t) => {
  const granted = permissionSentences(await loadAgentFile(await agentFile(t, SENSORS)))
  t.match(granted, 'Jobs may read cpu (Cel), zinc (ppm).')
  t.match(granted, 'Jobs may not read volts (V), near (/).')
  t.match(granted, '0x7e5f4552091a69125d5dfcb7b8c2659029395bdf')
  const none = permissionSentences(
    await loadAgentFile(await agentFile(t, 'sensors: [{ id: a, source: load }]')),
  )
  t.match(none, 'Jobs may read no sensor.')
  t.match(none, 'A job may ask for all that the machine has.')
  t.match(none, 'Programs of jobs do not run. To grant them: permissions: { functions: sandboxed }')
  const running = async (functions: string) =>
    permissionSentences(
      await loadAgentFile(await agentFile(t, `permissions: { functions: ${functions} }`)),
    )
  t.match(await running('sandboxed'), 'Any program of a job may run, in the sandbox.')
  const sha = '0a'.repeat(32)
  t.match(await running(`[${sha}]`), `The program with the SHA-256 ${sha} may run, in the sandbox`)
  t.notMatch(await running('sandboxed'), 'no programs')
  t.notMatch(none, 'It offers to work')
  const limits = 'permissions: { cpu: { share: 25% }, memory: { perJob: 32MB }, bandwidth: 20kB }'
  const seller = `market: { chainId: 1, vault: "${A}", factory: "${A}", escrow: "${A}", minPrice: 1, maxCollateral: 1, hours: { from: 22:00, to: 06:00, days: [sat], zone: UTC } }`
  const limited = permissionSentences(
    await loadAgentFile(await agentFile(t, `${limits}\n${seller}`)),
  )
  t.match(limited, 'A job may ask for 25 % of the processors, 32MB of memory, 20kB a second.')
  t.match(limited, 'It offers to work for pay from 22:00 to 06:00 on sat (UTC).')
})

t.test('sensors are read once, with the reason where a value is missing', async (t) => {
  const path = await agentFile(t, SENSORS)
  const root = await fakeSysfs(join(path, '..', 'sys'), {
    'thermal/thermal_zone0': { type: 'cpu-thermal', temp: '48312' },
    'hwmon/hwmon0': { name: 'chip', in0_input: 'junk' },
  })
  const text = await sensorTable(await loadAgentFile(path), root)
  t.match(text, /^zinc {2}2 rows, 1 missing ppm$/m)
  t.match(text, /^near {2}0\.25 \/ {2}\(not granted to jobs\)$/m)
  t.match(text, /^cpu {2}48\.312 Cel$/m)
  t.match(
    text,
    /^volts {2}missing: .*in0_input holds "junk", not a number {2}\(not granted to jobs\)$/m,
  )
  const { code, said } = run('sensors', '-c', path)
  t.equal(await code, 0)
  t.match(said().out, /^cpu {2}missing: /m)
})

t.test(
  'a device runs from its file, makes its key, and leaves when it is asked to stop',
  async (t) => {
    const broker = await plainBroker(t)
    const watch = await watcher(t, broker.port)
    const path = await agentFile(
      t,
      `${SENSORS}\nstate: memory\nlocation: { x: 1, y: 2, unit: m }`,
      broker.url,
    )
    const first = run('run', '-c', path, '--log', 'json')
    const info = await watch.until(({ topic }) => topic === 'hn/1/lab/node/node-07/info')
    t.match(JSON.parse(`${info.payload}`), {
      incarnation: 1,
      permissions: { sensors: ['zinc', 'cpu'] },
      position: { x: 1, y: 2, z: 0 },
    })
    const twin = run('run', '-c', path)
    t.equal(await twin.code, 1)
    t.match(twin.said().err, /state folder .*memory is in use by process \d+: this device runs/)
    first.stop('SIGTERM')
    t.equal(await first.code, 0)
    await watch.until(
      ({ topic, payload }) => topic.endsWith('/state') && `${payload}`.includes('offline'),
    )
    const lines = first
      .said()
      .err.trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    t.match(lines[0], { message: /key 0x[0-9a-fA-F]{40}, made just now/, node: 'node-07' })
    const key = join(path, '../memory/device.key')
    t.equal((await stat(key)).mode & 0o777, 0o600)
    const text = await readFile(key, 'utf8')
    const second = run('run', '-c', path)
    await watch.until(({ payload }) => `${payload}`.includes('"incarnation":2'))
    second.stop('SIGINT')
    t.equal(await second.code, 130)
    t.equal(await readFile(key, 'utf8'), text)
  },
)

t.test('a file with short rows is told of once, at the start', async (t) => {
  const broker = await plainBroker(t)
  const watch = await watcher(t, broker.port)
  const sensors = ['zinc', 'dist'].map(
    (id) => `  - { id: ${id}, source: replay, file: rows.csv, unit: m }`,
  )
  const path = await agentFile(t, `sensors:\n${sensors.join('\n')}`, broker.url)
  await writeFile(join(path, '../rows.csv'), 'zinc,dist\n1022,0.5\n1141\n')
  const device = run('run', '-c', path)
  await watch.until(({ topic }) => topic.endsWith('/node-07/state'))
  device.stop('SIGTERM')
  t.equal(await device.code, 0)
  const warnings = device.said().err.match(/^.* warn .*$/gm)
  t.equal(warnings?.length, 1)
  t.match(warnings?.[0], /rows\.csv:3:5 found 1 cell, wanted the 2 of the first line/)
  t.match(
    await sensorTable(await loadAgentFile(path)),
    /^zinc {2}2 rows, 1 missing \(.*rows\.csv:3:5 found 1 cell/,
  )
})

t.test('a password comes from a file that nobody else can read', async (t) => {
  const broker = await plainBroker(t)
  const passwords: string[] = []
  broker.aedes.authenticate = (_client, _name, password, done) => {
    passwords.push(`${password}`)
    done(null, true)
  }
  const path = await agentFile(t, '', broker.url)
  const text = (await readFile(path, 'utf8')).replace(
    ' }\n',
    ', password: { file: broker.password } }\n',
  )
  await writeFile(path, text)
  const secret = join(path, '../broker.password')
  await writeFile(secret, 'open sesame\n', { mode: 0o644 })
  const unsafe = run('run', '-c', path)
  t.equal(await unsafe.code, 1)
  t.match(unsafe.said().err, /broker\.password has mode 644.*chmod 600/)
  t.notMatch(unsafe.said().err, /sesame/)
  await writeFile(secret, '')
  await (await import('node:fs/promises')).rm(secret)
  await writeFile(secret, 'open sesame\n', { mode: 0o600 })
  const watch = await watcher(t, broker.port)
  const safe = run('run', '-c', path)
  await watch.until(({ topic }) => topic.endsWith('/node-07/state'))
  t.ok(passwords.includes('open sesame'))
  safe.stop('SIGTERM')
  t.equal(await safe.code, 0)
})
