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

/** An order that is open, and devices that bid for it. */
function opened(sellers: bigint) {
  const terms = { ...sampleTerms, sellers, replicas: 1n, price: 2n }
  const state = newSettlement({ ...place, terms: packTerms(terms) }, {}, new Uint8Array(20))
  const give = (input: SettlementInput): SettlementEffect[] => {
    const out: SettlementEffect[] = []
    step(state, input, out)
    return out
  }
  const bid = (name: string) => {
    const key = deriveKey('records', name)
    const { collateral, joinBy: deadline } = terms
    const join = { job: state.address, minPrice: 1n, collateral, deadline }
    const signature = signCompact(marketDigest(state.market, 'Join', join), key.privateKey)
    const said = { minPrice: amountBytes(1n), deadline: Number(deadline), signature }
    const label = { version: 1, job: jobId('paid'), from: nodeId(name) } as const
    const deal = { ...label, order: new Uint8Array(32), bid: said, findings: [] }
    return give({ kind: 'deal', node: label.from, key: addressOf(key.publicKey), deal })
  }
  give({ kind: 'head', number: 1, time: 1000, final: 1 })
  give({ kind: 'log', log: { name: 'JobOpened', args: {} }, block: 1 })
  return { give, bid }
}

const called = (effects: readonly SettlementEffect[]) =>
  effects.flatMap((each) => (each.kind === 'call' ? [each.call.name] : []))
const asked = (effects: readonly SettlementEffect[]) =>
  effects.flatMap((each) => (each.kind === 'record' ? [each.key] : []))

t.test(
  'the vault is asked about a bidder until it has answered, and nobody is hired before',
  (t) => {
    const { give, bid } = opened(1n)
    const told = bid('a')
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

t.test('a job fills on a chain with fast blocks and a node that answers slowly', (t) => {
  const { give, bid } = opened(100n)
  const waiting = new Set<string>()
  const hear = (effects: readonly SettlementEffect[]) => {
    for (const key of asked(effects)) waiting.add(key)
    return called(effects)
  }
  for (let i = 0; i < 100; i++) hear(bid(`n${i}`))
  const fills: string[] = []
  let look = 0
  // Four blocks a second, and 40 records in the two seconds between looks: no round of reading ends within one look.
  for (; look < 60 && fills.length === 0; look++) {
    const time = 1002 + 2 * look
    fills.push(...hear(give({ kind: 'head', number: 9 + 8 * look, time, final: 1 })))
    for (const key of [...waiting].slice(0, 40)) {
      waiting.delete(key)
      const record = { stake: 10n ** 20n, ok: 0, bad: 0 }
      fills.push(...hear(give({ kind: 'record', key, record })))
    }
  }
  t.strictSame(fills, ['fill'])
  t.equal(look, 3, 'as soon as all are read')
  t.end()
})

t.test('a round of reading that takes long reads each record once more, and no further', (t) => {
  const { give, bid } = opened(20n)
  for (let i = 0; i < 20; i++) bid(`n${i}`)
  const record = { stake: 10n ** 20n, ok: 0, bad: 0 }
  let time = 1000
  let readings = 0
  const fills: string[] = []
  let open = asked(give({ kind: 'head', number: 2, time, final: 1 }))
  // One record in two seconds: those that came first are 40 seconds old when the last comes.
  for (let number = 3; fills.length === 0 && number < 200; number++) {
    const [key = ''] = open
    time += 2
    readings++
    fills.push(...called(give({ kind: 'record', key, record })))
    open = asked(give({ kind: 'head', number, time, final: 1 }))
  }
  t.strictSame(fills, ['fill'])
  t.ok(readings <= 40, `20 bidders are read twice at most, found ${readings} readings`)
  t.end()
})
