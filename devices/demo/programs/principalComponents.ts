import type { Allreduce, Rows } from 'hypernet/program'

/**
 * The two directions in which readings of three sensors vary most, by power iteration: Golub & Van Loan,
 * "Matrix Computations", section 8.2. Vectors of 4: count, and a vector of three.
 */
const ROUNDS = 30
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, k) => sum + x * b[k]!, 0)

export async function run(rows: Rows<'a' | 'b' | 'c'>, allreduce: Allreduce) {
  const points = rows.flatMap(({ a, b, c }) => (a === null || b === null || c === null ? [] : [[a, b, c]]))
  const sumOf = (vectors: readonly (readonly number[])[]) =>
    vectors.reduce<number[]>((sum, v) => sum.map((x, k) => x + v[k]!), [0, 0, 0])
  const [n = 0, ...totals] = await allreduce([points.length, ...sumOf(points)])
  const mean = totals.map((total) => total / n)
  const centered = points.map((point) => point.map((x, k) => x - mean[k]!))

  const components: { direction: number[]; variance: number }[] = []
  for (const start of [[1, 0.9, 0.8], [0.8, -1, 0.9]]) {
    let direction = start
    let variance = 0
    for (let round = 0; round < ROUNDS; round++) {
      const pulled = centered.map((x) => x.map((each) => each * dot(x, direction)))
      const [, ...sum] = await allreduce([points.length, ...sumOf(pulled)])
      // What lies along the directions that were found before is taken out.
      const rest = components.reduce((v, { direction: d }) => v.map((x, k) => x - dot(v, d) * d[k]!), sum)
      const length = Math.sqrt(dot(rest, rest))
      variance = length / (n - 1)
      direction = rest.map((x) => x / length)
    }
    components.push({ direction, variance })
  }
  return { points: n, mean, components }
}
