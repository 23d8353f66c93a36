import t from 'tap'
import {
  betaShare,
  gammaLowerPoint,
  gammaShare,
  gammaUpperPoint,
  studentPoint,
} from '../../../agent/fusion/quantile.ts'

const near = (found: number, wanted: number, relative: number): boolean =>
  Math.abs(found - wanted) <= relative * Math.abs(wanted)

t.test("Student's t is that of the tables", async (t) => {
  // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2: one tail of 0.10, 0.05, 0.025, 0.01, 0.005, 0.001.
  const masses = [0.1, 0.05, 0.025, 0.01, 0.005, 0.001]
  const table: Record<number, number[]> = {
    1: [3.078, 6.314, 12.706, 31.821, 63.657, 318.309],
    2: [1.886, 2.92, 4.303, 6.965, 9.925, 22.327],
    5: [1.476, 2.015, 2.571, 3.365, 4.032, 5.893],
    10: [1.372, 1.812, 2.228, 2.764, 3.169, 4.144],
    30: [1.31, 1.697, 2.042, 2.457, 2.75, 3.385],
    100: [1.29, 1.66, 1.984, 2.364, 2.626, 3.174],
  }
  for (const [degrees, row] of Object.entries(table)) {
    row.forEach((wanted, i) => {
      const found = studentPoint(Number(degrees), 2 * (masses[i] ?? NaN))
      t.ok(Math.abs(found - wanted) <= 0.0005001, `${degrees} degrees, ${masses[i]}: ${found}`)
    })
  }
})

t.test("Student's t has its closed forms for one and two degrees of freedom", async (t) => {
  for (const mass of [0.999, 0.5, 0.2, 0.05, 1e-3, 1e-9]) {
    // P(|T| < t) = 2/π atan t, and t / √(2 + t²).
    const one = 1 / Math.tan((Math.PI / 2) * mass)
    t.ok(near(studentPoint(1, mass), one, 1e-12), `1, ${mass}`)
    const two = (1 - mass) * Math.sqrt(2 / (mass * (2 - mass)))
    t.ok(near(studentPoint(2, mass), two, 1e-12), `2, ${mass}`)
  }
})

t.test("Student's t becomes the normal distribution", async (t) => {
  // z + (z³ + z) / (4 ν) + (5 z⁵ + 16 z³ + 3 z) / (96 ν²), Abramowitz and Stegun 26.7.5.
  const z = 1.959963984540054
  for (const degrees of [1e4, 1e5, 1e7, 1e9]) {
    const wanted =
      z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2)
    t.ok(near(studentPoint(degrees, 0.05), wanted, 3e-12), `${degrees}`)
  }
})

t.test('gamma points are those of the chi-square tables', async (t) => {
  // NIST/SEMATECH e-Handbook, 1.3.6.7.4: upper points of 0.05, 0.025 and lower ones of 0.05, 0.025.
  const table: Record<number, [number, number, number, number]> = {
    1: [3.841, 5.024, 0.004, 0.001],
    2: [5.991, 7.378, 0.103, 0.051],
    10: [18.307, 20.483, 3.94, 3.247],
    30: [43.773, 46.979, 18.493, 16.791],
    100: [124.342, 129.561, 77.929, 74.222],
  }
  for (const [degrees, wanted] of Object.entries(table)) {
    const shape = Number(degrees) / 2
    const found = [
      gammaUpperPoint(shape, 0.05),
      gammaUpperPoint(shape, 0.025),
      gammaLowerPoint(shape, 0.05),
      gammaLowerPoint(shape, 0.025),
    ]
    wanted.forEach((x, i) => {
      t.ok(
        Math.abs(2 * (found[i] ?? NaN) - x) <= 0.0005001,
        `${degrees} degrees: ${2 * (found[i] ?? NaN)}`,
      )
    })
  }
})

t.test('the exponential distribution is the gamma of shape 1', async (t) => {
  for (const mass of [0.5, 0.025, 1e-6]) {
    t.ok(near(gammaUpperPoint(1, mass), -Math.log(mass), 1e-13), `upper ${mass}`)
    t.ok(near(gammaLowerPoint(1, mass), -Math.log1p(-mass), 1e-13), `lower ${mass}`)
  }
})

t.test('gamma shares of whole shapes are Poisson sums', async (t) => {
  for (const [shape, x] of [
    [1, 3],
    [5, 2],
    [15, 16],
    [16, 15],
    [80, 60],
    [1234, 1234],
    [1234, 1300],
    [20000, 19900],
  ] as const) {
    const { lower, upper } = gammaShare(shape, x)
    const [wantedLower, wantedUpper] = poissonShares(shape, x)
    t.ok(near(lower, wantedLower, 2e-13), `P(${shape}, ${x}) = ${lower}, wanted ${wantedLower}`)
    t.ok(near(upper, wantedUpper, 2e-13), `Q(${shape}, ${x}) = ${upper}, wanted ${wantedUpper}`)
  }
})

t.test('points and shares undo each other, tiny shapes and tails included', async (t) => {
  for (const shape of [0.05, 0.5, 3.7, 76, 1e4, 1e6]) {
    for (const mass of [0.4, 0.025, 1e-8]) {
      t.ok(
        near(gammaShare(shape, gammaLowerPoint(shape, mass)).lower, mass, 1e-11),
        `lower ${shape}, ${mass}`,
      )
      t.ok(
        near(gammaShare(shape, gammaUpperPoint(shape, mass)).upper, mass, 1e-11),
        `upper ${shape}, ${mass}`,
      )
    }
  }
  t.strictSame(gammaShare(2, 0), { lower: 0, upper: 1 })
})

t.test('beta shares are those of closed forms', async (t) => {
  for (const x of [0.001, 0.3, 0.5, 0.9]) {
    t.ok(near(betaShare(1, 1, x, 1 - x), x, 1e-14), `uniform ${x}`)
    t.ok(near(betaShare(3, 1, x, 1 - x), x ** 3, 1e-13), `cube ${x}`)
    t.ok(
      near(betaShare(0.5, 0.5, x, 1 - x), (2 / Math.PI) * Math.asin(Math.sqrt(x)), 1e-13),
      `arcsine ${x}`,
    )
    t.ok(near(betaShare(2, 3, x, 1 - x), x ** 2 * (6 - 8 * x + 3 * x ** 2), 1e-13), `2, 3 ${x}`)
  }
  t.equal(betaShare(2, 3, 0, 1), 0)
  t.equal(betaShare(2, 3, 1, 0), 1)
})

/** Q(n, x) = Σ_{k<n} x^k/k! / Σ_k x^k/k! for whole n and x, in fixed point of 400 bits beyond the largest term. */
function poissonShares(n: number, x: number): [lower: number, upper: number] {
  let term = 1n << 4000n
  let below = 0n
  let above = 0n
  for (let k = 0; term > 0n; k++) {
    if (k < n) below += term
    else above += term
    term = (term * BigInt(x)) / BigInt(k + 1)
  }
  const share = (part: bigint): number => Number((part << 1000n) / (below + above)) / 2 ** 1000
  return [share(above), share(below)]
}
