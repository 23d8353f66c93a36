import t from 'tap'
import { newDice, streams } from '../../../controller/sim/random.ts'

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
  const dice = streams(1)('even')
  const n = 60_000
  const tally = new Array<number>(6).fill(0)
  let sum = 0
  for (let i = 0; i < n; i++) {
    const die = dice.below(6)
    tally[die] = (tally[die] ?? 0) + 1
    const f = dice.fraction()
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
  const one = newDice(2)
  const two = newDice(2)
  t.equal(one.chance(0), false)
  t.equal(one.chance(1), true)
  t.equal(one.word(), two.word())
  t.end()
})

t.test('meets a chance as often as it says', (t) => {
  const dice = newDice(5)
  let met = 0
  for (let i = 0; i < 20_000; i++) if (dice.chance(0.3)) met++
  // Standard error sqrt(0.21/20000) = 0.0032; 5 of them.
  t.ok(Math.abs(met / 20_000 - 0.3) < 0.016, `${met} of 20000`)
  t.end()
})

t.test('shuffles into every order and keeps the items', (t) => {
  const dice = newDice(3)
  const orders = new Set<string>()
  for (let i = 0; i < 400; i++) orders.add(dice.shuffle(['a', 'b', 'c', 'd']).join(''))
  t.equal(orders.size, 24)
  t.ok(['a', 'b'].includes(dice.pick(['a', 'b'])))
  t.end()
})
