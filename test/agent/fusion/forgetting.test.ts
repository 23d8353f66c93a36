import t from 'tap'
import { carryOn } from '../../../agent/fusion/carry.ts'
import { conditionWeights } from '../../../agent/fusion/event.ts'
import { CARRIED_BITS, checkForgetting, withoutNoise } from '../../../agent/fusion/forgetting.ts'
import type { Row } from '../../../agent/fusion/kind.ts'
import { compileModel, contribute, resultOf } from '../../../agent/fusion/model.ts'
import type {
  BayesianLinearResult,
  BetaBernoulliResult,
  DirichletMultinomialResult,
  EventResult,
  GammaPoissonResult,
  GaussianResult,
} from '../../../agent/fusion/results.ts'
import { bitLength } from '../../../agent/math/dyadic.ts'
import { vectorOf } from '../../../agent/math/exactVector.ts'
import { rational, signOf } from '../../../agent/math/rational.ts'
import type { Model } from '../../../agent/wire/modelMessage.ts'
import { closeTo, modelOf } from './models.ts'

const F = 0.9
const figures = (...values: number[]) => Float64Array.from(values)

/** Windows of rows, by their epochs; what is known after the last of them. */
function known(model: Model, windows: readonly (readonly [epoch: number, rows: readonly Row[]])[]) {
  const compiled = compileModel(model)
  const sums = windows.map(([epoch, rows]) => ({ epoch, sum: contribute(compiled, rows).vector }))
  const carried = sums.reduce<ReturnType<typeof carryOn> | undefined>(
    (before, window) => carryOn(compiled, before, window),
    undefined,
  )
  const last = sums.at(-1)
  if (!carried || !last) throw new Error('no windows')
  return { carried, result: resultOf(compiled, last.sum, { after: carried.state }) }
}

/** What each row counts in the end, where window 2 brought nothing. */
const EPOCHS = [0, 1, 3, 4]
const faded = (value: (k: number) => number): number =>
  EPOCHS.reduce((sum, epoch, k) => sum + F ** (4 - epoch) * value(k), 0)

t.test('mean and precision are those of readings that count less with their age', async (t) => {
  const readings = [[20.5, 21], [19], [22.25, 18.5, 20], [21.5]]
  const prior = [20, 2, 3, 4] as const
  const model = modelOf('gaussian', 'x', undefined, {
    prior: figures(...prior),
    forgetting: figures(F),
  })
  const rows = readings.map((list) => list.map((x) => ({ x })))
  const { result } = known(
    model,
    EPOCHS.map((epoch, k) => [epoch, rows[k] ?? []]),
  )
  const { posterior, observations } = result as GaussianResult
  const [mean0, kappa0, alpha0, beta0] = prior
  const total = (of: (x: number) => number) =>
    faded((k) => (readings[k] ?? []).reduce((sum, x) => sum + of(x), 0))
  const [n, sum, square] = [total(() => 1), total((x) => x), total((x) => x * x)]
  const mean = sum / n
  closeTo(t, posterior.kappa, kappa0 + n, 1e-12)
  closeTo(t, posterior.mean, (kappa0 * mean0 + sum) / (kappa0 + n), 1e-12)
  closeTo(t, posterior.alpha, alpha0 + n / 2, 1e-12)
  const between = (kappa0 * n * (mean - mean0) ** 2) / (kappa0 + n)
  closeTo(t, posterior.beta, beta0 + (square - n * mean * mean + between) / 2, 1e-12)
  t.equal(observations, 1, 'of this window')
})

