import t from 'tap'
import { type SymmetricOperator, spectrumEnds } from '../../../agent/math/lanczos.ts'
import { randomStream } from '../../../agent/math/random.ts'

/** A diagonal matrix, of which the first unit vector is left out. */
const diagonal = (entries: readonly number[]): SymmetricOperator => ({
  order: entries.length,
  norm: Math.max(...entries.map(Math.abs)),
  known: Float64Array.from(entries, (_, i) => Number(i === 0)),
  apply(x, out) {
    entries.forEach((entry, i) => {
      out[i] = entry * (x[i] ?? 0)
    })
  },
})

t.test('the ends of a spectrum are found, the known eigenvector left out', async (t) => {
  const entries = [9, ...Array.from({ length: 500 }, (_, i) => -3 + i / 100)]
  const found = spectrumEnds(diagonal(entries), randomStream(1))
  t.ok(Math.abs(found.least + 3) < 1e-9, `least ${found.least}`)
  t.ok(Math.abs(found.greatest - 1.99) < 1e-9, `greatest ${found.greatest}`)
  t.ok(found.error < 1e-9)
})

t.test('a single eigenvalue beside the known one ends at once', async (t) => {
  const found = spectrumEnds(diagonal([5, 2, 2, 2]), randomStream(1))
  t.ok(Math.abs(found.least - 2) < 1e-14)
  t.ok(Math.abs(found.greatest - 2) < 1e-14)
})

t.test('with too few steps the error says how far an eigenvalue may be', async (t) => {
  const entries = Array.from({ length: 400 }, (_, i) => i / 400)
  const found = spectrumEnds(diagonal(entries), randomStream(1), 10)
  t.ok(found.error > 1e-6, `error ${found.error}`)
  for (const end of [found.least, found.greatest]) {
    const nearest = Math.min(...entries.map((entry) => Math.abs(entry - end)))
    t.ok(nearest <= found.error, `${end} is ${nearest} from an eigenvalue`)
  }
})

t.test('nothing is orthogonal to the known vector of order one', async (t) => {
  t.strictSame(spectrumEnds(diagonal([4]), randomStream(1)), { least: 0, greatest: 0, error: 0 })
})
