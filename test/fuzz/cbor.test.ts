import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { fuzz } from './run.ts'

// 200,000 is the CI share of decisions.md; npm run fuzz takes two million. The time box is for slow machines.
const SEED = Number(process.env.FUZZ_SEED ?? 1)

t.test('refuses 200,000 hostile messages with BAD_MESSAGE alone', async (t) => {
  const report = fuzz(200_000, SEED, 60)
  t.comment(JSON.stringify(report))
  t.strictSame(report.failures, [])
  t.ok(report.inputs >= 20_000, `${report.inputs} inputs in the time box`)
  t.ok(
    report.records > 0 && report.wellFormed > report.records,
    'some inputs are taken, some are not',
  )
  t.ok(report.slowestMilliseconds < 1000, `slowest ${report.slowestMilliseconds} ms`)
})

t.test('the command prints one line of JSON within a heap of 64 MB', async (t) => {
  const script = fileURLToPath(new URL('fuzz.ts', import.meta.url))
  const child = spawnSync(process.execPath, [script, '--count', '2000', '--seed', '7'], {
    encoding: 'utf8',
  })
  t.equal(child.status, 0, child.stderr)
  const report = JSON.parse(child.stdout)
  t.match(report, { seed: 7, inputs: 2000, failures: [] })
  t.ok(report.heapAfterMegabytes < 64)
})
