import fc from 'fast-check'
import t from 'tap'
import {
  addDifference,
  addMultiple,
  dividedBy,
  integerAt,
  readWrapping,
  wrappingBytes,
  wrappingOf,
} from '../../../agent/math/wrapping.ts'
import { holds } from './property.ts'

/** The slow obvious version of everything here: BigInt, wrapped at the end. */
const wrap = (limbs: number, x: bigint): bigint => BigInt.asIntN(32 * limbs, x)
const limbs = fc.integer({ min: 1, max: 7 })
const edges = [0n, 1n, -1n, 2n ** 31n, 2n ** 32n - 1n, -(2n ** 63n), 2n ** 64n, 2n ** 223n, 9n, -9n]
const integer = fc.oneof(
  fc.constantFrom(...edges),
  fc.bigInt({ min: -(2n ** 240n), max: 2n ** 240n }),
)
const triples = fc.array(fc.tuple(integer, integer, integer), { minLength: 1, maxLength: 4 })
const all = (limbs: number, vector: Uint32Array): bigint[] =>
  Array.from({ length: vector.length / limbs }, (_, k) => integerAt(vector, k, limbs))

t.test('an integer is kept modulo a power of two, as signed', async (t) => {
  holds(
    t,
    fc.property(limbs, fc.array(integer, { maxLength: 4 }), (limbs, integers) => {
      const kept = all(limbs, wrappingOf(integers, limbs))
      return integers.every((x, k) => kept[k] === wrap(limbs, x)) && kept.length === integers.length
    }),
  )
})

t.test('differences are added as whole numbers are, component by component', async (t) => {
  holds(
    t,
    fc.property(limbs, triples, (limbs, rows) => {
      const of = (i: 0 | 1 | 2) =>
        wrappingOf(
          rows.map((row) => row[i]),
          limbs,
        )
      const target = of(0)
      addDifference(target, of(1), of(2), limbs)
      return all(limbs, target).every((sum, k) => {
        const [x, plus, minus] = rows[k] ?? [0n, 0n, 0n]
        return sum === wrap(limbs, x + plus - minus)
      })
    }),
  )
})

t.test('multiples are added as whole numbers are', async (t) => {
  const factor = fc.integer({ min: -(2 ** 20), max: 2 ** 20 })
  holds(
    t,
    fc.property(limbs, triples, factor, (limbs, rows, factor) => {
      const target = wrappingOf(
        rows.map((row) => row[0]),
        limbs,
      )
      addMultiple(
        target,
        wrappingOf(
          rows.map((row) => row[1]),
          limbs,
        ),
        factor,
        limbs,
      )
      return all(limbs, target).every((sum, k) => {
        const [x, of] = rows[k] ?? [0n, 0n]
        return sum === wrap(limbs, x + BigInt(factor) * wrap(limbs, of))
      })
    }),
  )
})

t.test('quotients are rounded down, those of negative numbers too', async (t) => {
  const divisor = fc.oneof(fc.integer({ min: 1, max: 2 ** 20 }), fc.constantFrom(1, 9, 2 ** 20))
  holds(
    t,
    fc.property(
      limbs,
      fc.array(integer, { minLength: 1, maxLength: 4 }),
      divisor,
      (limbs, xs, by) => {
        const quotients = all(limbs, dividedBy(wrappingOf(xs, limbs), by, limbs))
        return xs.every((x, k) => {
          const rest = wrap(limbs, x) - BigInt(by) * (quotients[k] ?? 0n)
          return rest >= 0n && rest < BigInt(by)
        })
      },
    ),
  )
})

t.test('bytes are little endian and read back; others of another length are not', async (t) => {
  const vector = wrappingOf([1n, -2n], 2)
  const bytes = wrappingBytes(vector)
  t.equal(Buffer.from(bytes).toString('hex'), `0100000000000000${'feffffffffffffff'}`)
  const read = new Uint32Array(4)
  // As it arrives: at an odd address within a message.
  const message = new Uint8Array(bytes.length + 1)
  message.set(bytes, 1)
  t.ok(readWrapping(message.subarray(1), read))
  t.strictSame(read, vector)
  t.notOk(readWrapping(message, read), 'a byte too many')
})
