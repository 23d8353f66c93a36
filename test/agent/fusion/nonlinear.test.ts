import t from 'tap'
import { compileModel, contribute, nextOf, resultOf, startOf } from '../../../agent/fusion/model.ts'
import type { NonlinearResult } from '../../../agent/fusion/results.ts'
import { numbersOf, readTable } from '../../../agent/io/sensors/table.ts'
import { sumVectors } from '../../../agent/math/exactVector.ts'
import { model as schema } from '../../../agent/wire/jobModels.ts'
import { modelOf } from '../../../controller/core/jobModel.ts'
import { digits, fittedInSteps } from './models.ts'
import { REFERENCE_CURVES, type ReferenceCurve, rowsOf } from './strdCurves.ts'

type Rows = readonly Readonly<Record<string, number | null>>[]

const curve = (fields: object) =>
  modelOf(schema.parse({ type: 'nonlinearLeastSquares', response: 'y', ...fields }))

const fit = (model: ReturnType<typeof curve>, fleet: readonly Rows[]) =>
  fittedInSteps(model, fleet) as NonlinearResult

const DECAY = {
  formula: 'top * exp(-rate * x)',
  parameters: [
    { name: 'top', start: 1 },
    { name: 'rate', start: 1 },
  ],
}
const decay = (x: number) => ({ x, y: 3 * Math.exp(-0.25 * x) })
const rows = [0, 1, 2, 3, 5, 8, 13].map(decay)

const top = (start: number) => ({ name: 'top', start })
const rate = (start: number) => ({ name: 'rate', start })
const squaresAt = (
  points: readonly { readonly x: number; readonly y: number }[],
  curveAt: (x: number) => number = () => 0,
): number => points.reduce((sum, { x, y }) => sum + (y - curveAt(x)) ** 2, 0)

t.test('finds the parameters of a curve without error', async (t) => {
  const found = fit(curve(DECAY), [rows])
  t.ok(digits(found.coefficients[0] ?? 0, 3) > 9)
  t.ok(digits(found.coefficients[1] ?? 0, 0.25) > 9)
  t.strictSame([found.observations, found.degreesOfFreedom], [7, 5])
  t.match(found.ended, /converged|flat/)
})

t.test('however the rows are dealt, the bits are the same', async (t) => {
  const noisy = rows.map(({ x, y }, i) => ({ x, y: y + Math.sin(7 * i) / 10 }))
  const whole = fit(curve(DECAY), [noisy])
  for (const size of [2, 3, 7]) {
    const fleet = Array.from({ length: size }, (_, k) => noisy.filter((_, i) => i % size === k))
    t.strictSame(fit(curve(DECAY), fleet), whole)
  }
})

t.test('keeps to bounds, and says that it ended', async (t) => {
  const [top, rate] = DECAY.parameters
  const bounded = curve({
    ...DECAY,
    parameters: [
      { ...top, most: 2.5 },
      { ...rate, least: 0 },
    ],
  })
  const found = fit(bounded, [rows])
  t.equal(found.coefficients[0], 2.5)
  const free = fit(curve({ formula: '2.5 * exp(-rate * x)', parameters: [rate] }), [rows])
  t.ok(digits(found.coefficients[1] ?? 0, free.coefficients[0] ?? 0) > 8, 'the best within them')
})

t.test('a parameter at its bound has no error, and the others have theirs beside it', async (t) => {
  const noisy = rows.map(({ x, y }, i) => ({ x, y: y + Math.sin(7 * i) / 10 }))
  const [top, rate] = DECAY.parameters
  const bounded = curve({ ...DECAY, parameters: [{ ...top, most: 2.5 }, rate] })
  const found = fit(bounded, [noisy])
  t.strictSame(found.atBounds, ['top'])
  t.equal(found.standardErrors?.[0], null)
  const [a = 0, b = 0] = found.coefficients
  const squares = squaresAt(noisy, (x) => a * Math.exp(-b * x))
  t.ok(digits(found.residualStandardDeviation ?? 0, Math.sqrt(squares / 5)) > 12)
  const slopes = squaresAt(noisy.map(({ x }) => ({ x, y: a * x * Math.exp(-b * x) })))
  t.ok(digits(found.standardErrors?.[1] ?? 0, Math.sqrt(squares / 5 / slopes)) > 12)
  t.notOk('atBounds' in fit(curve(DECAY), [noisy]))
})

