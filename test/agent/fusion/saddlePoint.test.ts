import t from 'tap'
import { betaTerm, gammaTerm } from '../../../agent/fusion/saddlePoint.ts'

const near = (found: number, wanted: number): boolean =>
  Math.abs(found - wanted) <= 1e-13 * Math.abs(wanted)

t.test('the gamma term is x^a e^-x / a!', async (t) => {
  let factorial = 1
  for (let a = 1; a <= 30; a++) {
    factorial *= a
    for (const x of [0.5, 1, a, a * 1.01, a + 7]) {
      t.ok(near(gammaTerm(a, x), (x ** a * Math.exp(-x)) / factorial), `${a}, ${x}`)
    }
  }
  // Γ(3/2) = √π / 2.
  t.ok(near(gammaTerm(0.5, 2), (Math.SQRT2 * Math.exp(-2)) / (Math.sqrt(Math.PI) / 2)))
})

t.test('at its peak the gamma term follows the series of Stirling', async (t) => {
  // a^a e^-a / a! = 1 / √(2πa) (1 - 1/(12 a) + 1/(288 a²) + ...), DLMF 5.11.3.
  for (const a of [1e4, 1e6, 1e9]) {
    const wanted = (1 - 1 / (12 * a) + 1 / (288 * a * a)) / Math.sqrt(2 * Math.PI * a)
    t.ok(near(gammaTerm(a, a), wanted), `${a}`)
  }
})

t.test('the beta term is x^a y^b / B(a, b)', async (t) => {
  const binomial = (n: number, k: number): number =>
    k === 0 ? 1 : (binomial(n - 1, k - 1) * n) / k
  for (const [a, b] of [
    [1, 1],
    [2, 5],
    [7, 3],
    [20, 20],
  ] as const) {
    // 1 / B(a, b) = a b / (a + b) (a + b choose a).
    const scale = ((a * b) / (a + b)) * binomial(a + b, a)
    for (const x of [0.01, 0.3, 0.5, 0.99]) {
      t.ok(near(betaTerm(a, b, x, 1 - x), scale * x ** a * (1 - x) ** b), `${a}, ${b}, ${x}`)
    }
  }
  t.ok(near(betaTerm(0.5, 0.5, 0.25, 0.75), Math.sqrt(0.1875) / Math.PI), 'B(1/2, 1/2) = π')
})
