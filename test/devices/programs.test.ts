import t, { type Test } from 'tap'
import { randomStream } from '../../agent/math/random.ts'
import { dealt, exampleCode, type Reading, runOnFleet } from './programFleet.ts'

/** Local sums are rounded where they are made, so that results differ in the last digits of a double. */
const TOLERANCE = 1e-9
const FLEETS = [1, 4, 16]
const random = randomStream(7)
/** About normal: the sum of 12 uniform numbers (Box & Muller's older cousin). */
const noise = () => Array.from({ length: 12 }, random.fraction).reduce((sum, x) => sum + x, -6)

const isClose = (t: Test, found: number, wanted: number, name: string): void => {
  const error = Math.abs(found - wanted) / Math.max(1, Math.abs(wanted))
  t.ok(error < TOLERANCE, `${name}: found ${found}, wanted ${wanted}`)
}

t.test('k-means ends where each center is the mean of the points next to it', async (t) => {
  const rows: Reading[] = Array.from({ length: 96 }, (_, k) => ({
    x: 10 * (k % 3) + noise(),
    y: 5 * (k % 3) + noise(),
  }))
  rows.push({ x: null, y: 1000 })
  const code = await exampleCode('kMeans')
  for (const devices of FLEETS) {
    const found = runOnFleet(code, ['x', 'y'], dealt(rows, devices), 12)
    const { points, centers, counts } = found.result as {
      points: number
      centers: [number, number][]
      counts: number[]
    }
    t.strictSame([points, counts, found.sums], [96, [32, 32, 32], 16], `${devices} devices`)
    const full = rows.flatMap(({ x, y }) => (x == null || y == null ? [] : [{ x, y }]))
    centers.forEach(([cx, cy], g) => {
      const own = full.filter(({ x, y }) => {
        const distances = centers.map(([a, b]) => (x - a) ** 2 + (y - b) ** 2)
        return distances.indexOf(Math.min(...distances)) === g
      })
      isClose(t, cx, meanOf(own.map(({ x }) => x)), `x of center ${g}`)
      isClose(t, cy, meanOf(own.map(({ y }) => y)), `y of center ${g}`)
    })
  }
})

t.test('logistic regression ends where the gradient of the likelihood is zero', async (t) => {
  const rows: Reading[] = Array.from({ length: 120 }, () => {
    const [temp, hum] = [noise(), noise()]
    return { temp, hum, alarm: 0.5 + temp - 0.7 * hum + 1.5 * noise() > 0 ? 1 : 0 }
  })
  const code = await exampleCode('logisticRegression')
  for (const devices of FLEETS) {
    const columns = ['temp', 'hum', 'alarm']
    const found = runOnFleet(code, columns, dealt(rows, devices), 10)
    const result = found.result as Record<'intercept' | 'temp' | 'hum' | 'logLikelihood', number>
    t.equal(found.sums, 10)
    const gradient = [0, 0, 0]
    let logLikelihood = 0
    for (const { temp, hum, alarm } of rows as Record<string, number>[]) {
      const score = result.intercept + result.temp * (temp ?? 0) + result.hum * (hum ?? 0)
      const chance = 1 / (1 + Math.exp(-score))
      const miss = (alarm ?? 0) - chance
      ;[1, temp ?? 0, hum ?? 0].forEach((x, k) => {
        gradient[k] = (gradient[k] ?? 0) + x * miss
      })
      logLikelihood += Math.log(alarm === 1 ? chance : 1 - chance)
    }
    gradient.forEach((each, k) => {
      isClose(t, each, 0, `gradient ${k}, ${devices} devices`)
    })
    isClose(t, result.logLikelihood, logLikelihood, 'log likelihood')
    t.ok(result.temp > 0 && result.hum < 0, 'the signs are those of the readings')
  }
})

