import t from 'tap'
import { randomStream } from '../../../agent/math/random.ts'
import * as bits from '../../../agent/wire/bitset.ts'

t.test('puts bit i into byte i >> 3, least significant first', async (t) => {
  t.strictSame(bits.setOf(12, [0, 3, 8, 11]), Uint8Array.of(0b00001001, 0b00001001))
  t.strictSame(bits.fullSet(12), Uint8Array.of(255, 15))
  t.strictSame(bits.fullSet(16), Uint8Array.of(255, 255))
  t.strictSame(bits.emptySet(17), new Uint8Array(3))
})

t.test('does what sets of numbers do', async (t) => {
  const random = randomStream(3)
  for (let run = 0; run < 200; run++) {
    const size = 1 + random.below(40)
    const draw = () => new Set(Array.from({ length: random.below(20) }, () => random.below(size)))
    const [a, b] = [draw(), draw()]
    const [x, y] = [bits.setOf(size, a), bits.setOf(size, b)]
    const sorted = (set: Set<number>) => [...set].sort((p, q) => p - q)
    t.strictSame(bits.members(x), sorted(a))
    t.equal(bits.count(x), a.size)
    t.equal(bits.isEmpty(x), a.size === 0)
    t.strictSame(bits.members(bits.union(x, y)), sorted(a.union(b)))
    t.strictSame(bits.members(bits.minus(x, y)), sorted(a.difference(b)))
    t.equal(bits.includesAll(x, y), b.isSubsetOf(a))
    for (let i = 0; i < size; i++) t.equal(bits.has(x, i), a.has(i))
    const grown = x.slice()
    t.equal(bits.addAll(grown, y), !b.isSubsetOf(a))
    t.strictSame(grown, bits.union(x, y))
    const i = random.below(size)
    bits.add(grown, i)
    t.ok(bits.has(grown, i))
    bits.remove(grown, i)
    t.notOk(bits.has(grown, i))
  }
})

t.test('refuses sets from the network that do not fit the roster', async (t) => {
  const bad = { name: 'HypernetError', code: 'BAD_MESSAGE' }
  t.strictSame(bits.checkedSet(Uint8Array.of(255, 15), 12), Uint8Array.of(255, 15))
  t.strictSame(bits.checkedSet(Uint8Array.of(255), 8), Uint8Array.of(255))
  t.throws(() => bits.checkedSet(Uint8Array.of(255, 16), 12), bad, 'a device beyond the roster')
  t.throws(() => bits.checkedSet(Uint8Array.of(255), 12), bad)
  t.throws(() => bits.checkedSet(Uint8Array.of(0, 0, 0), 12), bad)
})