t.test('stops after as many sums as the job allows, at the best point of them', async (t) => {
  const far = { ...DECAY, parameters: [top(500), rate(0.0001)] }
  let last = Number.POSITIVE_INFINITY
  for (let steps = 1; steps <= 9; steps++) {
    const found = fit(curve({ ...far, steps }), [rows])
    t.equal(found.ended, 'limit')
    t.ok(found.sums <= steps, `${found.sums} of ${steps}`)
    const [a = 0, b = 0] = found.coefficients
    const squares = squaresAt(rows, (x) => a * Math.exp(-b * x))
    t.ok(digits(found.residualStandardDeviation ?? 0, Math.sqrt(squares / 5)) > 12)
    t.ok(squares <= last, `${squares}`)
    last = squares
  }
})

t.test('a point at which rows have no value is not taken for a better one', async (t) => {
  const model = curve({
    formula: 'a * sqrt(x - b)',
    parameters: [
      { name: 'a', start: 1 },
      { name: 'b', start: 0.9 },
    ],
  })
  const points = [1, 1.5, 2, 4, 7].map((x) => ({ x, y: 2 * Math.sqrt(x - 0.5) }))
  const found = fit(model, [points])
  t.equal(found.observations, 5)
  t.ok(digits(found.coefficients[1] ?? 0, 0.5) > 10)
})

t.test('a point where more rows have a value is gone on from', async (t) => {
  const model = curve({
    formula: 'a * log(x - b)',
    parameters: [
      { name: 'a', start: 1 },
      { name: 'b', start: 0 },
    ],
  })
  const ys = [0.5, ...[1, 2, 3, 4, 5, 6, 7, 8].map((x) => Math.round(1000 * Math.log(x)) / 1000)]
  const found = fit(model, [ys.map((y, x) => ({ x, y }))])
  // SciPy's least_squares.
  t.strictSame(
    [...found.coefficients, found.residualStandardDeviation].map((each) =>
      Number(each?.toFixed(4)),
    ),
    [0.8625, -1.108, 0.3255],
  )
  t.match(found, { observations: 9, ended: /converged|flat/ })
})

t.test(
  'a search that found nothing better says so, and rows without a value are told',
  async (t) => {
    const times = [0.1, 0.4, 0.9, 1.3, 2.8, 3, 4.3, 6.8, 8]
    const decays = [1.8312, 1.4489, 1.0424, 0.8361, 0.4521, 0.4091, 0.2585, 0.111, 0.0803]
    const found = fit(
      curve({
        formula: 'exp(-fast * x) + exp(-slow * x)',
        parameters: [
          { name: 'fast', start: 800 },
          { name: 'slow', start: 0 },
        ],
      }),
      [times.map((x, i) => ({ x, y: decays[i] ?? 0 }))],
    )
    t.match(found.ended, /stuck|limit/, 'nowhere near a minimum')
    t.notOk('withoutValue' in found)
    const root = curve({
      formula: 'a * sqrt(x - b)',
      parameters: [
        { name: 'a', start: -0.526 },
        { name: 'b', start: 8.4177 },
      ],
    })
    const points = [
      [3.1, 0.7963],
      [3.5, -0.3468],
      [9.4, 0.1933],
      [5.6, 1.0795],
      [0.3, -0.1022],
      [9, 0.1817],
    ].map(([x = 0, y = 0]) => ({ x, y }))
    const { observations, withoutValue = 0 } = fit(root, [points])
    t.equal(observations + withoutValue, 6)
  },
)

