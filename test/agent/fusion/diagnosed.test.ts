import t from 'tap'
import type { Row } from '../../../agent/fusion/kind.ts'
import { compileModel, contribute, nextOf, resultOf, startOf } from '../../../agent/fusion/model.ts'
import type { LeastSquaresResult } from '../../../agent/fusion/results.ts'
import { sumVectors } from '../../../agent/math/exactVector.ts'
import { randomStream } from '../../../agent/math/random.ts'
import { model as schema } from '../../../agent/wire/jobModels.ts'
import { modelOf as modelOfJob } from '../../../controller/core/jobModel.ts'
import { closeTo, dealt, fitted, fittedInSteps, modelOf, normalsOf } from './models.ts'
import { REFERENCE_FITS } from './strd.ts'

const diagnosed = (terms: readonly (string | number)[], fields: object = {}) =>
  modelOfJob(
    schema.parse({
      type: 'leastSquares',
      response: 'y',
      terms,
      diagnostics: 'residuals',
      ...fields,
    }),
  )
const fit = (model: ReturnType<typeof diagnosed>, rows: readonly Row[], devices = 7) =>
  fittedInSteps(model, dealt(rows, devices)) as LeastSquaresResult
function residualsOf(found: LeastSquaresResult) {
  if (!found.residuals) throw new Error('no residuals')
  return found.residuals
}
/** Rows of a reference fit under the names x or x1, x2, ... */
function reference(name: string) {
  const found = REFERENCE_FITS.find((each) => each.name === name)
  if (!found) throw new Error(name)
  const rows = found.rows.map(([y = NaN, ...x]) => ({
    y,
    x: x[0] ?? NaN,
    ...Object.fromEntries(x.map((each, i) => [`x${i + 1}`, each])),
  }))
  return { ...found, rows }
}

// statsmodels, documentation of OLS: summary of the Longley data, to three decimals.
t.test('tells of the residuals of the Longley data what is published', async (t) => {
  const { terms, rows } = reference('Longley')
  const { skewness, excessKurtosis, jarqueBera } = residualsOf(fit(diagnosed(terms), rows))
  const rounded = [skewness, excessKurtosis + 3, jarqueBera.statistic, jarqueBera.pValue]
  t.strictSame(
    rounded.map((each) => Number(each.toFixed(3))),
    [0.42, 2.434, 0.684, 0.71],
  )
})

t.test('the fit is that of plain least squares, to the bit', async (t) => {
  for (const name of ['Norris', 'Longley', 'Filip']) {
    const { terms, rows } = reference(name)
    const { residuals, ...found } = fit(diagnosed(terms), rows)
    t.strictSame(found, fitted(modelOf('leastSquares', 'y', terms), rows), name)
    t.ok(residuals)
  }
})

t.test('one straight line: as one finds by hand from all rows', async (t) => {
  const { rows } = reference('Norris')
  const { residuals, ...line } = fit(diagnosed([1, 'x']), rows)
  const [a = 0, b = 0] = line.coefficients
  const u = rows.map(({ x, y }) => (y - a - b * x) / (line.residualStandardDeviation ?? 0))
  const n = u.length
  const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each) / n
  const about = (values: readonly number[]) => values.map((each) => each - mean(values))
  const moment = (power: number) => mean(about(u).map((each) => each ** power))
  const skewness = moment(3) / moment(2) ** 1.5
  const kurtosis = moment(4) / moment(2) ** 2 - 3
  closeTo(t, residuals?.skewness ?? NaN, skewness, 1e-9)
  closeTo(t, residuals?.excessKurtosis ?? NaN, kurtosis, 1e-9)
  const normal = (n / 6) * (skewness ** 2 + kurtosis ** 2 / 4)
  closeTo(t, residuals?.jarqueBera.statistic ?? NaN, normal, 1e-9)
  closeTo(t, residuals?.jarqueBera.pValue ?? NaN, Math.exp(-normal / 2), 1e-9)
  // Of one term the share explained is the square of the correlation.
  const [du, dx] = [about(u.map((each) => each * each)), about(rows.map(({ x }) => x))]
  const product = (p: readonly number[], q: readonly number[]) =>
    p.reduce((sum, each, i) => sum + each * (q[i] ?? 0), 0)
  const even = (n * product(du, dx) ** 2) / (product(du, du) * product(dx, dx))
  closeTo(t, residuals?.breuschPagan?.statistic ?? NaN, even, 1e-9)
  t.equal(residuals?.breuschPagan?.degreesOfFreedom, 1)
  const edges = [-Infinity, -3, -2, -1, 0, 1, 2, 3, Infinity]
  const counts = edges
    .slice(1)
    .map((to, i) => u.filter((each) => each >= (edges[i] ?? 0) && each < to).length)
  t.strictSame(residuals?.standardized, { edges: edges.slice(1, -1), counts })
})

