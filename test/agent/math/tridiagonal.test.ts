import t from 'tap'
import { randomStream } from '../../../agent/math/random.ts'
import { leastPair, negated } from '../../../agent/math/tridiagonal.ts'
import { eigenvalues } from './slowEigenvalues.ts'

t.test(
  'second differences have the known ends: 2 - 2 cos(pi/(n+1)), with sines as vectors',
  async (t) => {
    for (const n of [1, 2, 5, 40]) {
      const matrix = {
        diagonal: new Array<number>(n).fill(2),
        off: new Array<number>(n - 1).fill(-1),
      }
      const angle = Math.PI / (n + 1)
      const entry = Math.sin(n * angle) * Math.sqrt(2 / (n + 1))
      const least = leastPair(matrix, 4)
      t.ok(Math.abs(least.value - (2 - 2 * Math.cos(angle))) < 1e-14, `least of ${n}`)
      t.ok(Math.abs(least.last - entry) < 1e-10, `last entry ${least.last} of ${entry}`)
      const greatest = leastPair(negated(matrix), 4)
      t.ok(Math.abs(-greatest.value - (2 + 2 * Math.cos(angle))) < 1e-14, `greatest of ${n}`)
    }
  },
)

t.test('random matrices agree with rotations', async (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = randomStream(seed)
    const n = 2 + random.below(20)
    const diagonal = Array.from({ length: n }, () => random.fraction() - 0.5)
    const off = Array.from({ length: n - 1 }, () => random.fraction() - 0.5)
    const whole = diagonal.map((entry, i) =>
      diagonal.map((_, j) =>
        i === j ? entry : Math.abs(i - j) === 1 ? (off[Math.min(i, j)] ?? 0) : 0,
      ),
    )
    const { value } = leastPair({ diagonal, off }, 2)
    t.ok(Math.abs(value - (eigenvalues(whole)[0] ?? 0)) < 1e-13, `seed ${seed}`)
  }
})

t.test('an eigenvector that lives elsewhere has a last entry of zero', async (t) => {
  const { value, last } = leastPair({ diagonal: [-1, 3, 4], off: [0, 1] }, 5)
  t.ok(Math.abs(value + 1) < 1e-15)
  t.equal(last, 0)
})
