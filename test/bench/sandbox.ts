import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { interpreter } from '../../agent/io/programs/interpreterFile.ts'
import { ProgramWorker } from '../../agent/io/programs/worker.ts'
import { PROGRAM_LIMITS } from '../../agent/sandbox/limits.ts'
import { type ProgramInput, runProgram } from '../../agent/sandbox/program.ts'
import { median, round } from './figures.ts'

/**
 * What a program of a user costs: its start, a call with 100 numbers in this thread and in its own, the
 * same function run by this engine itself, all the fuel there is, and the size of what it takes.
 */
const { values } = parseArgs({ options: { runs: { type: 'string', default: '500' } } })
const RUNS = Number(values.runs)
const NUMBERS = 100

const SHARE = `(rows) => {
  let sum = 0
  let squares = 0
  for (const { x } of rows) {
    sum += x
    squares += x * x
  }
  return [sum, squares, rows.length]
}`
const code = `export const share = ${SHARE}`
const input: ProgramInput = {
  columns: ['x'],
  rows: Array.from({ length: NUMBERS }, (_, k) => [k / 7]),
  history: [],
  length: 3,
}

const startMs = await millisecondsOf(() => void interpreter())
const here = await medianOf(() => void runProgram(interpreter(), code, input))
const { burned } = interpreter()
const worker = new ProgramWorker()
const threadStartMs = await millisecondsOf(() => worker.run(code, input))
const thread = await medianOf(() => worker.run(code, input))
await worker.close()

// The text above, which is ours: what it costs without any sandbox.
const native = new Function(`return ${SHARE}`)() as (rows: readonly object[]) => number[]
const rows = input.rows.map(([x]) => ({ x }))
const TURNS = 1000
const bare = await medianOf(() => {
  for (let k = 0; k < TURNS; k++) native(rows)
})

const loop = 'export function share() { let n = 0; for (;;) n = (n * 7 + 1) % 1000 }'
const allFuelMs = await millisecondsOf(() => {
  try {
    runProgram(interpreter(), loop, input)
  } catch {
    // It ends by its fuel, as it must.
  }
})

console.log(
  JSON.stringify({
    bench: 'sandbox',
    numbers: NUMBERS,
    callMs: round(here, 3),
    threadCallMs: round(thread, 3),
    nativeMs: round(bare / TURNS, 5),
    callPerNative: round((here * TURNS) / bare, 0),
    fuel: burned,
    allFuel: PROGRAM_LIMITS.fuel,
    allFuelMs: round(allFuelMs, 0),
    startMs: round(startMs, 0),
    threadStartMs: round(threadStartMs, 0),
    bundleGzipKB: round(await bundleKilobytes(), 1),
    runs: RUNS,
  }),
)

async function millisecondsOf(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

async function medianOf(work: () => unknown): Promise<number> {
  const times: number[] = []
  for (let k = 0; k < RUNS; k++) times.push(await millisecondsOf(work))
  return median(times)
}

/** What a device loads when its first program comes: the thread with all that it imports, and QuickJS. */
async function bundleKilobytes(): Promise<number> {
  const entry = fileURLToPath(new URL('../../agent/io/programs/thread.ts', import.meta.url))
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
  })
  const wasm = readFileSync(fileURLToPath(import.meta.resolve('quickjs-wasi/quickjs.wasm')))
  const parts = [outputFiles[0]?.contents ?? new Uint8Array(), wasm]
  return parts.reduce((sum, part) => sum + gzipSync(part, { level: 9 }).length, 0) / 1000
}
