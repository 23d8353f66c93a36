import t from 'tap'
import {
  coinsText,
  feesFor,
  gweiText,
  raisedFees,
  weiOf,
} from '../../../../controller/io/chain/fees.ts'

t.test('fees last for a base fee that doubles, within the bound', async (t) => {
  t.strictSame(feesFor(10n, 2n, 100n), { most: 22n, tip: 2n })
  t.strictSame(feesFor(60n, 2n, 100n), { most: 100n, tip: 2n })
  t.strictSame(feesFor(1n, 500n, 100n), { most: 100n, tip: 100n }, 'a nonsense tip is bounded')
  t.strictSame(feesFor(99n, 0n, 100n), { most: 100n, tip: 0n })
  t.equal(feesFor(100n, 0n, 100n), undefined, 'nothing would be left for the tip')
})

t.test('a replacement pays 12.5 % more in both numbers, or what is asked now', async (t) => {
  t.strictSame(raisedFees({ most: 80n, tip: 8n }, { most: 1n, tip: 1n }, 100n), {
    most: 90n,
    tip: 9n,
  })
  t.strictSame(raisedFees({ most: 81n, tip: 1n }, { most: 1n, tip: 1n }, 100n), {
    most: 92n,
    tip: 2n,
  })
  t.strictSame(raisedFees({ most: 8n, tip: 0n }, { most: 50n, tip: 5n }, 100n), {
    most: 50n,
    tip: 5n,
  })
  t.equal(raisedFees({ most: 89n, tip: 1n }, { most: 1n, tip: 1n }, 100n), undefined)
})

t.test('gwei and wei', async (t) => {
  t.equal(weiOf(0.5), 500_000_000n)
  t.equal(weiOf(100), 100_000_000_000n)
  t.equal(gweiText(1_234_567_890n), '1.234 gwei')
})

t.test('coins are shown rounded up, so that what is asked for is enough', (t) => {
  const coin = 10n ** 18n
  for (const [wei, text] of [
    [0n, '0'],
    [1n, '0.0001'],
    [coin, '1'],
    [coin + 1n, '1.0001'],
    [25n * 10n ** 17n, '2.5'],
  ] as const)
    t.equal(coinsText(wei), text)
  t.end()
})
