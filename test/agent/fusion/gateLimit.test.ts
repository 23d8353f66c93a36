import t from 'tap'
import { bulkMeanOf, degreesOfMedian, limitOf } from '../../../agent/fusion/gateLimit.ts'

const isNear = (found: number, wanted: number, tolerance = 1e-4) =>
  Math.abs(found - wanted) < tolerance * wanted

// R: qchisq(0.999, c(1, 3, 10))
t.test('the limits of a known variance are those of tables', async (t) => {
  for (const [rank, wanted] of [
    [1, 10.82757],
    [3, 16.26624],
    [10, 29.5883],
  ] as const) {
    t.ok(isNear(limitOf(rank), wanted))
    t.ok(isNear(limitOf(rank, 1e5), wanted, 2e-4), 'and nearly those of very many devices')
  }
})

// NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2: t of 0.999 two-sided: 636.619, 4.587, 3.850, 3.551.
t.test('of few devices they are those of Student', async (t) => {
  for (const [degrees, point] of [
    [1, 636.619],
    [10, 4.587],
    [20, 3.85],
    [40, 3.551],
  ] as const)
    t.ok(isNear(limitOf(1, degrees), point ** 2, 5e-4), `${degrees}`)
  t.equal(limitOf(1, 0), Infinity, 'who has nothing to compare with refuses nobody')
})

t.test(
  'the median knows a variance with the efficiency of the median absolute deviation',
  async (t) => {
    // Hampel et al., Robust Statistics (Wiley 1986), 2.3: 36.74 %.
    t.ok(isNear(degreesOfMedian(new Array(100).fill(1)), 36.74, 1e-3))
    // Of many rows each the variances are normal, and a median of normals has 2 / π.
    t.ok(isNear(degreesOfMedian(new Array(100).fill(5000)), (2 / Math.PI) * 5e5, 1e-2))
    t.equal(degreesOfMedian([]), 0)
  },
)

t.test('the mean of what is within the bulk', async (t) => {
  // ∫ z² of a normal within ±2.2414 is 0.975 - 2 * 2.2414 * φ(2.2414) = 0.8299.
  t.ok(isNear(bulkMeanOf(1), 0.8299 / 0.975, 1e-3))
})
