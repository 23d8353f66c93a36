import fc from 'fast-check'
import t from 'tap'
import { treeOf } from '../../../agent/fusion/expression.ts'
import { contribute, resultOf } from '../../../agent/fusion/model.ts'
import { isSummable, polynomialOf } from '../../../agent/fusion/polynomial.ts'
import type { SumResult } from '../../../agent/fusion/results.ts'
import { dyadicOf, toDouble } from '../../../agent/math/dyadic.ts'
import { holds } from '../math/property.ts'
import { fitted, modelOf, tokens } from './models.ts'

const read = (text: string) => polynomialOf(treeOf(tokens(text)))

t.test('sums, products and whole powers are polynomials of their degree', async (t) => {
  for (const [text, degree] of [
    ['x^2', 2],
    ['x * y * z', 3],
    ['(x + y)^3 * x', 4],
    ['-x^5 + 3', 5],
    ['2 * x', 2],
    ['x - y', 1],
    ['x^16', 16],
  ] as const)
    t.equal(read(text)?.degree, degree, text)
  for (const text of [
    'x',
    '3',
    'x / y',
    'x^0.5',
    'x^-1',
    'x^y',
    'sqrt(x)',
    'x * log(y)',
    'x^17',
    'x > 3',
  ])
    t.equal(read(text), undefined, text)
})

t.test('the value has no rounding', async (t) => {
  const value = (text: string, row: Record<string, number>) => {
    const dyadic = read(text)?.value((name) => row[name])
    return dyadic && dyadic.mantissa * 2n ** BigInt(dyadic.exponent)
  }
  t.equal(value('x * y', { x: 2 ** 53 - 1, y: 2 ** 53 - 1 }), (2n ** 53n - 1n) ** 2n)
  t.equal(value('x^10', { x: 12345 }), 12345n ** 10n)
  t.equal(value('x + y - x', { x: 2 ** 60, y: 1 }), 1n)
  t.equal(value('-(x - 3)^3', { x: 1 }), 8n)
  const property = fc.property(fc.integer(), fc.integer(), (x, y) => {
    const [a, b] = [BigInt(x), BigInt(y)]
    const found = read('(x - y)^2 * x + y')?.value((name) => ({ x, y })[name])
    const wanted = (a - b) ** 2n * a + b
    return found !== undefined && found.mantissa * 2n ** BigInt(found.exponent) === wanted
  })
  holds(t, property, 200)
})

t.test('values too small or large for a sum of products go in as doubles', async (t) => {
  t.ok(isSummable(dyadicOf(1e-300)))
  t.notOk(isSummable({ mantissa: 1n, exponent: -1075 }))
  t.notOk(isSummable({ mantissa: 1n, exponent: 1000 }))
  const { vector, rows } = contribute(modelOf('sum', 'x^3'), [{ x: 1e-200 }, { x: 2 }])
  t.equal(rows, 2)
  t.equal((resultOf(modelOf('sum', 'x^3'), vector) as SumResult).sum, 8)
})

t.test('a sum of products is rounded once', async (t) => {
  // Each product rounded by itself, they would cancel to 0.
  const x = 1 + 2 ** -30
  const result = fitted(modelOf('sum', 'x * x - y'), [{ x, y: toDouble(1n, 0) + 2 ** -29 }])
  t.equal((result as SumResult).sum, 2 ** -60)
})

t.test('where exact powers would not fit a message, all are rounded', async (t) => {
  const terms = Array.from({ length: 40 }, (_, k) => `x^${(k % 12) + 2} + ${k}`)
  const wide = contribute(modelOf('leastSquares', 'y', terms), [{ x: 1.1, y: 1 }])
  const bits = Math.max(...wide.vector.mantissas.map((each) => each.toString(2).length))
  t.ok(bits <= 107, `${bits} bits`)
})
