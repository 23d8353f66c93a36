import fc from 'fast-check'
import t from 'tap'
import { contribute, resultOf } from '../../../agent/fusion/model.ts'
import type { LeastSquaresResult } from '../../../agent/fusion/results.ts'
import { sumVectors, vectorOf, zeroVector } from '../../../agent/math/exactVector.ts'
import type { Model } from '../../../agent/wire/modelMessage.ts'
import { holds } from '../math/property.ts'
import { closeTo, digits, fitted, meuse, modelOf, tokens } from './models.ts'
import { REFERENCE_FITS } from './strd.ts'

// leastSquares gives this result by its own contract; the union is for callers that do not know the type.
const fit = (model: Model, rows: Parameters<typeof fitted>[1]) =>
  fitted(model, rows) as LeastSquaresResult

/**
 * Digits that an exact fit of the data as doubles has: of decimals such as 0.1 the doubles are not the
 * certified problem itself. Powers go in unrounded; from rounded ones nobody gets more than 8 digits of Filip.
 * Given for coefficients, standard errors, residual standard deviation, R².
 */
const WANTED: Record<string, [number, number, number, number]> = {
  Norris: [13.5, 13.5, 13.5, 13.5],
  Pontius: [13.5, 13.5, 13.5, 13.5],
  NoInt1: [13.5, 14, 14, 0],
  NoInt2: [14, 14, 14, 0],
  Longley: [13.5, 13.5, 13.5, 13.5],
  Filip: [13.5, 14.5, 14.5, 15],
  // Certified with errors of 0, where the doubles leave what their own rounding makes.
  Wampler1: [15, 15, 15, 15],
  Wampler2: [13, 14, 14, 15],
  Wampler3: [15, 13.5, 13.5, 13.5],
  Wampler4: [15, 13.5, 13.5, 13.5],
  Wampler5: [15, 13.5, 13.5, 13.5],
}

for (const reference of REFERENCE_FITS) {
  t.test(`${reference.name} of NIST comes out as certified`, async (t) => {
    const { terms, rows } = reference
    const names = terms.includes('x1') ? ['x1', 'x2', 'x3', 'x4', 'x5', 'x6'] : ['x']
    const readings = rows.map(([y = NaN, ...xs]) =>
      Object.fromEntries([['y', y], ...names.map((name, i) => [name, xs[i] ?? NaN])]),
    )
    const found = fit(modelOf('leastSquares', 'y', terms), readings)
    const wanted = WANTED[reference.name] ?? [15, 15, 15, 15]
    const leastOf = (figures: readonly number[], certified: readonly number[]): number =>
      Math.min(...certified.map((value, i) => digits(figures[i] ?? NaN, value)))
    const agreed = [
      leastOf(found.coefficients, reference.coefficients),
      leastOf(found.standardErrors ?? [], reference.standardErrors),
      leastOf([found.residualStandardDeviation ?? NaN], [reference.residualStandardDeviation]),
      reference.rSquared === undefined ? 15 : digits(found.rSquared ?? NaN, reference.rSquared),
    ]
    const shown = agreed.map((each) => each.toFixed(1)).join(', ')
    t.ok(
      agreed.every((each, i) => each >= (wanted[i] ?? 15)),
      `digits: ${shown}`,
    )
    t.equal(
      'rSquared' in found,
      reference.rSquared !== undefined,
      'R² where a constant gives a mean',
    )
    t.equal(found.observations, rows.length)
    t.equal(found.degreesOfFreedom, rows.length - terms.length)
  })
}

const SOIL = modelOf('leastSquares', 'log(zinc)', ['1', 'sqrt(dist)'])

t.test('the Meuse survey gives the published regression', async (t) => {
  // Coefficients as published for the survey; all figures again by the textbook formulas in Python's decimal
  // arithmetic of 50 digits (standard error of the slope 0.154976900306322...).
  const found = fit(SOIL, meuse())
  t.strictSame(found.terms, ['1', 'sqrt(dist)'])
  t.strictSame(
    found.coefficients.map((c) => c.toFixed(11)),
    ['6.99437944191', '-2.54920032360'],
  )
  t.strictSame(
    found.standardErrors?.map((e) => e.toFixed(10)),
    ['0.0759255406', '0.1549769003'],
  )
  t.equal(found.residualStandardDeviation?.toFixed(10), '0.4352764939')
  t.equal(found.observations, 155)
  t.equal(found.degreesOfFreedom, 153)
})

