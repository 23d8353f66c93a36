import { parseArgs } from 'node:util'
import { builtMethods, type MethodName } from '../methods.ts'
import { type BatchLine, crashes, everySize, falseStops, oneHash } from './consensus/batches.ts'
import { cellsOf } from './consensus/cells.ts'
import { measure } from './consensus/measure.ts'
import { batchRowOf, headline, rowOf } from './consensus/table.ts'

/**
 * `npm run bench:consensus [-- --only GRAPH] [--method M] [--seeds 5] [--seconds 30] [--quick]`: rounds and
 * bytes a device of every built method on every graph and network, as JSON lines on stdout and as a table
 * on stderr, beside the goal and the bound that physics sets; then the goals that are about many runs
 * (`--only false-stops`, `crash10`, `one-hash`, `every-size`). Exits 1 if a goal is missed.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    method: { type: 'string' },
    seeds: { type: 'string' },
    seconds: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
})
/** What `--quick` leaves out: larger fleets, and graphs on which linear methods take thousands of rounds. */
const QUICK = { size: 155, slow: ['ring-64', 'grid-256'] }
const seeds = Number(values.seeds ?? (values.quick ? 1 : 5))
const milliseconds = 1000 * Number(values.seconds ?? (values.quick ? 5 : 30))
const share = values.quick ? 0.02 : 1
const built = builtMethods()
const methods = built.filter((method) => values.method === undefined || method === values.method)
if (methods.length === 0 || !(seeds >= 1) || !(milliseconds >= 0)) {
  process.stderr.write(
    `bench:consensus: wanted --method ${built.join('|')}, --seeds and --seconds as numbers\n`,
  )
  process.exit(2)
}

const isWanted = (name: string): boolean => values.only === undefined || values.only === name
const isQuick = (size: number, name: string, method: MethodName): boolean =>
  size <= QUICK.size && (method === 'flood' || !QUICK.slow.includes(name))
let missed = 0
process.stderr.write(headline())
for (const cell of cellsOf(methods)) {
  const { place, method } = cell
  if (!isWanted(place.name) || (values.quick && !isQuick(place.size, place.name, method))) continue
  const line = measure(cell, { seeds, milliseconds, draws: 20 })
  if (line.met === false) missed++
  process.stdout.write(`${JSON.stringify(line)}\n`)
  process.stderr.write(rowOf(line))
}

function batch(name: string, run: () => BatchLine): void {
  if (!isWanted(name)) return
  const line = run()
  if (!line.met) missed++
  process.stdout.write(`${JSON.stringify(line)}\n`)
  process.stderr.write(batchRowOf(line))
}
/** Methods whose answers are exact; the baseline promises nothing. */
const exact = methods.filter((method) => method !== 'laplacian')
for (const method of exact) batch('false-stops', () => falseStops(method, 1000 * share))
for (const method of exact) batch('crash10', () => crashes(method, 500 * share))
if (exact.length > 0) batch('one-hash', () => oneHash(exact, 100 * share))
if (exact.includes('tree')) batch('every-size', () => everySize(300, values.quick ? 50 : 1))
process.exitCode = missed === 0 ? 0 : 1
