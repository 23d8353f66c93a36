import type { Allreduce, Rows } from 'hypernet/program'

/**
 * A line through readings of which some are far off: the loss grows like a square near the line and
 * straight beyond (pseudo-Huber: Charbonnier and others, ICIP 1994), and its minimum is found by gradient
 * descent with momentum: Polyak, 1964. Vectors of 5, so that the first sum can carry five moments.
 */
const STEPS = 60
const RATE = 0.8
const MOMENTUM = 0.3

export async function run(rows: Rows<'x' | 'y'>, allreduce: Allreduce) {
  const points = rows.flatMap(({ x, y }) => (x === null || y === null ? [] : [[x, y] as const]))
  const total = (part: (x: number, y: number) => number) =>
    points.reduce((sum, [x, y]) => sum + part(x, y), 0)
  const [n = 0, sx = 0, sy = 0, sxx = 0, syy = 0] = await allreduce([
    points.length, total((x) => x), total((_, y) => y), total((x) => x * x), total((_, y) => y * y),
  ])
  if (n === 0) return { points: 0 }
  // In units of the spread one rate fits all readings.
  const [mx, my] = [sx / n, sy / n]
  const [dx, dy] = [Math.sqrt(sxx / n - mx * mx) || 1, Math.sqrt(syy / n - my * my) || 1]
  let [a, b, va, vb, loss] = [0, 0, 0, 0, 0]
  for (let step = 0; step < STEPS; step++) {
    const residual = (x: number, y: number) => (y - my) / dy - a - (b * (x - mx)) / dx
    const pull = (x: number, y: number) => residual(x, y) / Math.sqrt(1 + residual(x, y) ** 2)
    const [ga = 0, gb = 0, sum = 0] = await allreduce([
      total(pull), total((x, y) => (pull(x, y) * (x - mx)) / dx),
      total((x, y) => Math.sqrt(1 + residual(x, y) ** 2) - 1), 0, 0,
    ])
    ;[va, vb, loss] = [MOMENTUM * va + (RATE * ga) / n, MOMENTUM * vb + (RATE * gb) / n, sum / n]
    ;[a, b] = [a + va, b + vb]
  }
  const slope = (b * dy) / dx
  return { points: n, slope, intercept: my + a * dy - slope * mx, loss }
}