t.test('any split over devices gives the same bits', async (t) => {
  const rows = meuse()
  const whole = contribute(SOIL, rows).vector
  const property = fc.property(
    fc.array(fc.nat(20), { minLength: 155, maxLength: 155 }),
    (owners) => {
      // Some devices hold no rows at all.
      const devices = Array.from({ length: 21 }, (_, k) => rows.filter((_, i) => owners[i] === k))
      const sum = sumVectors(
        devices.map((own) => contribute(SOIL, own).vector),
        7,
      )
      return JSON.stringify(resultOf(SOIL, sum)) === JSON.stringify(resultOf(SOIL, whole))
    },
  )
  holds(t, property, 20)
})

t.test('the statistic is AᵀA by rows, Aᵀb, bᵀb, n', async (t) => {
  const model = modelOf('leastSquares', 'y', ['1', 'x'])
  const { vector } = contribute(model, [
    { x: 2, y: 5 },
    { x: 3, y: -1 },
  ])
  t.strictSame(vector, vectorOf([2, 5, 13, 4, 7, 26, 2]))
})

t.test('a term that depends on others is named with them', async (t) => {
  const rows = [1, 4, 9, 16, 30].map((dist) => ({ dist, zinc: dist % 4, wet: 0 }))
  const cases: [string[], string][] = [
    [
      ['1', 'sqrt(dist)', '2*sqrt(dist) - 1'],
      'terms[2] "2*sqrt(dist) - 1" is, as far as doubles can tell, a linear combination of 1, sqrt(dist) in these observations; leave one of them out, or give a ridge',
    ],
    [
      ['dist', '1', 'dist/7'],
      'terms[2] "dist/7" is, as far as doubles can tell, a linear combination of dist in these observations; leave one of them out, or give a ridge',
    ],
    [['1', 'wet'], 'terms[1] "wet" is 0 in every observation; leave it out'],
  ]
  for (const [terms, message] of cases) {
    t.throws(() => fit(modelOf('leastSquares', 'zinc', terms), rows), { code: 'RANK', message })
  }
})

t.test('without names a term is written from its tokens', async (t) => {
  const { names: _, ...model } = modelOf('leastSquares', 'y', ['1', '2*x^2', 'x^2'])
  t.throws(
    () =>
      fit(
        model,
        [1, 2, 3, 4].map((x) => ({ x, y: x })),
      ),
    {
      code: 'RANK',
      message:
        /^terms\[2\] "x\^2" is, as far as doubles can tell, a linear combination of 2 \* x\^2 in/,
    },
  )
})

t.test('as many observations as terms leave errors unknown', async (t) => {
  const model = modelOf('leastSquares', 'y', ['1', 'x'])
  t.strictSame(
    fit(model, [
      { x: 1, y: 1 },
      { x: 2, y: 3 },
    ]),
    {
      terms: ['1', 'x'],
      coefficients: [-1, 2],
      standardErrors: null,
      residualStandardDeviation: null,
      observations: 2,
      degreesOfFreedom: 0,
      rSquared: 1,
      // G = [[2, 3], [3, 5]], its inverse [[5, -3], [-3, 2]]: both columns have an inflation of 10.
      conditionNumber: Math.sqrt(10),
    },
  )
})

t.test(
  'columns at right angles have a condition number of 1, with a ridge there is none',
  async (t) => {
    const rows = [-1, 1, -1, 1].map((x, i) => ({ x, y: i }))
    t.equal(fit(modelOf('leastSquares', 'y', ['1', 'x']), rows).conditionNumber, 1)
    const ridge = modelOf('leastSquares', 'y', ['1', 'x'], { ridge: Float64Array.of(0.1) })
    t.notOk('conditionNumber' in fit(ridge, rows))
  },
)

t.test('a weight of 3 counts as three rows, but as one observation', async (t) => {
  const weighted = modelOf('leastSquares', 'y', ['1', 'x'], { weight: tokens('w') })
  const rows = meuse().map(({ zinc = null, dist = null }, i) => ({
    y: zinc,
    x: dist,
    w: 1 + (i % 3),
  }))
  const repeated = rows.flatMap((row) => Array.from({ length: row.w }, () => row))
  const [one, many] = [fit(weighted, rows), fit(modelOf('leastSquares', 'y', ['1', 'x']), repeated)]
  t.strictSame(one.coefficients, many.coefficients)
  t.equal(one.rSquared, many.rSquared)
  t.equal(one.conditionNumber, many.conditionNumber)
  t.strictSame([one.observations, many.observations], [rows.length, repeated.length])
  const ratio = Math.sqrt(many.degreesOfFreedom / one.degreesOfFreedom)
  one.standardErrors?.forEach((error, i) => {
    t.ok(Math.abs(error / ((many.standardErrors?.[i] ?? 0) * ratio) - 1) < 1e-14)
  })
})

