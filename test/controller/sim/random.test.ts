import t from 'tap'
import { randomStream, streams } from '../../../controller/sim/random.ts'

t.test('gives the numbers of the reference implementation of xoshiro128**', (t) => {
  // State {1, 2, 3, 4} in xoshiro128starstar.c 1.1; the same list is the test of the crate rand_xoshiro.
  const state = new Uint8Array([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0])
  const stream = randomStream(state)
  t.strictSame(
    Array.from({ length: 10 }, () => stream.word()),
    [
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
      4258142804,
    ],
  )
  t.end()
})

t.test('does not stay at zero when its state is all zero', (t) => {
  const stream = randomStream(new Uint8Array(16))
  t.ok(Array.from({ length: 8 }, () => stream.word()).some((word) => word !== 0))
  t.end()
})

t.test('gives a name the same stream however many others were asked for', (t) => {
  const alone = streams(7)('network')
  const among = streams(7)
  among('crash').word()
  among('clock').word()
  const network = among('network')
  among('agent/3').word()
  for (let i = 0; i < 20; i++) t.equal(network.word(), alone.word())
  t.end()
})

t.test('gives other seeds and other names other streams', (t) => {
  const first = (seed: number, name: string) => streams(seed)(name).word()
  const seen = new Set<number>()
  for (let seed = 0; seed < 50; seed++)
    for (const name of ['network', 'crash', 'agent/1', 'agent/11']) seen.add(first(seed, name))
  t.equal(seen.size, 200, 'no two of 200 first words are equal (chance of one pair: 5e-6)')
  t.end()
})

t.test('draws fractions and bounded integers evenly', (t) => {
  const stream = streams(1)('even')
  const n = 60_000
  const tally = new Array<number>(6).fill(0)
  let sum = 0
  for (let i = 0; i < n; i++) {
    const die = stream.below(6)
    tally[die] = (tally[die] ?? 0) + 1
    const f = stream.fraction()
    if (f < 0 || f >= 1) t.fail(`fraction ${f}`)
    sum += f
  }
  // Chi-square with 5 degrees of freedom: 20.5 is the 0.999 quantile (NIST handbook, table 1.3.6.7.4).
  const chi = tally.reduce((x, count) => x + (count - n / 6) ** 2 / (n / 6), 0)
  t.ok(chi < 20.5, `chi-square ${chi}`)
  // Standard error of the mean of n uniforms: sqrt(1/12/n) = 0.0012; 5 of them.
  t.ok(Math.abs(sum / n - 0.5) < 0.006, `mean ${sum / n}`)
  t.end()
})

t.test('takes no draw for a chance that is certain', (t) => {
  const one = streams(2)('chance')
  const two = streams(2)('chance')
  t.equal(one.chance(0), false)
  t.equal(one.chance(1), true)
  t.equal(one.word(), two.word())
  t.end()
})

t.test('shuffles into every order', (t) => {
  const stream = streams(3)('shuffle')
  const orders = new Set<string>()
  for (let i = 0; i < 400; i++) orders.add(stream.shuffle(['a', 'b', 'c', 'd']).join(''))
  t.equal(orders.size, 24)
  t.end()
})
