import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { fuzz } from './run.ts'

/**
 * `npm run fuzz -- [--count N] [--seed S]`: hostile CBOR into the decoder, in a child process whose
 * heap may not exceed 64 MB. Prints one line of JSON; exit 1 when anything but `BAD_MESSAGE` came out.
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000000' },
    seed: { type: 'string', default: '1' },
    child: { type: 'boolean', default: false },
  },
})

if (values.child) {
  const report = fuzz(Number(values.count), Number(values.seed))
  globalThis.gc?.()
  const heap = Number((process.memoryUsage().heapUsed / 2 ** 20).toFixed(1))
  console.log(JSON.stringify({ ...report, heapAfterMegabytes: heap }))
  process.exitCode = report.failures.length === 0 ? 0 : 1
} else {
  const script = fileURLToPath(import.meta.url)
  const child = spawnSync(
    process.execPath,
    [
      '--max-old-space-size=64',
      '--expose-gc',
      script,
      '--child',
      '--count',
      values.count,
      '--seed',
      values.seed,
    ],
    { stdio: 'inherit' },
  )
  process.exitCode = child.status ?? 1
}
