import t from 'tap'
import { interpreter } from '../../../agent/io/programs/interpreterFile.ts'
import { type ProgramInput, runProgram } from '../../../agent/sandbox/program.ts'

const input: ProgramInput = { columns: ['x'], rows: [[1], [null], [6]], history: [], length: 2 }
const run = (code: string, given: Partial<ProgramInput> = {}) =>
  runProgram(interpreter(), code, { ...input, ...given })
const sum = (...numbers: number[]) => Float64Array.from(numbers)

const ONE = `export function share(rows) {
  const xs = rows.flatMap(({ x }) => (x === null ? [] : [x]))
  return [xs.reduce((a, b) => a + b, 0), xs.length]
}`
const FINISH = `${ONE}
export function finish([total, count], devices) { return { mean: total / count, devices } }`
const MANY = `export async function run(rows, allreduce) {
  const [n] = await allreduce([rows.length, 0])
  let x = 0
  for (let k = 0; k < 2; k++) x += (await allreduce([n + k, x]))[1]
  return { n, x }
}`

t.test('a program of one sum gives its share, then its result', async (t) => {
  t.strictSame(run(ONE), { kind: 'share', vector: sum(7, 2) })
  const history = [sum(70, 20)]
  t.strictSame(run(FINISH, { history, devices: 10 }), {
    kind: 'result',
    result: { mean: 3.5, devices: 10 },
  })
  t.strictSame(run(FINISH, { history, rows: [] }), { kind: 'result', result: { mean: 3.5 } })
  t.strictSame(run(ONE, { history }), { kind: 'result', result: { sum: [70, 20] } })
})

t.test('a program of many sums gives the vector that the history does not answer', async (t) => {
  const history = [sum(30, 0), sum(60, 5), sum(62, 7)]
  const outcomes = [0, 1, 2, 3].map((k) => run(MANY, { history: history.slice(0, k) }))
  t.strictSame(outcomes, [
    { kind: 'share', vector: sum(3, 0) },
    { kind: 'share', vector: sum(30, 0) },
    { kind: 'share', vector: sum(31, 5) },
    { kind: 'result', result: { n: 30, x: 12 } },
  ])
})

t.test('the result is a function of the sums alone where the program keeps to them', async (t) => {
  const history = [sum(30, 0), sum(60, 5), sum(62, 7)]
  t.strictSame(run(MANY, { history, rows: [] }), run(MANY, { history }))
})

t.test('vectors that were answered already are not looked at again', async (t) => {
  const code = `export async function run(rows, allreduce) {
    const [n] = await allreduce([rows[0]?.x / 0, 1, 2, 'x'])
    return { n }
  }`
  t.strictSame(run(code, { history: [sum(1, 2)], rows: [] }), { kind: 'result', result: { n: 1 } })
})

t.test('what a program is given is its own', async (t) => {
  const history = [sum(1, 2)]
  run('export function share() {} export function finish(sum) { sum[0] = 9; return {} }', {
    history,
  })
  t.strictSame(history, [sum(1, 2)])
})

t.test('a program of one sum has no second one', async (t) => {
  t.throws(() => run(FINISH, { history: [sum(1, 2), sum(3, 4)] }), { code: 'PROGRAM_FORM' })
})

t.test('mistakes are told with their place in the code', async (t) => {
  t.throws(() => run('export function share(rows) {\n  return rows.nope.x\n}'), {
    code: 'PROGRAM_FAULT',
    message: /^TypeError: .*\(program:2:\d+\)$/,
  })
  t.throws(() => run('export function share( {'), {
    code: 'PROGRAM_FORM',
    message: /^SyntaxError: /,
  })
  t.throws(() => run(`export function share() { return [1, 2, 3] }`), {
    code: 'PROGRAM_OUTPUT',
    message: 'wanted 2 numbers, the length that the job declares, found 3',
  })
})

t.test('a column may have any name but one', async (t) => {
  const code = 'export function share([row]) { return [row["a.b"], row.constructor] }'
  const columns = ['a.b', 'constructor']
  t.strictSame(run(code, { columns, rows: [[1, 2]] }), { kind: 'share', vector: sum(1, 2) })
  t.throws(() => run(code, { columns: ['__proto__'], rows: [] }), { code: 'BAD_ROWS' })
  t.throws(() => run(code, { columns: ['a', 'a'], rows: [] }), { code: 'BAD_ROWS' })
})

t.test('what does not fit together is refused before it runs', async (t) => {
  t.throws(() => run(ONE, { rows: [[1, 2]] }), { code: 'BAD_ROWS' })
  t.throws(() => run(ONE, { rows: [[Number.NaN]] }), { code: 'BAD_ROWS' })
  t.throws(() => run(ONE, { history: [sum(1)] }), { code: 'BAD_ROWS' })
  t.throws(() => run(ONE, { history: [sum(1, Number.POSITIVE_INFINITY)] }), { code: 'BAD_ROWS' })
  t.throws(() => run(`//${'x'.repeat(256 * 1024)}\n${ONE}`), { code: 'TOO_LARGE' })
})

t.test('rows that do not fit the memory say so', async (t) => {
  const rows = Array.from({ length: 400_000 }, () => [1])
  t.throws(() => run(ONE, { rows }), { code: 'PROGRAM_MEMORY' })
})

t.test('less fuel or memory may be given, never more memory', async (t) => {
  const limits = { fuel: 1000, memory: 2 ** 30 }
  t.throws(() => runProgram(interpreter(), ONE, input, limits), { code: 'PROGRAM_FUEL' })
  const bomb = 'export function share() { const a = []; for (;;) a.push(new Uint8Array(1e5)) }'
  t.throws(() => runProgram(interpreter(), bomb, input, { fuel: 1e8, memory: 2 ** 30 }), {
    code: 'PROGRAM_MEMORY',
  })
})
