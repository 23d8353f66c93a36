import type { Allreduce, Rows } from 'hypernet/program'

/**
 * Sorts points (x, y) of all devices into three groups, each around its mean: Lloyd, "Least squares
 * quantization in PCM", 1982. Vectors of 12: for each group count, sum of x, sum of y, squared distance.
 */
const GROUPS = [0, 1, 2]
const ROUNDS = 15

export async function run(rows: Rows<'x' | 'y'>, allreduce: Allreduce) {
  const points = rows.flatMap(({ x, y }) => (x === null || y === null ? [] : [[x, y] as const]))
  const moments = new Array<number>(12).fill(0)
  for (const [x, y] of points) {
    ;[1, x, y, x * x, y * y].forEach((each, k) => (moments[k]! += each))
  }
  const [n = 0, sx = 0, sy = 0, sxx = 0, syy = 0] = await allreduce(moments)
  if (n === 0) return { points: 0 }
  // The same start on every device: along the diagonal of the spread of all points.
  const spread = (sum: number, squares: number) => Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2))
  let centers = GROUPS.map((g) => [sx / n + (g - 1) * spread(sx, sxx), sy / n + (g - 1) * spread(sy, syy)])
  let sums: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const own = new Array<number>(12).fill(0)
    for (const [x, y] of points) {
      const distances = centers.map(([cx = 0, cy = 0]) => (x - cx) ** 2 + (y - cy) ** 2)
      const g = distances.indexOf(Math.min(...distances))
      ;[1, x, y, distances[g]!].forEach((each, k) => (own[4 * g + k]! += each))
    }
    sums = await allreduce(own)
    centers = centers.map((old, g) => {
      const count = sums[4 * g]!
      return count > 0 ? [sums[4 * g + 1]! / count, sums[4 * g + 2]! / count] : old
    })
  }
  const within = GROUPS.reduce((total, g) => total + sums[4 * g + 3]!, 0)
  return { points: n, centers, counts: GROUPS.map((g) => sums[4 * g]!), within }
}
