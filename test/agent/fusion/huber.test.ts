import t from 'tap'
import { compileModel, contribute, nextOf, resultOf, startOf } from '../../../agent/fusion/model.ts'
import type { HuberResult } from '../../../agent/fusion/results.ts'
import { sumVectors, vectorOf } from '../../../agent/math/exactVector.ts'
import { randomStream } from '../../../agent/math/random.ts'
import { model as schema } from '../../../agent/wire/jobModels.ts'
import { modelOf } from '../../../controller/core/jobModel.ts'
import { plainHuber } from './huberPlain.ts'
import { closeTo, dealt, fittedInSteps, normalsOf } from './models.ts'

type Rows = readonly Readonly<Record<string, number>>[]

const robust = (terms: readonly (string | number)[], fields: object = {}) =>
  modelOf(schema.parse({ type: 'leastSquares', response: 'y', terms, robust: 'huber', ...fields }))

const fit = (model: ReturnType<typeof robust>, fleet: readonly Rows[]) =>
  fittedInSteps(model, fleet) as HuberResult

/** Millions of calls from Belgium, 1950-1973, of which six years were recorded in minutes. */
const PHONES = [
  4.4, 4.7, 4.7, 5.9, 6.6, 7.3, 8.1, 8.8, 10.6, 12, 13.5, 14.9, 16.1, 21.2, 119, 124, 142, 159, 182,
  212, 43, 24, 27, 29,
].map((y, i) => ({ y, year: 50 + i }))

// Venables and Ripley, Modern Applied Statistics with S (2002), 6.5: rlm(calls ~ year, phones, scale.est = "proposal 2").
t.test('finds the published fit of the Belgian phone calls', async (t) => {
  const found = fit(robust([1, 'year']), dealt(PHONES, 5))
  const rounded = (figures: readonly number[] | null, digits: number) =>
    figures?.map((each) => Number(each.toFixed(digits)))
  // The published one stopped where a step changed the residuals by less than 1e-4 of them.
  ;[-227.925, 4.453].forEach((each, i) => {
    closeTo(t, found.coefficients[i] ?? NaN, each, 1e-4)
  })
  t.strictSame(rounded(found.standardErrors, 2), [101.87, 1.65])
  t.equal(Number(found.scale.toFixed(2)), 57.25)
  t.equal(found.ended, 'converged')
})

/** y = 3 + 2 x - z with errors of 0.1; every so many rows are off by far, all to one side. */
function field(seed: number, n: number, outliers: number): Rows {
  const dice = randomStream(seed)
  const normal = normalsOf(dice)
  return Array.from({ length: n }, (_, i) => {
    const [x, z] = [10 * dice.fraction(), normal()]
    const isOff = i % 20 < 20 * outliers
    const y = 3 + 2 * x - z + 0.1 * normal() + (isOff ? 50 + 20 * dice.fraction() : 0)
    return { x, z, y, w: 0.5 + dice.fraction() }
  })
}

for (const share of [0, 0.1, 0.2])
  t.test(
    `agrees with the plain computation on pooled rows, ${100 * share} % gross outliers`,
    async (t) => {
      const rows = field(5, 400, share)
      const found = fit(robust([1, 'x', 'z']), dealt(rows, 16))
      const plain = plainHuber(rows.map(({ x = 0, z = 0, y = 0 }) => ({ terms: [1, x, z], y })))
      plain.coefficients.forEach((each, i) => {
        closeTo(t, found.coefficients[i] ?? NaN, each, 1e-8)
      })
      closeTo(t, found.scale, plain.scale, 1e-8)
      t.equal(found.ended, 'converged')
      t.ok(found.downweighted >= 400 * share, 'outliers are among those that count less')
      t.comment(`${found.sums} sums, ${found.downweighted} rows for less, scale ${found.scale}`)
      ;[3, 2, -1].forEach((truth, i) => {
        const error = Math.abs((found.coefficients[i] ?? NaN) - truth)
        t.ok(
          error < 0.15,
          `coefficient ${i} is off by ${error}; plain least squares by more than 4`,
        )
      })
    },
  )