t.test('rates, shares and counts are the prior and faded counts', async (t) => {
  const hits = [[1, 1, 0], [0], [1], [0, 0, 1]]
  const rows = hits.map((list) => list.map((x) => ({ x, e: 0.5 + x })))
  const windows = EPOCHS.map((epoch, k) => [epoch, rows[k] ?? []] as const)
  const ones = faded((k) => (hits[k] ?? []).reduce((sum, x) => sum + x, 0))
  const all = faded((k) => (hits[k] ?? []).length)
  const forgetting = figures(F)

  const beta = known(modelOf('betaBernoulli', 'x', undefined, { forgetting }), windows)
  const { posterior } = beta.result as BetaBernoulliResult
  closeTo(t, posterior.alpha, 1 + ones, 1e-12)
  closeTo(t, posterior.beta, 1 + all - ones, 1e-12)

  const gamma = known(
    modelOf('gammaPoisson', 'x', ['e'], { prior: figures(2, 3), forgetting }),
    windows,
  )
  const rate = (gamma.result as GammaPoissonResult).posterior
  closeTo(t, rate.shape, 2 + ones, 1e-12)
  closeTo(t, rate.rate, 3 + all / 2 + ones, 1e-12)

  const shares = known(
    modelOf('dirichletMultinomial', 'x', undefined, { values: figures(0, 1), forgetting }),
    windows,
  )
  const found = shares.result as DirichletMultinomialResult
  closeTo(t, found.posterior.concentrations[0] ?? 0, 1 + all - ones, 1e-12)
  closeTo(t, found.posterior.concentrations[1] ?? 0, 1 + ones, 1e-12)
  t.strictSame(found.counts, [2, 1], 'of this window')
})

t.test('the log-odds of an event fall back to those of the prior', async (t) => {
  const [on] = conditionWeights(0.9, 0.1)
  const model = modelOf('event', undefined, [`x ? ${on} : ${-on}`], {
    prior: figures(0.01),
    forgetting: figures(F),
  })
  const seen = [[1, 1], [1], [0], [1]]
  const windows = EPOCHS.map((epoch, k) => [epoch, (seen[k] ?? []).map((x) => ({ x }))] as const)
  const { result } = known(model, windows)
  const { logOdds, contributions, reports } = result as EventResult
  const evidence = faded((k) => (seen[k] ?? []).reduce((sum, x) => sum + (x ? on : -on), 0))
  closeTo(t, contributions[0] ?? 0, evidence, 1e-12)
  closeTo(t, logOdds, Math.log(0.01 / 0.99) + evidence, 1e-12)
  t.strictSame(reports, [1], 'of this window')
})

t.test('coefficients are those of a fit whose rows are weighted with their age', async (t) => {
  const points = [
    [0, 1.25, 3],
    [1, 2.5, 1],
    [3, 4, 2],
    [4, 6.5, 5],
  ] as const
  const rows = EPOCHS.map((_, k) =>
    points.map(([x, y, slope]) => ({ x: x + k, y: y + slope * k * k })),
  )
  const model = modelOf('bayesianLinear', 'y', ['1', 'x'], { forgetting: figures(F) })
  const { result } = known(
    model,
    EPOCHS.map((epoch, k) => [epoch, rows[k] ?? []]),
  )
  const { posterior } = result as BayesianLinearResult
  const total = (of: (row: { x: number; y: number }) => number) =>
    faded((k) => (rows[k] ?? []).reduce((sum, row) => sum + of(row), 0))
  const [n, sx, sy] = [total(() => 1), total(({ x }) => x), total(({ y }) => y)]
  const sxx = total(({ x }) => x * x) - (sx * sx) / n
  const sxy = total(({ x, y }) => x * y) - (sx * sy) / n
  const syy = total(({ y }) => y * y) - (sy * sy) / n
  closeTo(t, posterior.parameters[1]?.mean ?? 0, sxy / sxx, 1e-12)
  closeTo(t, posterior.parameters[0]?.mean ?? 0, sy / n - ((sxy / sxx) * sx) / n, 1e-12)
  closeTo(t, posterior.alpha, n / 2 - 1, 1e-12)
  closeTo(t, posterior.beta, (syy - (sxy * sxy) / sxx) / 2, 1e-12)
})

t.test('a factor of 1 is the same as all windows in one', async (t) => {
  const model = modelOf('gaussian', 'x', undefined, { forgetting: figures(1) })
  const rows = [1e9 + 1, 1e9 + 2, 1e9 + 4, 1e9 - 1].map((x) => ({ x }))
  const { result } = known(
    model,
    rows.map((row, k) => [3 * k, [row]]),
  )
  const whole = resultOf(model, contribute(model, rows).vector)
  t.strictSame((result as GaussianResult).posterior, (whole as GaussianResult).posterior)
})

