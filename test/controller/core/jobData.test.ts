import t from 'tap'
import type { FusionJob } from '../../../agent/wire/job.ts'
import { dealRows } from '../../../controller/core/jobData.ts'

const job = (shards: number, model: object = { type: 'sum' }): FusionJob =>
  ({ spec: { data: { file: 'rows.csv', shards, replicas: 3 }, model } }) as FusionJob // all that is looked at
const file = (names: string[], rows: (number | null)[][]) => ({
  names,
  numbers: (columns: readonly string[]) =>
    rows.map((row) => columns.map((name) => row[names.indexOf(name)] ?? null)),
})

t.test('rows are dealt in turn, columns that no formula reads stay at home', async (t) => {
  const rows = [
    [1, 10, 100],
    [2, 20, 200],
    [3, 30, 300],
    [4, null, 400],
    [5, 50, null],
  ]
  const dealt = dealRows(job(2), ['c', 'a'], file(['a', 'b', 'c'], rows))
  t.strictSame(dealt, {
    rows: {
      columns: ['c', 'a'],
      shards: [Float64Array.of(100, 1, 300, 3), Float64Array.of(200, 2, 400, 4)],
      count: 4,
      skipped: 1,
    },
  })
})

t.test('says what is wrong with a file', async (t) => {
  const cases: [string, ReturnType<typeof dealRows>, string, RegExp][] = [
    [
      'column',
      dealRows(job(1), ['a', 'z'], file(['a'], [[1]])),
      'file',
      /no column "z".*there are a/,
    ],
    ['place', dealRows(job(1), ['position.x'], file(['a'], [[1]])), 'file', /reads position\.x/],
    ['rows', dealRows(job(3), ['a'], file(['a'], [[1], [null], [2]])), 'shards', /whole rows, 2/],
    [
      'size',
      dealRows(
        job(1),
        ['a'],
        file(
          ['a'],
          Array.from({ length: 130_000 }, () => [1]),
        ),
      ),
      'file',
      /wanted at most/,
    ],
  ]
  for (const [what, found, key, text] of cases) {
    t.ok('problem' in found, what)
    if (!('problem' in found)) continue
    t.strictSame(found.problem.path, ['spec', 'data', key], what)
    t.match(found.problem.text, text, what)
  }
})

t.test('a fit of more than there are rows is refused where its terms stand', async (t) => {
  const rows = file(['a'], [[1], [2], [null]])
  const fits: [object, string][] = [
    [{ type: 'leastSquares', terms: ['1', 'a', 'a^2'] }, 'terms'],
    [{ type: 'nonlinearLeastSquares', parameters: [{}, {}, {}] }, 'parameters'],
  ]
  for (const [model, key] of fits)
    t.match(dealRows(job(2, model), ['a'], rows), {
      problem: {
        path: ['spec', 'model', key],
        text: 'found 3, wanted at most as many as the file has whole rows, 2.',
      },
    })
  t.ok('rows' in dealRows(job(2, { type: 'leastSquares', terms: ['1', 'a'] }), ['a'], rows))
})
