import t from 'tap'
import {
  firstPath,
  follow,
  type Path,
  pathOf,
  sizeOf,
  stored,
} from '../../../agent/fusion/nonlinearPath.ts'
import { dyadicOf } from '../../../agent/math/dyadic.ts'

const bounds = { least: Float64Array.of(-1e6), most: Float64Array.of(1e6), sums: 100 }

/** What rows of y = b x sum to at b: residuals y - b x, slopes x. */
function local(b: number, points: readonly (readonly [number, number])[], unusable = 0) {
  const of = (f: (x: number, r: number) => number) =>
    dyadicOf(points.reduce((sum, [x, y]) => sum + f(x, y - b * x), 0))
  const equations = {
    gram: [of((x) => x * x)],
    right: [of((x, r) => x * r)],
    square: of((_, r) => r * r),
  }
  return { equations, usable: points.length, unusable }
}
const POINTS = [
  [1, 2],
  [2, 3],
  [3, 7],
] as const

const path = (of: Path | string): Path => {
  if (typeof of === 'string') throw new Error(of)
  return of
}

t.test('a path comes back as it was stored', async (t) => {
  const next = path(follow(firstPath(Float64Array.of(0)), local(0, POINTS), bounds))
  t.equal(stored(next).length, sizeOf(1))
  t.strictSame(stored(pathOf(stored(next), 1)), stored(next))
})

t.test('a straight formula is at its minimum after two sums', async (t) => {
  let at: Path | string = firstPath(Float64Array.of(0))
  let sums = 0
  for (; typeof at !== 'string' && sums < 20; sums++)
    at = follow(at, local(at.point[0]!, POINTS), bounds)
  t.equal(at, 'converged')
  t.ok(sums <= 6, `${sums} sums`)
})

t.test('a worse point is left, and the next step is shorter', async (t) => {
  const first = path(follow(firstPath(Float64Array.of(0)), local(0, POINTS), bounds))
  const worse = path(follow(first, local(-50, POINTS), bounds))
  t.strictSame(worse.best, first.best)
  t.ok(worse.damping > first.damping)
  t.ok(Math.abs(worse.point[0]!) < Math.abs(first.point[0]!))
  const blind = path(follow(first, local(first.point[0]!, POINTS.slice(0, 2), 1), bounds))
  t.strictSame(blind.best, first.best, 'nor is one at which fewer rows have a value')
})

t.test('with other rows than before the best point is summed again', async (t) => {
  const first = path(follow(firstPath(Float64Array.of(2)), local(2, POINTS), bounds))
  const two = POINTS.slice(0, 2)
  const other = path(follow(first, local(first.point[0]! + 1, two), bounds))
  t.strictSame(other.point, first.best)
  t.equal(other.sums, 2)
  const on = path(follow(other, local(2, two), bounds))
  t.strictSame([on.best, on.usable], [other.point, 2])
})

t.test('the last sum is one at the best point', async (t) => {
  const few = { ...bounds, sums: 3 }
  const first = path(follow(firstPath(Float64Array.of(0)), local(0, POINTS), few))
  const last = path(follow(first, local(-50, POINTS), few))
  t.strictSame([last.ending, last.point], ['limit', first.best])
  t.equal(follow(pathOf(stored(last), 1), local(0, POINTS), few), 'limit')
  const fewer = path(follow({ ...last, sums: 1 }, local(0, POINTS.slice(0, 2)), bounds))
  t.equal(fewer.ending, undefined, 'with other rows than before it goes on')
})

t.test('says so where no step can be worked out, or the bounds hold it', async (t) => {
  const still = {
    ...local(0, POINTS),
    equations: { ...local(0, POINTS).equations, gram: [dyadicOf(0)], right: [dyadicOf(0)] },
  }
  t.match(follow(firstPath(Float64Array.of(0)), still, bounds), /flat|singular/)
  const held = { ...bounds, most: Float64Array.of(1) }
  t.equal(follow(firstPath(Float64Array.of(1)), local(1, POINTS), held), 'converged')
})

t.test('slopes whose damping is beyond doubles still lead somewhere', async (t) => {
  const steep = [[1e149, 1e150]] as const
  let at = path(follow(firstPath(Float64Array.of(0)), local(0, steep), bounds))
  for (let k = 0; k < 20; k++) {
    const worse = { ...local(0, steep), unusable: 1, usable: 0 }
    const next = follow({ ...at, damping: 1e16, growth: 2 }, worse, bounds)
    if (typeof next === 'string') break
    t.ok(stored(next).every(Number.isFinite))
    at = next
  }
})

t.test('a sum beyond doubles ends the path', async (t) => {
  const huge = { mantissa: 1n, exponent: 1100 }
  for (const part of ['gram', 'right', 'square'] as const) {
    const { equations, ...counts } = local(0, POINTS)
    const beyond = { ...equations, [part]: part === 'square' ? huge : [huge] }
    const end = follow(firstPath(Float64Array.of(0)), { ...counts, equations: beyond }, bounds)
    t.type(end, 'string', part)
  }
})
