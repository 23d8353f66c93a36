import t from 'tap'
import { leftoverFacts } from '../../../../controller/cli/demo/books.ts'

const ETHER = 10n ** 18n

t.test('says that collateral is back and the escrow empty, or what is not', async (t) => {
  const market = { sellers: 155, slashed: '0.0' }
  t.strictSame(leftoverFacts({ inEscrows: 0n, locked: 0n }, market), [
    ['collateral', 'returned to all 155 sellers'],
    ['escrow', 'empty'],
  ])
  t.match(leftoverFacts({ inEscrows: 0n, locked: 0n }, { sellers: 1, slashed: '0.5' }), [
    ['collateral', 'returned to its seller, but for 0.5 slashed'],
    [],
  ])
  t.strictSame(leftoverFacts({ inEscrows: 2n * ETHER, locked: 3n * ETHER }, market), [
    ['collateral', '3.0 HYPER still locked'],
    ['escrow', '2.0 HYPER left in it'],
  ])
})
