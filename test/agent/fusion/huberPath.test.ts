import t from 'tap'
import {
  BEND,
  firstPath,
  follow,
  type Local,
  MOST_SUMS,
  pathOf,
  SHARE,
  stored,
} from '../../../agent/fusion/huberPath.ts'
import { dyadicOf } from '../../../agent/math/dyadic.ts'
import { mostSumsOf, model as schema } from '../../../agent/wire/jobModels.ts'

/** The mean of numbers: those of `inner` count in full, one of `outer` lies above where it is more than 0. */
function local(inner: readonly number[], outer: readonly number[] = []): Local {
  const sum = (list: readonly number[]) => dyadicOf(list.reduce((all, each) => all + each, 0))
  const signs = outer.map(Math.sign)
  return {
    inner: {
      gram: [dyadicOf(inner.length)],
      right: [sum(inner)],
      square: sum(inner.map((y) => y * y)),
    },
    innerRows: inner.length,
    outerGram: [dyadicOf(outer.length)],
    signed: [sum(signs)],
    signedResponse: sum(outer.map((y) => Math.abs(y))),
    outerRows: outer.length,
  }
}

t.test('the share of the scale is that of a standard normal', async (t) => {
  // By Simpson's rule; the tail beyond 12 is nothing.
  const density = (z: number) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  const simpson = (f: (z: number) => number, from: number, to: number) => {
    const h = (to - from) / 10_000
    let sum = f(from) + f(to)
    for (let i = 1; i < 10_000; i++) sum += f(from + i * h) * (i % 2 === 1 ? 4 : 2)
    return (sum * h) / 3
  }
  const share =
    2 * (simpson((z) => z * z * density(z), 0, BEND) + BEND ** 2 * simpson(density, BEND, 12))
  t.ok(Math.abs(share - SHARE) < 1e-12, `${share}`)
  t.equal(
    mostSumsOf(
      schema.parse({ type: 'leastSquares', response: 'y', terms: ['x'], robust: 'huber' }),
    ),
    MOST_SUMS,
  )
})

t.test('a path is stored without loss', async (t) => {
  const path = {
    sums: 3,
    rows: 12,
    least: 1.5,
    best: { scale: 0.25, coefficients: Float64Array.of(1, -2) },
    point: { scale: 0.5, coefficients: Float64Array.of(3, 1 / 3) },
  }
  t.strictSame(pathOf(stored(path)), path)
  t.strictSame(pathOf(stored(firstPath(3))), firstPath(3))
})

t.test(
  'from the first sum the least squares fit follows, and an outlier then counts for less',
  async (t) => {
    const first = follow(firstPath(1), local([1, 2, 3, 90]))
    if ('ended' in first) return t.fail(first.ended)
    t.strictSame([...first.point.coefficients], [24])
    const squares = 23 ** 2 + 22 ** 2 + 21 ** 2 + 66 ** 2
    t.ok(Math.abs(first.point.scale - Math.sqrt(squares / (3 * SHARE))) < 1e-12)
    const at = { scale: 10, coefficients: Float64Array.of(3) }
    const next = follow({ ...first, least: -1, point: at }, local([1, 2, 3], [90]))
    if ('ended' in next) return t.fail(next.ended)
    t.ok((next.point.coefficients[0] ?? 99) < 12, 'it is drawn by 1.345 scales at most')
  },
)

t.test(
  'goes half the way back where it has got worse, and ends where there is no way left',
  async (t) => {
    const best = { scale: 1, coefficients: Float64Array.of(2) }
    const away = { scale: 1, coefficients: Float64Array.of(1000) }
    const path = { sums: 5, rows: 3, least: 2, best, point: away }
    const back = follow(path, local([1, 2, 3]))
    if ('ended' in back) return t.fail(back.ended)
    t.strictSame([...back.point.coefficients], [501])
    t.equal(back.sums, 6)
    const late = follow({ ...path, sums: MOST_SUMS - 1 }, local([1, 2, 3]))
    t.match(late, { ended: 'limit', place: best })
    const near = { scale: 1, coefficients: Float64Array.of(2 + 1e-13) }
    t.match(follow({ ...path, point: near, least: 0.1 }, local([1, 2, 3])), { ended: 'flat' })
  },
)

t.test('terms that depend on each other end it', async (t) => {
  const none = {
    ...local([1, 2, 3]),
    inner: { gram: [dyadicOf(0)], right: [dyadicOf(0)], square: dyadicOf(1) },
  }
  t.match(follow(firstPath(1), none), { ended: 'singular' })
})