t.test('principal components are eigenvectors of the pooled covariance', async (t) => {
  const rows: Reading[] = Array.from({ length: 80 }, () => {
    const [p, q] = [5 * noise(), 2 * noise()]
    return { a: p + 20, b: p + q + 0.3 * noise(), c: 0.3 * noise() - q }
  })
  const code = await exampleCode('principalComponents')
  const points = rows.map(({ a, b, c }) => [a, b, c].map(Number))
  const means = [0, 1, 2].map((k) => meanOf(points.map((point) => point[k] ?? 0)))
  const covariance = [0, 1, 2].map((i) =>
    [0, 1, 2].map((j) => {
      const products = points.map(
        (p) => ((p[i] ?? 0) - (means[i] ?? 0)) * ((p[j] ?? 0) - (means[j] ?? 0)),
      )
      return products.reduce((sum, x) => sum + x, 0) / (points.length - 1)
    }),
  )
  for (const devices of FLEETS) {
    const found = runOnFleet(code, ['a', 'b', 'c'], dealt(rows, devices), 4)
    const { mean, components } = found.result as {
      mean: number[]
      components: { direction: number[]; variance: number }[]
    }
    t.equal(found.sums, 61)
    mean.forEach((each, k) => {
      isClose(t, each, means[k] ?? 0, `mean ${k}`)
    })
    for (const { direction, variance } of components) {
      covariance.forEach((row, i) => {
        const pulled = row.reduce((sum, x, j) => sum + x * (direction[j] ?? 0), 0)
        isClose(t, pulled, variance * (direction[i] ?? 0), `C v = λ v, ${devices} devices`)
      })
    }
    t.ok((components[0]?.variance ?? 0) > (components[1]?.variance ?? 0))
  }
})

t.test('gradient descent finds the line though a tenth of the readings is far off', async (t) => {
  const rows: Reading[] = Array.from({ length: 100 }, (_, k) => {
    const x = k / 10
    return { x, y: k % 10 === 3 ? 500 : 3 + 2 * x + 0.1 * noise() }
  })
  const code = await exampleCode('gradientDescent')
  const results = FLEETS.map((devices) => runOnFleet(code, ['x', 'y'], dealt(rows, devices), 5))
  const first = (results[0]?.result ?? {}) as Record<string, number>
  for (const { result, sums } of results) {
    const { slope, intercept } = result as Record<string, number>
    t.equal(sums, 61)
    t.strictSame(
      gradientAt(rows, slope ?? 0, intercept ?? 0).map((g) => Math.abs(g) < 1e-6),
      [true, true],
    )
    isClose(t, slope ?? 0, first.slope ?? 0, 'slope')
  }
})

t.test('devices without readings change nothing, and none at all give no points', async (t) => {
  const code = await exampleCode('kMeans')
  const rows = [0, 1, 2, 10, 11, 12, 20, 21].map((x) => ({ x, y: -x }))
  const { result } = runOnFleet(code, ['x', 'y'], [rows], 12)
  t.strictSame(runOnFleet(code, ['x', 'y'], [[], rows, []], 12).result, result)
  t.strictSame(runOnFleet(code, ['x', 'y'], [[], []], 12).result, { points: 0 })
})

const meanOf = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length

/** Of the mean loss √(1 + r²) - 1 in units of the spread, at a line in units of the readings. */
function gradientAt(rows: readonly Reading[], slope: number, intercept: number): number[] {
  const [xs, ys] = ['x', 'y'].map((name) => rows.map((row) => row[name] ?? 0)) as [
    number[],
    number[],
  ]
  const spread = (all: readonly number[]) =>
    Math.sqrt(meanOf(all.map((x) => x * x)) - meanOf(all) ** 2)
  const [dx, dy, mx] = [spread(xs), spread(ys), meanOf(xs)]
  const pulls = xs.map((x, k) => {
    const r = ((ys[k] ?? 0) - intercept - slope * x) / dy
    return [r / Math.sqrt(1 + r * r), ((r / Math.sqrt(1 + r * r)) * (x - mx)) / dx]
  })
  return [0, 1].map((k) => meanOf(pulls.map((pull) => pull[k] ?? 0)))
}