t.test('rows may have weights', async (t) => {
  const rows = field(6, 200, 0.1)
  const found = fit(robust([1, 'x', 'z'], { weights: 'w' }), dealt(rows, 7))
  const plain = plainHuber(
    rows.map(({ x = 0, z = 0, y = 0, w = 1 }) => ({ terms: [1, x, z], y, w })),
  )
  plain.coefficients.forEach((each, i) => {
    closeTo(t, found.coefficients[i] ?? NaN, each, 1e-8)
  })
  closeTo(t, found.scale, plain.scale, 1e-8)
})

t.test('however the rows are dealt, the bits are the same', async (t) => {
  const rows = field(7, 60, 0.1)
  const whole = fit(robust([1, 'x', 'z']), [rows])
  for (const size of [2, 5, 60]) t.strictSame(fit(robust([1, 'x', 'z']), dealt(rows, size)), whole)
})

t.test('a term that only far rows have does not stop the search', async (t) => {
  const rows: Rows = field(8, 100, 0.05).map((row, i) => ({
    ...row,
    far: i % 20 < 1 ? 1 + (i % 3) : 0,
  }))
  const found = fit(robust([1, 'x', 'z', 'far']), dealt(rows, 4))
  const plain = plainHuber(
    rows.map(({ x = 0, z = 0, far = 0, y = 0 }) => ({ terms: [1, x, z, far], y })),
  )
  plain.coefficients.forEach((each, i) => {
    closeTo(t, found.coefficients[i] ?? NaN, each, 1e-8)
  })
})

t.test('rows on a line to the last digit, but for a few, have no scale', async (t) => {
  const rows = Array.from({ length: 20 }, (_, x) => ({ x, y: x === 3 || x === 7 ? 99 : 2 * x + 1 }))
  const found = fit(robust([1, 'x']), dealt(rows, 3))
  t.equal(found.ended, 'exact')
  t.strictSame(found.coefficients, [1, 2])
  t.equal(found.scale, 0)
})

t.test('what cannot be fitted says why', async (t) => {
  t.throws(() => fit(robust([1, 'x']), [[{ x: 1, y: 2 }], [{ x: 2, y: 3 }]]), {
    code: 'TOO_FEW',
    message: /more observations/,
  })
  const flat = Array.from({ length: 9 }, (_, i) => ({ x: 2, y: i * i }))
  t.throws(() => fit(robust([1, 'x']), [flat]), { code: 'RANK' })
  const compiled = compileModel(robust([1, 'x']))
  const wrong = vectorOf(new Array(compiled.dimension).fill(0.5))
  t.equal(nextOf(compiled, startOf(compiled), wrong), undefined)
  t.throws(() => resultOf(compiled, wrong), { code: 'BAD_MESSAGE' })
  t.throws(() => compileModel({ ...robust([1, 'x']), ridge: Float64Array.of(1) }), {
    code: 'BAD_JOB',
  })
  t.throws(() => compileModel({ ...robust([1, 'x']), type: 'bayesianLinear' }), {
    code: 'BAD_JOB',
  })
})

t.test('where a device leaves between two sums the fit is that of those that remain', async (t) => {
  const rows = field(9, 120, 0.1)
  const fleet = dealt(rows, 6)
  const compiled = compileModel(robust([1, 'x', 'z']))
  let at = startOf(compiled)
  for (let step = 0; ; step++) {
    const left = step < 4 ? fleet : fleet.slice(1)
    const sum = sumVectors(
      left.map((each) => contribute(compiled, each, at).vector),
      compiled.dimension,
    )
    const next = nextOf(compiled, at, sum)
    if (!next) {
      const found = resultOf(compiled, sum, { at }) as HuberResult
      const rest = fit(robust([1, 'x', 'z']), fleet.slice(1))
      rest.coefficients.forEach((each, i) => {
        closeTo(t, found.coefficients[i] ?? NaN, each, 1e-10)
      })
      t.equal(found.observations, 100)
      return
    }
    at = next
  }
})
