import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'

// 200,000 is CI's share; npm run fuzz takes two million. The time box is for slow machines.
const SEED = process.env.FUZZ_SEED ?? '1'

t.test(
  'refuses 200,000 hostile messages with BAD_MESSAGE alone, below 64 MB of heap',
  async (t) => {
    const script = fileURLToPath(new URL('fuzz.ts', import.meta.url))
    const child = spawnSync(
      process.execPath,
      [script, '--count', '200000', '--seed', SEED, '--seconds', '60'],
      { encoding: 'utf8' },
    )
    t.equal(child.status, 0, child.stderr)
    t.equal(child.stdout.trim().split('\n').length, 1, 'one line of JSON')
    const report = JSON.parse(child.stdout)
    t.comment(child.stdout)
    t.strictSame(report.failures, [])
    t.ok(report.inputs >= 20_000, `${report.inputs} inputs in the time box`)
    t.ok(report.records > 0 && report.wellFormed > report.records, 'some are taken, most are not')
    t.ok(report.signed > 0)
    t.ok(report.peakHeapMegabytes < 64)
    t.ok(report.slowestMilliseconds < 250, `slowest ${report.slowestMilliseconds} ms`)
  },
)