t.test('whenever a device leaves, the fit is that of those that remain', async (t) => {
  const compiled = compileModel(curve({ ...DECAY, parameters: [top(50), rate(0.001)] }))
  const noisy = rows.map(({ x, y }, i) => ({ x, y: y + Math.sin(7 * i) / 10 }))
  const [first, second] = [noisy.slice(0, 5), noisy.slice(5)]
  const alone = fit(curve(DECAY), [first])
  for (let leaving = 1; leaving < 30; leaving++) {
    let at = startOf(compiled)
    for (let sums = 0; ; sums++) {
      const shares = (sums < leaving ? [first, second] : [first]).map(
        (part) => contribute(compiled, part, at).vector,
      )
      const sum = sumVectors(shares, compiled.dimension)
      const next = nextOf(compiled, at, sum)
      if (next) {
        at = next
        continue
      }
      const found = resultOf(compiled, sum, { at }) as NonlinearResult
      if (sums < leaving) return t.ok(leaving > 10, `it ended after ${sums} sums`)
      t.equal(found.observations, 5)
      t.match(found.ended, /converged|flat/)
      found.coefficients.forEach((each, i) => {
        t.ok(digits(each, alone.coefficients[i] ?? 0) > 8, `after ${leaving} sums`)
      })
      break
    }
  }
})

t.test('says why there is no fit', async (t) => {
  t.throws(() => fit(curve(DECAY), [rows.slice(0, 1)]), {
    code: 'TOO_FEW',
    message: /a fit of 2 parameters needs at least 2 observations, found 1/,
  })
  t.throws(() => fit(curve(DECAY), [[]]), { code: 'TOO_FEW' })
  const twin = {
    formula: '(a + b) * x',
    parameters: [
      { name: 'a', start: 1 },
      { name: 'b', start: 1 },
    ],
  }
  t.throws(() => fit(curve(twin), [rows]), {
    code: 'RANK',
    message: /"b" changes nothing that a would not where the search ended, at a = /,
  })
  const away = [
    { name: 'a', start: 1 },
    { name: 'b', start: -1000 },
  ]
  t.throws(() => fit(curve({ formula: 'a * exp(-b * x)', parameters: away }), [rows]), {
    code: 'TOO_FEW',
    message: /have a value in only 1 of 7 rows at a = 3, b = -1000, where the search ended/,
  })
  const wrong = { ...curve(DECAY), values: Float64Array.of(5, 1, 2, 3, 1, 0, 2) }
  t.throws(() => compileModel(wrong), { code: 'BAD_JOB', message: /a start within its bounds/ })
})

/** From the far start these run away, with any method that knows only downhill; R's and SciPy's too. */
const ASTRAY = ['MGH10', 'MGH17', 'BoxBOD']

const reference = ({ response, formula, parameters }: ReferenceCurve, start: 0 | 1) =>
  curve({
    response,
    formula,
    parameters: parameters.map((each, i) => ({ name: `b${i + 1}`, start: each[start] })),
  })

t.test('the nonlinear problems of NIST, from both starts', async (t) => {
  for (const problem of REFERENCE_CURVES) {
    const table = readTable('rows.csv', rowsOf(problem))
    const rows = numbersOf(table, table.names).map((row) =>
      Object.fromEntries(table.names.map((name, k) => [name, row[k] ?? null])),
    )
    for (const start of [0, 1] as const) {
      const found = fit(reference(problem, start), [rows])
      const least = Math.min(
        ...problem.parameters.map(([, , value], i) => digits(found.coefficients[i] ?? NaN, value)),
      )
      const told = `${problem.name} from start ${start + 1}: ${least.toFixed(1)} digits, ${found.sums} sums, ${found.ended}`
      t.comment(told)
      if (start === 0 && ASTRAY.includes(problem.name)) continue
      t.ok(least >= 9.9, told)
    }
  }
})

t.test(
  'a start so far off that values are hardly doubles is an answer, not a breakdown',
  async (t) => {
    const far = { ...DECAY, formula: 'top * exp(rate * x)', steps: 20 }
    const fleet = Array.from({ length: 24 }, (_, i) => ({
      x: 14.9 * i,
      y: 2 * Math.exp(0.149 * i),
    }))
    t.throws(() => fit(curve(far), [fleet]), {
      code: 'RANK',
      message: /"rate" changes nothing where the search ended/,
    })
  },
)
