import t, { type Test } from 'tap'
import { type Carried, carryIfSound, carryOn, resultAfter } from '../../../agent/fusion/carry.ts'
import type { Row } from '../../../agent/fusion/kind.ts'
import { compileModel, contribute, estimateOf, resultOf } from '../../../agent/fusion/model.ts'
import type { KalmanResult } from '../../../agent/fusion/results.ts'
import { addVectors, vectorOf } from '../../../agent/math/exactVector.ts'
import { model as jobModel } from '../../../agent/wire/jobModels.ts'
import type { KalmanModel } from '../../../agent/wire/kalmanModel.ts'
import type { Model } from '../../../agent/wire/modelMessage.ts'
import { checkValue } from '../../../agent/wire/problems.ts'
import { modelOf } from '../../../controller/core/jobModel.ts'
import { type Filter, predict, update } from './covarianceFilter.ts'

/** A model as a job file has it. */
function read(
  fields: Omit<Partial<KalmanModel>, 'observations'> & { observations: object[] },
): Model {
  const checked = checkValue(jobModel, { type: 'kalman', ...fields })
  if (!('value' in checked)) throw new Error(JSON.stringify(checked.problems))
  return modelOf(checked.value)
}
const LEVEL = {
  states: ['level'],
  noise: [[0.02]],
  initial: { mean: [3], covariance: [[1]] },
  observations: [{ value: 'x', factors: [1], variance: 0.25 }],
}
const TREND = {
  states: ['level', 'trend'],
  transition: [
    [1, 1],
    [0, 0.95],
  ],
  noise: [
    [0.02, 0.001],
    [0.001, 0.003],
  ],
  initial: {
    mean: [3, 0],
    covariance: [
      [1, 0.1],
      [0.1, 0.5],
    ],
  },
  observations: [
    { value: 'x', factors: [1, 0], variance: 0.25 },
    { value: 'y', factors: { level: 1, trend: 'position.x' }, variance: '0.1 + e^2' },
  ],
}
const filterOf = ({ transition, noise, initial }: Omit<typeof TREND, 'observations'>): Filter => ({
  transition,
  noise,
  mean: [...initial.mean],
  covariance: initial.covariance.map((row) => [...row]),
})