t.test('the mean of readings of known deviations is weighted with their precisions', async (t) => {
  // By hand: weights 1, 1/4, 4; Σ w y = 8 + 3 + 40 = 51, Σ w = 5.25.
  const rows = [
    { y: 8, sd: 1 },
    { y: 12, sd: 2 },
    { y: 10, sd: 0.5 },
  ]
  const mean = modelOf('leastSquares', 'y', ['1'], { weight: tokens('1 / sd^2') })
  const found = fit(mean, rows)
  t.equal(found.coefficients[0], 51 / 5.25)
  const residual = rows.reduce((sum, { y, sd }) => sum + ((y - 51 / 5.25) / sd) ** 2, 0)
  t.ok(Math.abs((found.standardErrors?.[0] ?? 0) / Math.sqrt(residual / 2 / 5.25) - 1) < 1e-14)
})

t.test('a row without a weight, or with none above 0, is left out and counted', async (t) => {
  const model = modelOf('leastSquares', 'y', ['1'], { weight: tokens('w') })
  const { rows, skipped } = contribute(model, [
    { y: 1, w: 2 },
    { y: 1, w: 0 },
    { y: 1, w: -1 },
    { y: 1, w: null },
  ])
  t.strictSame([rows, skipped], [1, { missing: 1, unusable: 2 }])
  t.throws(() => fit(modelOf('average', 'y', undefined, { weight: tokens('w') }), []), {
    message: /takes no weight/,
  })
})

t.test('fewer observations than terms are too few', async (t) => {
  const model = modelOf('leastSquares', 'y', ['1', 'x'])
  t.throws(() => fit(model, [{ x: 1, y: 1 }]), {
    code: 'TOO_FEW',
    message:
      'a fit of 2 terms needs at least 2 observations, found 1; add devices or a longer window, or leave terms out',
  })
  t.throws(() => resultOf(model, zeroVector(7)), {
    code: 'TOO_FEW',
    message: /^there is no observation/,
  })
})

t.test('equal responses have no R²', async (t) => {
  const found = fit(
    modelOf('leastSquares', 'y', ['1', 'x']),
    [1, 2, 3].map((x) => ({ x, y: 7 })),
  )
  t.notOk('rSquared' in found)
  t.strictSame(found.coefficients, [7, 0])
  t.equal(found.residualStandardDeviation, 0)
})

t.test('a constant term need not be 1', async (t) => {
  const rows = [
    [1, 2],
    [2, 3],
    [3, 7],
    [4, 8],
  ].map(([x = 0, y = 0]) => ({ x, y }))
  const one = fit(modelOf('leastSquares', 'y', ['1', 'x']), rows)
  const four = fit(modelOf('leastSquares', 'y', ['x', '2^2']), rows)
  t.equal(four.rSquared, one.rSquared)
  t.equal(four.coefficients[1], (one.coefficients[0] ?? NaN) / 4)
})

t.test('a ridge shrinks all but the constant, and makes dependent terms solvable', async (t) => {
  // Minimizes Σ (y - a - b x)² + λ Σ (x - mean x)² b². With x = -1, 0, 1 and y = 1, 2, 6: a = 3, b = 5 / (2 (1 + λ)).
  const rows = [
    [-1, 1],
    [0, 2],
    [1, 6],
  ].map(([x = 0, y = 0]) => ({ x, y }))
  const ridge = (value: number, terms = ['1', 'x']) =>
    modelOf('leastSquares', 'y', terms, { ridge: Float64Array.of(value) })
  const found = fit(ridge(0.25), rows)
  t.strictSame(found.coefficients, [3, 2])
  t.equal(found.standardErrors, null, 'biased estimates have no standard error')
  // Residuals 0, -1, 1 by hand.
  t.equal(found.residualStandardDeviation, Math.SQRT2)
  t.strictSame(fit(ridge(0), rows), fit(modelOf('leastSquares', 'y', ['1', 'x']), rows))
  // The same again as two equal terms: Σ x² (b + c)² … + λ Σ x² (b² + c²) is least at b = c = 5 / (2 (2 + λ)).
  const [, b, c] = fit(ridge(0.5, ['1', 'x', 'x']), rows).coefficients
  t.strictSame([b, c], [1, 1])
})

