import fc from 'fast-check'
import t from 'tap'
import { massOf, scaleOf, vectorOfSums } from '../../../../agent/consensus/ratio/scale.ts'
import {
  addVector,
  int16Bytes,
  int16sFrom,
  mergeSetup,
  newSetup,
  scaleId,
  settledScale,
} from '../../../../agent/consensus/ratio/setup.ts'
import { wordSetOf } from '../../../../agent/consensus/ratio/wordSet.ts'
import { equalVectors, sumVectors, vectorOf } from '../../../../agent/math/exactVector.ts'
import { integerAt } from '../../../../agent/math/wrapping.ts'
import { fullSet, setOf } from '../../../../agent/wire/bitset.ts'
import { anyDouble, reading } from '../../math/doubles.ts'
import { holds } from '../../math/property.ts'

const rows = fc.array(fc.array(fc.oneof(reading, anyDouble), { minLength: 2, maxLength: 2 }), {
  minLength: 1,
  maxLength: 6,
})

t.test(
  'in the agreed units everything is a whole number that fits, and sums come back',
  async (t) => {
    holds(
      t,
      fc.property(rows, (rows) => {
        const vectors = rows.map(vectorOf)
        const setup = newSetup(rows.length, 2)
        vectors.forEach((vector, i) => {
          addVector(setup, i, vector)
        })
        const scale = settledScale(setup, wordSetOf(rows.length, fullSet(rows.length)))
        if (!scale) return false
        const numbers = vectors.map((vector) => {
          const mass = massOf(scale, vector)
          return [0, 1].map((k) => integerAt(mass, k, scale.limbs) >> 40n)
        })
        const fits = numbers
          .flat()
          .every((x) => x > -(1n << BigInt(scale.bits)) && x < 1n << BigInt(scale.bits))
        const sums = [0, 1].map((k) => numbers.reduce((sum, row) => sum + (row[k] ?? 0n), 0n))
        return fits && equalVectors(vectorOfSums(scale, sums), sumVectors(vectors, 2))
      }),
    )
  },
)

const NOTHING = { isFiner: false, isWider: false }

t.test('units are settled when all who are needed were heard, in whatever order', async (t) => {
  const [one, two] = [newSetup(3, 2), newSetup(3, 2)]
  t.strictSame(addVector(one, 0, vectorOf([0.5, 0])), { isFiner: true, isWider: true })
  t.strictSame(addVector(one, 0, vectorOf([0.5, 0])), NOTHING, 'again')
  addVector(two, 2, vectorOf([3, 0]))
  const everyone = wordSetOf(3, fullSet(3))
  t.equal(settledScale(one, everyone), undefined)
  t.ok(mergeSetup(one, two.least, two.top, two.heard.bytes).isFiner)
  t.strictSame(mergeSetup(one, two.least, two.top, two.heard.bytes), NOTHING, 'again')
  mergeSetup(two, one.least, one.top, one.heard.bytes)
  t.strictSame(scaleId(one), scaleId(two))
  t.equal(settledScale(one, everyone), undefined, 'device 1 was not heard')
  // Without it: 1/2 and 3 are 1 and 6 halves, which take 3 bits; the other component is 0 everywhere.
  t.strictSame(settledScale(one, wordSetOf(3, setOf(3, [0, 2]))), scaleOf([-1, 0], 3))
  addVector(one, 1, vectorOf([0.25, 0]))
  t.notSame(scaleId(one), scaleId(two), 'finer units have another name')
})

t.test('all components 0 have units too', async (t) => {
  const setup = newSetup(1, 1)
  addVector(setup, 0, vectorOf([0]))
  t.strictSame(settledScale(setup, wordSetOf(1, fullSet(1))), { exponents: [0], bits: 1, limbs: 3 })
})

t.test('62 bits and their guard fit counters of 128 bits', async (t) => {
  t.equal(scaleOf([0], 62).limbs, 4)
  t.equal(scaleOf([0], 63).limbs, 5)
})

t.test('exponents travel as 16 bits', async (t) => {
  const numbers = Int16Array.from([1, -2, 32767])
  t.equal(Buffer.from(int16Bytes(numbers)).toString('hex'), '0100feffff7f')
  t.strictSame(int16sFrom(int16Bytes(numbers), 3), numbers)
  t.equal(int16sFrom(new Uint8Array(4), 3), undefined)
})
