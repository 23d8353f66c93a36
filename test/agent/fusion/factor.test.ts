import t from 'tap'
import { factorOf, forward, solve, squared, within } from '../../../agent/fusion/factor.ts'

const close = (a: ArrayLike<number> | undefined, b: readonly number[]) =>
  a !== undefined && b.every((each, i) => Math.abs(each - (a[i] ?? NaN)) < 1e-12)

t.test('solves what has full rank', async (t) => {
  const factor = factorOf([4, 2, 0, 2, 5, 1, 0, 1, 9], 3)
  t.equal(factor.rank, 3)
  // 4 x + 2 y = 8, 2 x + 5 y + z = 15, y + 9 z = 29: x = 1, y = 2, z = 3.
  t.ok(close(solve(factor, [8, 15, 29]), [1, 2, 3]))
  t.ok(Math.abs(squared(forward(factor, [8, 15, 29])) - (8 * 1 + 15 * 2 + 29 * 3)) < 1e-12)
})

t.test('finds the rank of what has less, and works within it', async (t) => {
  // The rows (1, 2) and (2, 4): (1, 2)ᵀ (1, 2) five times.
  const factor = factorOf([5, 10, 10, 20], 2)
  t.equal(factor.rank, 1)
  t.equal(solve(factor, [5, 10]), undefined)
  t.ok(Math.abs(squared(forward(factor, [5, 10])) - 5) < 1e-12, 'vᵀ A⁺ v of v = A (1, 0)')
  t.equal(factorOf([0, 0, 0, 0], 2).rank, 0)
  t.strictSame(forward(factorOf([0], 1), [0]), new Float64Array())
})

t.test('carries a covariance over', async (t) => {
  const matrix = [4, 2, 0, 2, 5, 1, 0, 1, 9]
  const factor = factorOf(matrix, 3)
  // tr Lᵀ C L = tr C A
  const covariance = [2, 0.5, 0, 0.5, 1, 0, 0, 0, 3]
  const carried = within(factor, covariance)
  const trace = [0, 1, 2].reduce((sum, i) => sum + (carried[4 * i] ?? 0), 0)
  t.ok(Math.abs(trace - (2 * 4 + 0.5 * 2 + 0.5 * 2 + 5 + 27)) < 1e-12)
  t.ok(Math.abs((carried[1] ?? 0) - (carried[3] ?? 1)) < 1e-12, 'symmetric')
})
