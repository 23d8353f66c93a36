import t from 'tap'
import { numbersOf, readTable } from '../../../agent/io/sensors/table.ts'
import { expressionProblems } from '../../../controller/core/expressionProblems.ts'
import { readJobs } from '../../../controller/io/jobFiles.ts'
import type { OptionTexts } from '../../../controller/sim/options.ts'
import { rehearse } from '../../../controller/sim/rehearse.ts'

const text = `apiVersion: hypernet.dev/v1
kind: FusionJob
metadata: { name: line }
spec:
  model: { type: leastSquares, response: y, terms: [1, x] }
  data: { file: rows.csv, shards: 4, replicas: 3 }
`
const csv = `x,y\n${Array.from({ length: 40 }, (_, i) => `${i},${3 * i + 2}`).join('\n')}\n`
const { jobs, mistakes } = await readJobs(
  [{ name: 'job.yaml', text }],
  expressionProblems,
  new Map([['rows.csv', csv]]),
)
const run = (options: OptionTexts, rows?: { name: string; text: string }) => {
  const [document] = jobs
  if (!document) throw new Error(JSON.stringify(mistakes))
  const { job, rows: data } = document
  return rehearse({ job, data, rows, options, reader: { read: readTable, numbers: numbersOf } })
    .document
}
const LINE = [2, 3]

t.test('a job that carries its rows is rehearsed with as many devices as they want', async (t) => {
  t.match(run({}), {
    status: 'succeeded',
    contributors: { count: 12, roster: 12 },
    data: { rows: 40, counted: 40, shards: 4, replicas: 3 },
    agreement: { exact: true, identical: true, maxRelativeError: 0 },
    consensus: { method: 'commit', falseStops: 0 },
  })
})

t.test('loss and crashes leave the answer exact, with what is left of each shard', async (t) => {
  for (const seed of ['1', '2', '3', '4', '5']) {
    const faults = { loss: '0.3', delay: '0..3', duplicate: '0.05', crash: '0.2@3', seed }
    const { agreement, data } = run(faults)
    t.match(agreement, { exact: true, identical: true, maxRelativeError: 0 }, seed)
    t.ok(data && data.counted % 10 === 0, `${data?.counted} rows, whole shards`)
  }
})

t.test('one false replica of a shard is outvoted, two are not', async (t) => {
  const found = Array.from({ length: 12 }, (_, i) => run({ liars: '0.09', seed: String(i + 1) }))
  t.ok(found.every(({ liars }) => liars?.length === 1))
  for (const { result, data } of found) {
    t.match(result, { coefficients: LINE })
    t.equal(data?.counted, 40)
  }
  const many = Array.from({ length: 12 }, (_, i) => run({ liars: '0.5', seed: String(i + 1) }))
  t.ok(many.some(({ result }) => JSON.stringify(result) !== JSON.stringify(found[0]?.result)))
})

t.test('what does not go with rows that travel is refused', async (t) => {
  t.throws(() => run({}, { name: 'rows.csv', text: csv }), { code: 'BAD_USAGE', message: /--rows/ })
  t.throws(() => run({ devices: '5' }), { code: 'BAD_USAGE', message: /--devices/ })
  t.throws(() => run({ method: 'tree' }), { code: 'BAD_USAGE', message: /by commit alone/ })
})