t.test('a ridge does not depend on where zero is, as long as there is a constant', async (t) => {
  const slopes = [0, 1000, 2 ** 40].map((zero) => {
    const rows = [
      [1, 2],
      [2, 3],
      [4, 7.5],
    ].map(([x = 0, y = 0]) => ({ x: x + zero, y }))
    const options = { ridge: Float64Array.of(0.5) }
    return fit(modelOf('leastSquares', 'y', ['x', '1'], options), rows).coefficients[0]
  })
  // Sxy / (1.5 Sxx) with Sxx = 14 / 3, Sxy = 53 / 6.
  for (const slope of slopes) closeTo(t, slope ?? NaN, 53 / 42, 1e-15)
  const flat = [1, 2, 3].map((y) => ({ x: 7, y }))
  const [level, none] = fit(
    modelOf('leastSquares', 'y', ['1', 'x'], { ridge: Float64Array.of(1) }),
    flat,
  ).coefficients
  closeTo(t, (level ?? NaN) + 7 * (none ?? NaN), 2, 1e-15)
})

t.test('wrong options are refused', async (t) => {
  const { terms: _, ...none } = modelOf('leastSquares', 'y', [])
  t.throws(() => contribute(none, []), { code: 'BAD_JOB', message: /takes 1 to 64 terms, found 0/ })
  const many = modelOf('leastSquares', 'y', new Array<string>(65).fill('x'))
  t.throws(() => contribute(many, []), { code: 'BAD_JOB', message: /found 65/ })
  for (const value of [-1, NaN, Infinity]) {
    const model = modelOf('leastSquares', 'y', ['x'], { ridge: Float64Array.of(value) })
    t.throws(() => contribute(model, []), {
      code: 'BAD_JOB',
      message: /ridge must be a finite number >= 0/,
    })
  }
})

t.test('sums that no rows have are refused', async (t) => {
  const model = modelOf('leastSquares', 'y', ['1', 'x'])
  const sums = {
    'half an observation': [2, 5, 13, 4, 7, 26, 2.5],
    'less than none': [2, 5, 13, 4, 7, 26, -2],
    'a negative square': [2, 5, -13, 4, 7, 26, 2],
    'less variance than the fit explains': [2, 5, 13, 4, 7, 1, 3],
  }
  for (const [name, sum] of Object.entries(sums)) {
    t.throws(
      () => resultOf(model, vectorOf(sum)),
      { code: 'BAD_MESSAGE', message: /some device contributed/ },
      name,
    )
  }
})

t.test('a coefficient beyond the doubles is refused by name', async (t) => {
  const rows = [1, 2].map((k) => ({ x: k * 1e-300, y: k * 1e200 }))
  t.throws(() => fit(modelOf('leastSquares', 'y', ['x']), rows), {
    code: 'EXPONENT',
    message: /^the coefficient of "x" is beyond the range of a double/,
  })
})

t.test('64 terms are solved', async (t) => {
  // Interleaved sines are far from dependent; the fit is checked by its own residuals: Aᵀ(b - Ax) = 0.
  const terms = Array.from({ length: 64 }, (_, k) => (k === 0 ? '1' : `sin(${k}*x)`))
  const rows = Array.from({ length: 130 }, (_, i) => ({
    x: 0.05 * i + 0.001 * i * i,
    y: (i * 7) % 11,
  }))
  const found = fit(modelOf('leastSquares', 'y', terms), rows)
  const feature = (k: number, x: number): number => (k === 0 ? 1 : Math.sin(k * x))
  const residuals = rows.map(({ x, y }) =>
    found.coefficients.reduce((rest, c, k) => rest - c * feature(k, x), y),
  )
  const size = Math.hypot(...residuals)
  const worst = Math.max(
    ...terms.map((_, k) =>
      Math.abs(rows.reduce((sum, { x }, i) => sum + feature(k, x) * (residuals[i] ?? 0), 0)),
    ),
  )
  t.ok(worst < 1e-9 * size, `normal equations hold to ${worst / size}`)
})
