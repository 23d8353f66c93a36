import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { fuzz } from './run.ts'

/**
 * `npm run fuzz -- [--count N] [--seed S] [--seconds T]`: hostile CBOR into the decoder, in a child process whose
 * heap may not exceed 64 MB. Prints one line of JSON; exit 1 when anything but `BAD_MESSAGE` came
 * out, a second decoder read something else, or the heap grew beyond that.
 */
const MOST_HEAP_MEGABYTES = 64
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: 'Infinity' },
    count: { type: 'string', default: '2000000' },
    seed: { type: 'string', default: '1' },
    child: { type: 'boolean', default: false },
  },
})

if (values.child) {
  const report = fuzz(Number(values.count), Number(values.seed), Number(values.seconds))
  globalThis.gc?.()
  const heap = Number((process.memoryUsage().heapUsed / 2 ** 20).toFixed(1))
  console.log(JSON.stringify({ ...report, heapAfterMegabytes: heap }))
  const good = report.failures.length === 0 && report.peakHeapMegabytes < MOST_HEAP_MEGABYTES
  process.exitCode = good ? 0 : 1
} else {
  const script = fileURLToPath(import.meta.url)
  const child = spawnSync(
    process.execPath,
    [
      '--max-old-space-size=48', // with the young generation (3 semispaces) below 64 MB
      '--max-semi-space-size=4',
      '--expose-gc',
      script,
      '--child',
      '--seconds',
      values.seconds,
      '--count',
      values.count,
      '--seed',
      values.seed,
    ],
    { stdio: 'inherit' },
  )
  process.exitCode = child.status ?? 1
}
