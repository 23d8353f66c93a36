import type { Allreduce, Rows } from 'hypernet/program'

/** Mean of the level over all devices, and the mean distance from it: a vector of 2. */
export async function run(rows: Rows<'level'>, allreduce: Allreduce) {
  const levels = rows.flatMap(({ level }) => (level === null ? [] : [level]))
  const total = (of: (level: number) => number) => levels.reduce((sum, level) => sum + of(level), 0)
  const [n = 0, sum = 0] = await allreduce([levels.length, total((level) => level)])
  if (n === 0) return { rows: 0 }
  const mean = sum / n
  const [distance = 0] = await allreduce([total((level) => Math.abs(level - mean)), 0])
  return { rows: n, mean, distance: distance / n }
}
