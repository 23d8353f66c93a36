import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { run, start } from './process.ts'

const MINUTE = 60_000
t.setTimeout(4 * MINUTE)
const PATH = `${process.env.PATH}:/usr/sbin`
const isThere = (tool: string) => spawnSync(tool, ['--help'], { env: { PATH } }).error === undefined
const skip =
  process.env.CI || (isThere('mosquitto') && isThere('mosquitto_sub'))
    ? false
    : 'Mosquitto is not installed: apt-get install mosquitto mosquitto-clients'

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Resolves when somebody listens; asks again each time a connection is refused. */
async function listening(port: number, broker: ChildProcess): Promise<void> {
  while (broker.exitCode === null) {
    const socket = connect(port, '127.0.0.1')
    const ok = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (ok) return
  }
  throw new Error(`mosquitto ended with ${broker.exitCode}`)
}

t.test('the soil job runs on Mosquitto, watched by a stock mosquitto_sub', { skip }, async (t) => {
  const lab = mkdtempSync(join(tmpdir(), 'hn-'))
  t.teardown(() => rmSync(lab, { recursive: true, force: true }))
  const port = await freePort()
  const soil = fileURLToPath(new URL('../../devices/demo/soil/', import.meta.url))
  writeFileSync(
    join(lab, 'controller.yaml'),
    `fleet: meuse
broker:
  external: { url: "mqtt://127.0.0.1:${port}", password: { file: mosquitto/passwords/controller } }
virtual: ["${join(soil, 'fleet.yaml')}"]
`,
  )
  const listen = ['--listen', `127.0.0.1:${port}`]
  const written = await run(['broker', 'mosquitto', 'mosquitto', ...listen], lab)
  t.equal(written.code, 0, written.err)
  t.match(written.out, /^155 devices; /)

  const conf = join(lab, 'mosquitto', 'mosquitto.conf')
  const broker = spawn('mosquitto', ['-c', conf], { env: { PATH }, stdio: 'ignore' })
  t.teardown(() => broker.kill('SIGKILL'))
  await listening(port, broker)

  const up = start(['up', '--passwords', 'mosquitto/passwords'], { cwd: lab })
  t.teardown(() => up.child.kill('SIGKILL'))
  await up.sees('out', 'ready; submit a job', MINUTE)
  const job = ['job', 'submit', join(soil, 'job.yaml'), '--watch', '--json']
  const submit = await run(job, lab, 2 * MINUTE)
  t.equal(submit.code, 0, submit.err)
  const document = JSON.parse(submit.out)
  t.match(document, {
    contributors: { count: 155, roster: 155 },
    agreement: { exact: true, identical: true },
  })
  // The published fit (devices/README.md).
  t.strictSame(
    document.result.coefficients.map((each: number) => each.toFixed(10)),
    ['6.9943794419', '-2.5492003236'],
  )

  // The command that the README of the configuration names, until everything retained was seen.
  const password = readFileSync(join(lab, 'mosquitto/passwords/viewer'), 'utf8').trim()
  const user = ['-i', 'viewer', '-u', 'viewer', '-P', password]
  const topics = ['-v', '-t', 'hn/1/+/job/#', '--retained-only', '-W', '3']
  const watch = promisify(execFile)(
    'mosquitto_sub',
    ['-h', '127.0.0.1', '-p', String(port), ...user, ...topics],
    { env: { PATH } },
  )
  const { stdout } = await watch.catch((error: { stdout: string }) => error) // it ends by its own time-out
  const seen = new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => [line.split(' ', 1)[0], line.slice(line.indexOf(' ') + 1)]),
  )
  t.strictSame(
    JSON.parse(seen.get('hn/1/meuse/job/soil-zinc/result') ?? ''),
    JSON.parse(submit.out),
  )
  t.match(JSON.parse(seen.get('hn/1/meuse/job/soil-zinc/status') ?? ''), { phase: 'succeeded' })
  t.equal(JSON.parse(seen.get('hn/1/meuse/job/soil-zinc/spec') ?? '').metadata.name, 'soil-zinc')

  up.child.kill('SIGTERM')
  t.equal(await up.ends(MINUTE), 0, up.printed.err)
})
