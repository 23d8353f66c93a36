import t from 'tap'
import { packTerms } from '../../../../agent/wire/market.ts'
import type {
  SettlementEffect,
  SettlementInput,
} from '../../../../controller/core/settlement/seam.ts'
import { step } from '../../../../controller/core/settlement/settlement.ts'
import { newSettlement } from '../../../../controller/core/settlement/state.ts'
import { sampleOffer } from '../../../../docs/generator/marketRecords.ts'
import { sampleTerms } from '../../../../docs/generator/marketSamples.ts'

function givenUp() {
  const offer = { ...sampleOffer, terms: packTerms({ ...sampleTerms, joinBy: 2000n }) }
  const state = newSettlement(offer, {}, new Uint8Array(20))
  const give = (input: SettlementInput): string[] => {
    const out: SettlementEffect[] = []
    step(state, input, out)
    return out.map((each) => (each.kind === 'call' ? each.call.step : each.kind))
  }
  const head = (number: number, time: number, final = number) =>
    give({ kind: 'head', number, time, final })
  head(1, 1000)
  give({ kind: 'giveUp' })
  return {
    give,
    head,
    opened: () => give({ kind: 'log', log: { name: 'JobOpened', args: {} }, block: 2 }),
  }
}

t.test('an order that was given up is cancelled where somebody opens it', (t) => {
  const { give, head, opened } = givenUp()
  t.strictSame(head(2, 1001), [])
  t.strictSame(opened(), ['note', 'cancel'])
  t.strictSame(head(3, 1002), ['cancel'], 'told once, wanted until it is done')
  give({ kind: 'rewound', to: 1 })
  t.strictSame(head(4, 1003), [])
  const money = { paid: 0n, slashed: 0n, fee: 0n, returned: 1n, ending: 1 }
  opened()
  give({ kind: 'log', log: { name: 'JobEnded', args: money }, block: 5 })
  t.strictSame(head(5, 1004), ['ended'])
  t.end()
})

t.test('it is forgotten once its places are closed for good, and the past was read', (t) => {
  const { head } = givenUp()
  t.strictSame(head(2, 2000), [], 'the last second counts')
  t.strictSame(head(3, 2001), [])
  t.strictSame(head(4, 2002), [])
  t.strictSame(head(5, 2003, 2), [], 'the first block after it may go')
  t.strictSame(head(6, 2004, 3), ['unopened'])
  t.end()
})
