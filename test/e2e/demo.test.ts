import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import t, { type Test } from 'tap'
import { allGone, childrenOf, run, start } from './process.ts'

/** The figures of the survey, as the specification and the literature give them, to ten decimals. */
const COEFFICIENTS = ['6.9943794419', '-2.5492003236']
const STANDARD_ERRORS = ['0.0759255406', '0.1549769003']
const MINUTE = 60_000
t.setTimeout(4 * MINUTE)

/** A folder for temporary files, short enough for a socket in it. */
function temporary(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'hn-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** State folders of demos; Node keeps a cache of compiled code beside them. */
const foldersOf = (tmp: string): string[] =>
  readdirSync(tmp).filter((name) => name.startsWith('hypernet-demo-'))

t.test('the demo wind follows some days exactly, over MQTT', async (t) => {
  const demo = start(['demo', 'wind', '--days', '6', '--json'], { tmp: temporary(t) })
  t.equal(await demo.ends(4 * MINUTE), 0, demo.printed.err)
  const { days, devices, largestDifference, jobs } = JSON.parse(demo.printed.out)
  t.strictSame([days, devices], [6, 12])
  t.ok(largestDifference <= 1e-12, `${largestDifference}`)
  t.strictSame(
    jobs.map(({ job, windows }: { job: string; windows: number }) => [job, windows]),
    [
      ['wind-mean', 6],
      ['wind-level', 6],
    ],
  )
})

t.test('the demo steam decides as one machine does, over MQTT', async (t) => {
  const demo = start(['demo', 'steam', '--windows', '100', '--json'], { tmp: temporary(t) })
  t.equal(await demo.ends(4 * MINUTE), 0, demo.printed.err)
  const { windows, wrong, scores } = JSON.parse(demo.printed.out)
  t.strictSame([windows, wrong], [100, []])
  const [{ rule, score }] = scores
  t.equal(rule, 'this fleet')
  t.match(score, { events: 2, missed: 0, delays: [0, 0], falseAlarms: 0 })
})

t.test('the demo prints one result document that agrees with the literature', async (t) => {
  const tmp = temporary(t)
  const demo = start(['demo', '--json'], { tmp })
  await demo.sees('err', '155 virtual devices on mqtt://127.0.0.1:', MINUTE)
  const hosts = childrenOf(demo.child.pid ?? 0)
  t.equal(await demo.ends(MINUTE), 0, demo.printed.err)
  t.match(demo.printed.out, /^\{.*\}\n$/, 'one line of JSON and nothing else')
  const { job, status, model, result, contributors, agreement, consensus } = JSON.parse(
    demo.printed.out,
  )
  t.strictSame([job, status, model], ['soil-zinc', 'succeeded', 'leastSquares'])
  const text = (values: number[]) => values.map((value) => value.toFixed(10))
  t.strictSame(result.terms, ['1', 'sqrt(dist)'])
  t.strictSame(text(result.coefficients), COEFFICIENTS)
  t.strictSame(text(result.standardErrors), STANDARD_ERRORS)
  t.equal(result.residualStandardDeviation.toFixed(10), '0.4352764939')
  t.strictSame([result.observations, result.degreesOfFreedom], [155, 153])
  t.strictSame(contributors, { count: 155, roster: 155, missing: [] })
  t.match(agreement, { exact: true, identical: true, statisticHash: /^0x[0-9a-f]{64}$/ })
  t.match(consensus, { method: 'flood', falseStops: 0 })
  t.ok(hosts.length >= 2, 'the devices lived in processes of their own')
  await allGone(hosts, MINUTE)
  t.strictSame(foldersOf(tmp), [], 'nothing is left behind')
})

t.test('forty devices that share the rows come to the same figures, for people', async (t) => {
  const { code, out } = await run(['demo', '--devices', '40', '--no-chain'], temporary(t), MINUTE)
  t.equal(code, 0)
  for (const figure of [...COEFFICIENTS, ...STANDARD_ERRORS])
    t.match(out, new RegExp(`${figure}\\s+${figure}\n`), 'ours beside the published one')
  t.match(out, /contributors +40 of 40\n/)
  t.match(out, /agreement +exact, identical on every device\n/)
  t.match(out, /consensus +tree, /)
  t.match(out, 'Rikken')
  t.match(out, 'Burrough')
})

t.test('Ctrl-C ends the demo with 130 and leaves nothing', async (t) => {
  const tmp = temporary(t)
  const demo = start(['demo', '--devices', '16'], { tmp })
  await demo.sees('err', 'virtual devices on', MINUTE)
  const hosts = childrenOf(demo.child.pid ?? 0)
  // npm passes on the signal that the terminal has sent as well: it must count once.
  for (let times = 0; times < 2; times++) demo.child.kill('SIGINT')
  t.equal(await demo.ends(MINUTE), 130)
  t.ok(hosts.length >= 2)
  await allGone(hosts, MINUTE)
  t.strictSame(foldersOf(tmp), [])
})

t.test('a demo that is kept can be watched with what it prints', async (t) => {
  const demo = start(['demo', '--devices', '8', '--keep'], { tmp: temporary(t) })
  const out = await demo.sees('out', 'Ctrl-C', MINUTE)
  t.match(out, /collateral +returned to all 8 sellers\nescrow +empty\n/)
  const [, url = ''] = /broker +(mqtt:\S+)/.exec(out) ?? []
  const [, file = '', filter = ''] = /"\$\(cat (\S+)\)" -v -t '(\S+)'/.exec(out) ?? []
  const password = readFileSync(file, 'utf8').trim()
  const viewer = await connectAsync(url, { clientId: 'viewer', username: 'viewer', password })
  t.teardown(() => viewer.endAsync(true))
  const result = new Promise<string>((resolve) => {
    viewer.on('message', (topic, payload) => {
      if (topic.endsWith('/job/soil-zinc/result')) resolve(payload.toString())
    })
  })
  await viewer.subscribeAsync(filter, { qos: 1 })
  t.strictSame(JSON.parse(await result).contributors, { count: 8, roster: 8, missing: [] })
  const [, socket = ''] = /--socket (\S+)/.exec(out) ?? []
  const get = await run(['job', 'get', 'soil-zinc', '--json', '--socket', socket], tmpdir())
  t.match(JSON.parse(get.out), { job: 'soil-zinc', status: 'succeeded' })
  const gone = new Promise<void>((resolve) => viewer.once('close', () => resolve()))
  demo.child.kill('SIGINT')
  t.equal(await demo.ends(MINUTE), 130)
  await gone
})
