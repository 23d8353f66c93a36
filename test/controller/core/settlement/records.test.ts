import t from 'tap'
import { deriveKey } from '../../../../agent/io/keys.ts'
import { jobId, nodeId } from '../../../../agent/wire/ids.ts'
import { amountBytes, marketDigest, packTerms } from '../../../../agent/wire/market.ts'
import { addressOf } from '../../../../agent/wire/signature.ts'
import { signCompact } from '../../../../agent/wire/typedData.ts'
import type {
  SettlementEffect,
  SettlementInput,
} from '../../../../controller/core/settlement/seam.ts'
import { step } from '../../../../controller/core/settlement/settlement.ts'
import { newSettlement } from '../../../../controller/core/settlement/state.ts'
import { sampleTerms } from '../../../../docs/generator/marketSamples.ts'

const place = {
  chainId: 31_337,
  vault: new Uint8Array(20).fill(1),
  factory: new Uint8Array(20).fill(2),
  escrow: new Uint8Array(20).fill(3),
}

t.test(
  'the vault is asked about a bidder until it has answered, and nobody is hired before',
  (t) => {
    const terms = { ...sampleTerms, sellers: 1n, price: 2n }
    const state = newSettlement({ ...place, terms: packTerms(terms) }, {}, new Uint8Array(20))
    const key = deriveKey('records', 'a')
    const give = (input: SettlementInput): SettlementEffect[] => {
      const out: SettlementEffect[] = []
      step(state, input, out)
      return out
    }
    const called = (effects: readonly SettlementEffect[]) =>
      effects.flatMap((each) => (each.kind === 'call' ? [each.call.name] : []))
    const asked = (effects: readonly SettlementEffect[]) =>
      effects.flatMap((each) => (each.kind === 'record' ? [each.key] : []))
    give({ kind: 'head', number: 1, time: 1000, final: 1 })
    give({ kind: 'log', log: { name: 'JobOpened', args: {} }, block: 1 })
    const { address: job, market } = state
    const { collateral, joinBy: deadline } = terms
    const digest = marketDigest(market, 'Join', { job, minPrice: 1n, collateral, deadline })
    const signature = signCompact(digest, key.privateKey)
    const bid = { minPrice: amountBytes(1n), deadline: Number(deadline), signature }
    const label = { version: 1, job: jobId('paid'), from: nodeId('a') } as const
    const deal = { ...label, order: new Uint8Array(32), bid, findings: [] }
    const told = give({ kind: 'deal', node: nodeId('a'), key: addressOf(key.publicKey), deal })
    const [name = ''] = asked(told)
    t.match(name, /^0x[0-9a-f]{40}$/)
    const later = give({ kind: 'head', number: 1, time: 1010, final: 1 })
    t.strictSame(asked(later), [name], 'it did not answer')
    t.strictSame(
      called(later),
      [],
      'the bid is old enough, but who else it competes with is not known',
    )
    const known = give({ kind: 'record', key: name, record: { stake: 1n, ok: 0, bad: 0 } })
    t.strictSame(asked(known), [])
    t.strictSame(called(known), ['fill'])
    // It was passed over, or the filling was refused, and rests; by then it may have taken all back.
    give({ kind: 'refused', step: 'fill/0.0', reason: 'a glitch', block: 1 })
    const old = give({ kind: 'head', number: 100, time: 2000, final: 1 })
    t.strictSame([called(old), asked(old)], [[], [name]], 'what is old is read again')
    const fresh = give({ kind: 'record', key: name, record: { stake: 0n, ok: 0, bad: 0 } })
    t.strictSame([called(fresh), asked(fresh)], [['fill'], []])
    t.match(
      known.find(({ kind }) => kind === 'offered'),
      { devices: 1, places: 1, below: 0, dear: 0, busy: 0 },
    )
    t.end()
  },
)
