import t from 'tap'
import * as z from 'zod/mini'
import { decodeRecord, encodeRecord } from '../../../agent/wire/codec.ts'
import { amountOf } from '../../../agent/wire/market.ts'
import { Standing, standingFields, standingOf } from '../../../agent/wire/standing.ts'

const read = (value: object) => standingOf(z.strictObject(standingFields()).parse(value))

t.test('what is asked of sellers travels as integers, or not at all', (t) => {
  t.equal(read({}), undefined)
  t.strictSame(read({ minScore: 0.9 }), { score: 900 })
  const both = read({ minStake: '2.5', minScore: 0.0004 })
  t.equal(both?.stake && amountOf(both.stake), 25n * 10n ** 17n)
  t.equal(both?.score, 0, 'to a thousandth')
  for (const standing of [both, { score: 1000 }])
    t.strictSame(standing && decodeRecord(Standing, encodeRecord(Standing, standing)), standing)
  t.throws(() => encodeRecord(Standing, { score: 1001 }), { code: 'BAD_MESSAGE' })
  t.end()
})
