import type { Allreduce, Rows } from 'hypernet/program'

/**
 * The chance of `alarm` (0 or 1) from `temp` and `hum`, by Newton's method: McCullagh & Nelder,
 * "Generalized Linear Models", 1989, section 4.4. Vectors of 10: gradient, upper triangle of the
 * information, log likelihood.
 */
const STEPS = 10
const PAIRS = [[0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 2]] as const

export async function run(rows: Rows<'temp' | 'hum' | 'alarm'>, allreduce: Allreduce) {
  let weights = [0, 0, 0]
  let logLikelihood = 0
  for (let step = 0; step < STEPS; step++) {
    const own = new Array<number>(10).fill(0)
    for (const { temp, hum, alarm } of rows) {
      if (temp === null || hum === null || alarm === null) continue
      const x = [1, temp, hum]
      const score = x.reduce((sum, each, k) => sum + each * weights[k]!, 0)
      const chance = 1 / (1 + Math.exp(-score))
      x.forEach((each, k) => (own[k]! += each * (alarm - chance)))
      PAIRS.forEach(([i, j], k) => (own[3 + k]! += x[i]! * x[j]! * chance * (1 - chance)))
      own[9]! -= Math.log1p(Math.exp(alarm === 1 ? -score : score))
    }
    const sums = await allreduce(own)
    logLikelihood = sums[9]!
    const change = solve(sums.slice(3, 9), sums.slice(0, 3))
    weights = weights.map((w, k) => w + change[k]!)
  }
  return { intercept: weights[0]!, temp: weights[1]!, hum: weights[2]!, logLikelihood }
}

/** Solves a symmetric system of three by Cramer's rule. */
function solve([a, b, c, d, e, f]: number[], [p, q, r]: number[]): number[] {
  const [A, B, C] = [d! * f! - e! * e!, c! * e! - b! * f!, b! * e! - c! * d!]
  const [D, E, F] = [a! * f! - c! * c!, b! * c! - a! * e!, a! * d! - b! * b!]
  const determinant = a! * A + b! * B + c! * C
  const inverse = [[A, B, C], [B, D, E], [C, E, F]]
  return inverse.map(([x, y, z]) => (x! * p! + y! * q! + z! * r!) / determinant)
}