const dice = randomStream(5)
const normal = normalsOf(dice)
const field = (error: (x: number) => number) =>
  Array.from({ length: 2000 }, () => {
    const x = 10 * dice.fraction()
    return { x, y: 3 + 2 * x + error(x), w: 1 / (0.1 + x) ** 2 }
  })

t.test('tells errors that are normal and even from those that are not', async (t) => {
  const chances = (rows: readonly Row[], fields = {}) => {
    const { jarqueBera, breuschPagan } = residualsOf(fit(diagnosed([1, 'x'], fields), rows))
    return [jarqueBera.pValue, breuschPagan?.pValue]
  }
  const [isNormal = 0, isEven = 0] = chances(field(normal))
  t.ok(isNormal > 0.01 && isEven > 0.01, `${isNormal}, ${isEven}`)
  const [skewed = 1] = chances(field(() => normal() ** 2))
  t.ok(skewed < 1e-6, `${skewed}`)
  const spreading = field((x) => (0.1 + x) * normal())
  t.ok((chances(spreading)[1] ?? 1) < 1e-6, 'larger errors at larger x')
  const [weighted = 0, without] = chances(spreading, { weights: 'w' })
  t.ok(weighted > 0.01, 'with weights of one over their variance they are normal')
  t.equal(without, undefined)
})

t.test('the same bits however the rows lie', async (t) => {
  const rows = field(normal)
  const one = fit(diagnosed([1, 'x']), rows, 1)
  for (const devices of [2, 3, 50]) t.strictSame(fit(diagnosed([1, 'x']), rows, devices), one)
})

t.test(
  'where a device leaves between the sums the residuals are of the fit that is told',
  async (t) => {
    const rows = field(normal).slice(0, 60)
    const [first = [], second = []] = dealt(rows, 2)
    const compiled = compileModel(diagnosed([1, 'x']))
    const sumOf = (parts: readonly (readonly Row[])[], at: Float64Array) =>
      sumVectors(
        parts.map((own) => contribute(compiled, own, at).vector),
        compiled.dimension,
      )
    let at = nextOf(compiled, startOf(compiled), sumOf([first, second], startOf(compiled)))
    if (!at) throw new Error('one sum')
    const again = nextOf(compiled, at, sumOf([first], at))
    t.ok(again, 'a third sum')
    at = again ?? at
    const last = sumOf([first], at)
    t.equal(nextOf(compiled, at, last), undefined)
    t.strictSame(resultOf(compiled, last, { at }), fit(diagnosed([1, 'x']), first))
    // One that leaves before each of them: the fit alone is told.
    for (let size = 59; size > 55; size--)
      at = nextOf(compiled, at, sumOf([rows.slice(0, size - 30)], at)) ?? at
    t.notOk('residuals' in resultOf(compiled, sumOf([rows.slice(0, 20)], at), { at }))
  },
)

t.test('residuals that are rounding of the coefficients are none', async (t) => {
  const rows = Array.from({ length: 20 }, (_, i) => ({ x: i / 7, y: 1e6 + (3 * i) / 7 }))
  t.equal(fit(diagnosed([1, 'x']), rows).residuals, null)
})

t.test('where nothing is left over there are no residuals', async (t) => {
  const exact = Array.from({ length: 9 }, (_, x) => ({ x, y: 2 * x }))
  t.equal(fit(diagnosed([1, 'x']), exact).residuals, null)
  t.equal(fit(diagnosed([1, 'x']), exact.slice(0, 2)).residuals, null, 'as many rows as terms')
  t.throws(() => fit(diagnosed([1, 'x']), exact.slice(0, 1)), { code: 'TOO_FEW' })
  const alone = residualsOf(fit(diagnosed(['x']), field(normal)))
  t.equal(alone.breuschPagan, null, 'spread over one term alone')
})

t.test('only of least squares without a ridge', async (t) => {
  const plain = diagnosed([1, 'x'])
  t.throws(() => compileModel({ ...plain, ridge: Float64Array.of(1) }), { code: 'BAD_JOB' })
  t.throws(() => compileModel({ ...modelOf('sum', 'y'), diagnosed: true }), { code: 'BAD_JOB' })
})