/** Numbers that look like readings, the same in each run (D. H. Lehmer's generator). */
function readings(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** Largest difference of a list from another, against the largest number of that. */
const apart = (found: readonly number[], wanted: readonly number[]): number =>
  Math.max(...found.map((each, i) => Math.abs(each - (wanted[i] ?? Number.NaN)))) /
  Math.max(...wanted.map(Math.abs))

function same(t: Test, result: unknown, filter: Filter, what: string): void {
  const { posterior } = result as KalmanResult
  const means = posterior.parameters.map(({ mean }) => mean)
  t.ok(apart(means, filter.mean) < 1e-12, `${what}: ${means} and ${filter.mean}`)
  const [covariance, wanted] = [posterior.covariance.flat(), filter.covariance.flat()]
  t.ok(apart(covariance, wanted) < 1e-12, `${what}: ${covariance} and ${wanted}`)
  const deviations = posterior.parameters.map(({ standardDeviation }) => standardDeviation ?? 0)
  t.ok(
    apart(
      deviations,
      filter.covariance.map((row, i) => Math.sqrt(row[i] ?? 0)),
    ) < 1e-12,
  )
}

t.test(
  'it is the filter of one machine, whatever the devices and the windows missed',
  async (t) => {
    const model = compileModel(read(TREND))
    const filter = filterOf(TREND)
    const next = readings(1960)
    let carried: Carried | undefined
    let now = 0
    for (let epoch = 0; epoch < 200; epoch++) {
      if (epoch > 0) predict(filter)
      // Windows that failed: nothing was seen, but the states moved on.
      if (epoch % 17 === 5 || (epoch > 60 && epoch < 75)) continue
      const expected = [...filter.mean]
      const rows = Array.from({ length: 5 }, (_, i): Record<string, number | null> => {
        now += next() - 0.5
        const row = { x: 3 + now, y: i % 2 ? null : now, e: next(), 'position.x': i - 2 }
        update(filter, { z: row.x, h: [1, 0], r: 0.25 })
        if (row.y !== null)
          update(filter, { z: row.y, h: [1, row['position.x']], r: 0.1 + row.e ** 2 })
        return row
      })
      const sum = rows.map((row) => contribute(model, [row]).vector).reduce(addVectors)
      const result = resultAfter(model, carried, { epoch, sum })
      carried = carryOn(model, carried, { epoch, sum })
      same(t, result, filter, `window ${epoch}`)
      t.ok(apart((result as unknown as KalmanResult).posterior.predicted, expected) < 1e-11)
      t.equal((result as unknown as KalmanResult).observations, 8)
    }
    t.match(carried, { since: 0 })
  },
)

t.test('eight states, seen one at a time', async (t) => {
  const states = 'abcdefgh'.split('')
  const next = readings(8)
  const square = (of: (i: number, j: number) => number) =>
    states.map((_, i) => states.map((_, j) => of(i, j)))
  const fields = {
    states,
    transition: square((i, j) => (i === j ? 0.9 : (i + 1) % 8 === j ? 0.1 : 0)),
    noise: square((i, j) => (i === j ? 0.1 : Math.abs(i - j) === 1 ? 0.02 : 0)),
    initial: { mean: states.map((_, i) => i), covariance: square((i, j) => (i === j ? 2 : 0)) },
    observations: [
      { value: 'x', factors: states.map((_, i) => `which == ${i} ? 1 : 0`), variance: 0.5 },
    ],
  }
  const model = compileModel(read(fields))
  const filter = filterOf(fields)
  let carried: Carried | undefined
  for (let epoch = 0; epoch < 40; epoch++) {
    if (epoch > 0) predict(filter)
    const rows = [epoch % 8, (3 * epoch + 1) % 8].map((which) => ({ which, x: 4 * next() }))
    for (const { which, x } of rows)
      update(filter, { z: x, h: states.map((_, i) => (i === which ? 1 : 0)), r: 0.5 })
    const window = { epoch, sum: contribute(model, rows).vector }
    same(t, resultAfter(model, carried, window), filter, `window ${epoch}`)
    carried = carryOn(model, carried, window)
  }
})

t.test('a level that does not move is the mean of known variance', async (t) => {
  const model = read({ ...LEVEL, noise: [[0]] })
  const result = resultOf(model, contribute(model, [{ x: 1 }, { x: 4 }]).vector) as KalmanResult
  const precision = 1 + 2 / 0.25
  t.equal(result.posterior.parameters[0]?.mean, (3 + 5 / 0.25) / precision)
  t.strictSame(result.posterior.covariance, [[1 / precision]])
  t.strictSame(result.posterior.predicted, [3])
  t.strictSame(estimateOf(result), [(3 + 5 / 0.25) / precision])
})

t.test('a state that is known stays so, and is a number still', async (t) => {
  const known = read({
    ...TREND,
    noise: [
      [0.1, 0],
      [0, 0],
    ],
    initial: {
      mean: [0, 1],
      covariance: [
        [1, 0],
        [0, 0],
      ],
    },
  })
  const model = compileModel(known)
  let carried: Carried | undefined
  for (let epoch = 0; epoch < 30; epoch++) {
    const rows: Row[] = [{ x: epoch + 0.1, y: null, e: 1, 'position.x': 0 }]
    carried = carryOn(model, carried, { epoch, sum: contribute(model, rows).vector })
  }
  const sum = contribute(model, [{ x: 30, y: null, e: 1, 'position.x': 0 }]).vector
  const { posterior } = resultAfter(model, carried, { epoch: 30, sum }) as unknown as KalmanResult
  t.equal(posterior.parameters[1]?.standardDeviation, 0)
  t.ok(Math.abs((posterior.parameters[1]?.mean ?? 0) / 0.95 ** 30 - 1) < 1e-13)
})

t.test('a covariance that doubles would lose stays one', async (t) => {
  const steep = {
    ...TREND,
    initial: {
      mean: [0, 0],
      covariance: [
        [1e12, 0],
        [0, 1e-12],
      ],
    },
    noise: [
      [1e-14, 0],
      [0, 1e-14],
    ],
    observations: [{ value: 'x', factors: [1, 1], variance: 1e-10 }],
  }
  const model = compileModel(read(steep))
  let carried: Carried | undefined
  const next = readings(3)
  for (let epoch = 0; epoch < 100; epoch++) {
    const window = { epoch, sum: contribute(model, [{ x: next() }, { x: next() }]).vector }
    const { posterior } = resultAfter(model, carried, window) as unknown as KalmanResult
    const [a = [], b = []] = posterior.covariance
    t.ok((a[0] ?? 0) > 0 && (b[1] ?? 0) > 0 && a[1] === b[0], `window ${epoch}`)
    carried = carryOn(model, carried, window)
  }
})

t.test('a long absence costs no more than a short one, and says when it is too long', async (t) => {
  const stable = compileModel(read({ ...LEVEL, transition: [[0.5]] }))
  const window = (epoch: number) => ({ epoch, sum: contribute(stable, [{ x: 1 }]).vector })
  const late = resultAfter(stable, carryOn(stable, undefined, window(0)), window(1e9))
  const { posterior } = late as unknown as KalmanResult
  const before = 0.02 / (1 - 0.25)
  const gain = before / (before + 0.25)
  t.ok(Math.abs((posterior.parameters[0]?.mean ?? 0) - gain) < 1e-13, 'of the long run')
  const wild = compileModel(read({ ...LEVEL, transition: [[2]] }))
  const first = carryOn(wild, undefined, window(0))
  t.throws(() => resultAfter(wild, first, window(1e6)), { code: 'EXPONENT', message: /stable/ })
  t.equal(carryIfSound(wild, first, window(1e6)), first)
})

t.test('what cannot be observed is left out, and what no rows have is refused', async (t) => {
  const model = read({ ...LEVEL, observations: [{ value: 'x', factors: [1], variance: 'e' }] })
  const local = contribute(model, [
    { x: 1, e: 1 },
    { x: 2, e: 0 },
    { x: 3, e: -1 },
    { x: null, e: 1 },
  ])
  t.equal(local.skipped.unusable, 2)
  t.strictSame(local.vector, vectorOf([1, 1, 1]))
  t.throws(() => resultOf(model, vectorOf([0, 0, 0])), { code: 'TOO_FEW' })
  t.throws(() => resultOf(model, vectorOf([-1, 0, 1])), { code: 'BAD_MESSAGE' })
})

t.test('an order that is no filter is refused', async (t) => {
  const good = read(TREND)
  t.doesNotThrow(() => compileModel({ ...good }))
  const figures = (list: Float64Array | undefined, change: (list: number[]) => void) => {
    const changed = [...(list ?? [])]
    change(changed)
    return Float64Array.from(changed)
  }
  const wrong: [RegExp, Partial<Model>][] = [
    [/1 to 8 states, found 0/, { names: good.names?.slice(0, 8) }],
    [
      /4 terms for each observation/,
      { names: ['a', 'b', 'c', 'd', 'e', 's', 't'], terms: good.terms?.slice(0, 5) },
    ],
    [/a prior of kalman has 5 figures/, { prior: Float64Array.of(1) }],
    [/wanted a prior/, { prior: undefined }],
    [/7 values, found 1/, { values: Float64Array.of(1) }],
    [/finite/, { values: figures(good.values, (list) => list.fill(Number.NaN, 0, 1)) }],
    [/semidefinite/, { values: figures(good.values, (list) => list.fill(-1, 4, 5)) }],
    [/semidefinite/, { prior: figures(good.prior, (list) => list.fill(5, 3, 4)) }],
    [/takes no forgetting/, { forgetting: Float64Array.of(0.5) }],
  ]
  for (const [message, change] of wrong)
    t.throws(() => compileModel({ ...good, ...change } as Model), { code: 'BAD_JOB', message })
})