t.test('what is carried stays short, and readings far from 0 keep their spread', async (t) => {
  const model = modelOf('gaussian', 'x', undefined, { forgetting: figures(0.97) })
  const windows = Array.from(
    { length: 400 },
    (_, k) => [k, [{ x: 1e9 + (k % 2) }, { x: 1e9 - (k % 2) }]] as const,
  )
  const { carried, result } = known(model, windows)
  for (const m of carried.state.mantissas) t.ok(bitLength(m) <= CARRIED_BITS)
  const { posterior } = result as GaussianResult
  const weight = windows.reduce((sum, [k]) => sum + 0.97 ** (399 - k) * (k % 2), 0)
  // Squared distances from the mean are 1 for both readings of each odd window.
  closeTo(t, posterior.beta, weight, 1e-12)
})

t.test('what has faded away altogether leaves nothing', async (t) => {
  const model = modelOf('betaBernoulli', 'x', undefined, { forgetting: figures(0.5) })
  const { carried } = known(model, [
    [0, [{ x: 1 }, { x: 1 }]],
    [1_000_000_000, [{ x: 0 }]],
  ])
  t.strictSame(carried.state, vectorOf([0, 1]))
})

t.test('readings of one value do not seem to differ by what was rounded', async (t) => {
  const model = modelOf('gaussian', 'x', undefined, { forgetting: figures(0.9) })
  const windows = Array.from({ length: 60 }, (_, k) => [k, [{ x: 0.1 }, { x: 0.1 }]] as const)
  t.throws(() => known(model, windows), { code: 'TOO_FEW' })
  const line = modelOf('bayesianLinear', 'x', ['1', 'y', '2 * y'], { forgetting: figures(0.9) })
  const rows = Array.from(
    { length: 60 },
    (_, k) => [k, [1, 2, 3, 4].map((y) => ({ y: 0.1 * y + k, x: y * y }))] as const,
  )
  t.throws(() => known(line, rows), { code: 'RANK' })
})

t.test('a fit that every row meets exactly is not taken for a lie', async (t) => {
  const model = modelOf('bayesianLinear', 'y', ['1', 'x'], {
    forgetting: figures(0.9),
    prior: figures(0, 0, 1e-9, 1e-9, 1, 1),
  })
  const windows = Array.from(
    { length: 50 },
    (_, k) => [k, [1, 2, 3].map((x) => ({ x: x * 0.3, y: 0.1 + x * 0.3 }))] as const,
  )
  t.ok(known(model, windows).result)
  const bare = modelOf('bayesianLinear', 'y', ['1', 'x'], { forgetting: figures(0.9) })
  t.throws(
    () =>
      known(
        bare,
        windows.map(([k]) => [k, [1, 2, 3].map((x) => ({ x, y: 2 * x }))]),
      ),
    { code: 'TOO_FEW' },
  )
})

t.test('a sum that no rows have is not carried', async (t) => {
  const model = compileModel(modelOf('betaBernoulli', 'x', undefined, { forgetting: figures(0.5) }))
  t.throws(() => carryOn(model, undefined, { epoch: 0, sum: vectorOf([3, 2]) }), {
    code: 'BAD_MESSAGE',
  })
  t.throws(() => carryOn(model, undefined, { epoch: 0, sum: vectorOf([0, 0]) }), {
    code: 'TOO_FEW',
  })
})

t.test(
  'a factor outside of (0, 1], and types without evidence that fades, are refused',
  async (t) => {
    for (const factor of [0, -0.5, 1.01, Number.NaN, Number.POSITIVE_INFINITY])
      t.throws(
        () => compileModel(modelOf('gaussian', 'x', undefined, { forgetting: figures(factor) })),
        { code: 'BAD_JOB', message: /forgetting is more than 0 and at most 1/ },
      )
    t.throws(() => compileModel(modelOf('average', 'x', undefined, { forgetting: figures(0.5) })), {
      code: 'BAD_JOB',
      message: 'a model of type average takes no forgetting',
    })
    t.doesNotThrow(() =>
      checkForgetting(modelOf('average', 'x'), compileModel(modelOf('average', 'x')).kind),
    )
  },
)

t.test('a difference is noise where it is a trifle of what it was taken of', async (t) => {
  t.equal(signOf(withoutNoise(rational(1n, 1n, -300), rational(1n))), 0)
  t.equal(signOf(withoutNoise(rational(1n, 1n, -100), rational(1n))), 1)
  t.equal(signOf(withoutNoise(rational(-1n, 1n, -300), rational(1n))), 0)
})
