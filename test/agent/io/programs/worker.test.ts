import t from 'tap'
import { interpreter } from '../../../../agent/io/programs/interpreterFile.ts'
import { ProgramWorker } from '../../../../agent/io/programs/worker.ts'
import { runProgram } from '../../../../agent/sandbox/program.ts'

const MEAN = `export function share(rows) { return [rows.reduce((sum, { x }) => sum + x, 0), rows.length] }
  export function finish([sum, count]) { return { mean: sum / count } }`
const input = { columns: ['x'], rows: [[1], [2], [6]], history: [], length: 2 }
/** More fuel than a minute burns. */
const ENDLESS = { fuel: 2 ** 31 - 1, memory: 2 ** 24 }

t.test('a thread gives what this thread gives', async (t) => {
  const worker = new ProgramWorker()
  t.teardown(() => worker.close())
  const outcomes = await Promise.all([
    worker.run(MEAN, input),
    worker.run(MEAN, { ...input, rows: [], history: [new Float64Array([9, 3])] }),
  ])
  t.strictSame(outcomes, [
    runProgram(interpreter(), MEAN, input),
    { kind: 'result', result: { mean: 3 } },
  ])
})

t.test(
  'what a program does wrong has the name that it has here, and the next call works',
  async (t) => {
    const worker = new ProgramWorker()
    t.teardown(() => worker.close())
    const loop = 'export function share() { for (;;); }'
    await t.rejects(worker.run(loop, input), { name: 'HypernetError', code: 'PROGRAM_FUEL' })
    await t.rejects(worker.run('export', input), { code: 'PROGRAM_FORM' })
    t.match(await worker.run(MEAN, input), { kind: 'share' })
  },
)

t.test(
  'the deadline ends a program whose fuel would last longer, and the next call works',
  async (t) => {
    const hurried = new ProgramWorker(1500)
    t.teardown(() => hurried.close())
    const loop = 'export function share() { for (;;) new Array(1e6).indexOf(1) }'
    await t.rejects(hurried.run(loop, input, ENDLESS), { code: 'PROGRAM_DEADLINE' })
    t.match(await hurried.run(MEAN, input), { kind: 'share' })
  },
)

t.test('closing fails the calls that wait, and those that come later', async (t) => {
  const worker = new ProgramWorker()
  const loop = 'export function share() { for (;;); }'
  const waiting = [worker.run(loop, input, ENDLESS), worker.run(MEAN, input)]
  const told = Promise.all(waiting.map((each) => t.rejects(each, { code: 'CLOSED' })))
  // The first call is on its way once the thread exists.
  await Promise.resolve()
  await worker.close()
  await told
  await t.rejects(worker.run(MEAN, input), { code: 'CLOSED' })
})
