import t from 'tap'
import { deriveKey } from '../../../../agent/io/keys.ts'
import { hexOf } from '../../../../agent/wire/hash.ts'
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

const key = deriveKey('finality', 'a')
const seller = hexOf(addressOf(key.publicKey))
const money = { paid: 2n, slashed: 0n, fee: 0n, returned: 0n, ending: 2 }

/** A settlement at block 100, of whose chain what is 10 blocks deep stays. */
function open(joined = [seller]) {
  const terms = { ...sampleTerms, sellers: BigInt(joined.length), replicas: 1n, price: 2n }
  const place = {
    chainId: 31_337,
    vault: new Uint8Array(20).fill(1),
    factory: new Uint8Array(20).fill(2),
    escrow: new Uint8Array(20).fill(3),
  }
  const state = newSettlement({ ...place, terms: packTerms(terms) }, {}, new Uint8Array(20))
  const give = (input: SettlementInput): SettlementEffect[] => {
    const out: SettlementEffect[] = []
    step(state, input, out)
    return out
  }
  const head = (number: number) =>
    give({ kind: 'head', number, time: 1000 + number, final: number - 10 })
  const log = (block: number, name: string, args: object = {}) =>
    give({ kind: 'log', log: { name, args: { ...args } }, block })
  const start = (block: number) => [
    ...log(block, 'JobOpened'),
    ...log(block, 'SellersJoined', { sellers: joined }),
    ...log(block, 'Started', { seed: `0x${'0'.repeat(64)}`, commitBy: 10_000n }),
  ]
  const { collateral, joinBy: deadline } = terms
  const digest = marketDigest(state.market, 'Join', {
    job: state.address,
    minPrice: 1n,
    collateral,
    deadline,
  })
  const signature = signCompact(digest, key.privateKey)
  const bid = { minPrice: amountBytes(1n), deadline: Number(deadline), signature }
  const label = { version: 1, job: jobId('paid'), from: nodeId('a') } as const
  const deal = { ...label, order: new Uint8Array(32), bid, findings: [] }
  give({ kind: 'deal', node: nodeId('a'), key: addressOf(key.publicKey), deal })
  head(100)
  return { give, head, log, start }
}

const kinds = (effects: readonly SettlementEffect[]) =>
  effects.flatMap(({ kind }) =>
    kind === 'hired' || kind === 'ended' || kind === 'failed' ? [kind] : [],
  )
const calls = (effects: readonly SettlementEffect[]) =>
  effects.flatMap((each) => (each.kind === 'call' ? [each.call.step] : []))
const waits = (effects: readonly SettlementEffect[]) =>
  effects.flatMap((each) => (each.kind === 'waits' ? [each.reason] : []))

t.test('devices are hired once the block that names them stays', (t) => {
  const { head, start } = open()
  t.strictSame(kinds(start(101)), [])
  t.match(waits(head(101)), [/block 101 is final, in which the contract named its sellers/])
  const later = head(110)
  t.strictSame([kinds(later), waits(later)], [[], []])
  const last = head(111)
  t.match(
    last.filter(({ kind }) => kind === 'hired'),
    [
      {
        sellers: [{ node: 'a', group: 0, place: 0 }],
        started: 10_000 - Number(sampleTerms.period),
      },
    ],
  )
  t.strictSame(waits(last), [undefined])
  t.strictSame(kinds(head(112)), [])
  t.end()
})

t.test('devices whose contract the chain took back are not hired', (t) => {
  const { give, head, start } = open()
  start(101)
  head(110)
  give({ kind: 'rewound', to: 100 })
  t.strictSame(kinds(head(140)), [])
  t.strictSame(kinds(start(139)), [], 'what was final before says nothing of it')
  t.strictSame(kinds(head(149)), ['hired'])
  t.end()
})

t.test('what is told anew counts from its own block on', (t) => {
  const { give, start, head } = open()
  head(200)
  give({ kind: 'rewound', to: 120 })
  t.strictSame(kinds(start(125)), [], 'the head of this chain was not told yet')
  t.strictSame(kinds(head(130)), [])
  t.strictSame(kinds(head(135)), ['hired'])
  t.end()
})

t.test('a contract has ended once its last block stays', (t) => {
  const { give, head, log, start } = open()
  start(101)
  head(120)
  t.strictSame(kinds(log(121, 'JobEnded', money)), [])
  t.match(waits(head(121)), [/block 121 is final, in which the contract ended/])
  give({ kind: 'rewound', to: 120 })
  t.strictSame(kinds(start(101)), [])
  t.strictSame(kinds(head(140)), [], 'the chain took it back')
  log(141, 'JobEnded', money)
  t.strictSame(kinds(head(151)), ['ended'])
  t.strictSame(head(152), [], 'it is over')
  t.end()
})

t.test('where blocks stay at once, all is told with the head', (t) => {
  const { give, log, start } = open()
  start(101)
  const now = (number: number) => give({ kind: 'head', number, time: 2000, final: number })
  t.strictSame(kinds(now(101)), ['hired'])
  log(102, 'JobEnded', money)
  t.strictSame(kinds(now(102)), ['ended'])
  const refused = open()
  refused.give({ kind: 'head', number: 101, time: 2000, final: 101 })
  const told = refused.give({ kind: 'refused', step: 'create', reason: 'no tokens', block: 101 })
  t.strictSame(kinds(told), ['failed'])
  t.strictSame(calls(told), [])
  t.end()
})

t.test('an order that is refused is tried with later blocks, and fails once that stays', (t) => {
  const { give, head } = open()
  const refuse = (step: string, block: number) =>
    give({ kind: 'refused', step, reason: 'no tokens', block })
  const first = refuse('create', 100)
  t.strictSame([kinds(first), calls(first)], [[], []])
  const next = head(101)
  t.strictSame(calls(next), ['create~1'])
  t.match(waits(next), [/refuses the order: no tokens; it is given up once block 100 is final/])
  t.strictSame(calls(refuse('create~1', 101)), [], 'not with the same block again')
  t.strictSame(calls(head(102)), ['create~2'])
  t.match(
    head(110).filter(({ kind }) => kind === 'failed'),
    [{ reason: 'no tokens' }],
  )
  t.strictSame(head(111), [], 'and is not opened any more')
  t.end()
})

t.test('an order that passes at last does not fail', (t) => {
  const { give, head, start } = open()
  give({ kind: 'refused', step: 'create', reason: 'no tokens', block: 100 })
  head(101)
  give({ kind: 'sent', step: 'create~1' })
  t.strictSame(kinds(head(111)), [])
  start(112)
  t.strictSame(kinds(head(122)), ['hired'])
  t.end()
})

t.test('a refusal that the chain took back is none', (t) => {
  const { give, head } = open()
  give({ kind: 'refused', step: 'create', reason: 'no tokens', block: 100 })
  give({ kind: 'rewound', to: 100 })
  t.strictSame(kinds(head(109)), [])
  t.strictSame(kinds(head(110)), ['failed'], 'its block has stayed')
  const other = open()
  other.give({ kind: 'refused', step: 'create', reason: 'no tokens', block: 100 })
  other.give({ kind: 'rewound', to: 99 })
  t.strictSame(kinds(other.head(120)), [])
  t.end()
})

t.test('an order that was taken back is not opened', (t) => {
  const { give, head } = open()
  const told = give({ kind: 'cancel' })
  t.strictSame(calls(told), [])
  t.ok(told.some(({ kind }) => kind === 'withdraw'))
  t.strictSame(calls(head(101)), [])
  t.end()
})

t.test('nothing follows from a contract that is told anew until all of it was', (t) => {
  const { give, head, start, log } = open()
  start(101)
  head(120)
  const quiet = (input: SettlementInput) => t.strictSame(give(input), [])
  quiet({ kind: 'rewound', to: 100 })
  quiet({ kind: 'cancel' })
  t.strictSame(log(101, 'JobOpened'), [])
  t.strictSame(log(101, 'SellersJoined', { sellers: [seller] }), [])
  t.strictSame(start(101), [])
  const told = head(121)
  t.notOk(told.some(({ kind }) => kind === 'withdraw'))
  t.strictSame(calls(told), ['stop'])
  t.end()
})

t.test('a hired seller that is not heard again after a restart keeps nobody from working', (t) => {
  const [other, silent] = ['b', 'c'].map((name) =>
    hexOf(addressOf(deriveKey('finality', name).publicKey)),
  ) as [typeof seller, typeof seller]
  const { give, start } = open([silent, seller, other])
  start(101)
  const patience = Number(sampleTerms.window) / 8
  const at = (after: number) => give({ kind: 'head', number: 120, time: 1100 + after, final: 110 })
  const told = at(0)
  t.strictSame(kinds(told), [])
  t.match(
    told.filter(({ kind }) => kind === 'names'),
    [{ keys: [silent, other] }],
    'who are pinned to these keys',
  )
  t.match(waits(told), ['waits to hear of 2 devices that the contract hired'])
  const nodes = new Map([[other, nodeId('b')]])
  t.strictSame(kinds(give({ kind: 'names', nodes })), [], 'one may still come')
  t.strictSame(kinds(at(patience - 1)), [])
  const last = at(patience)
  t.match(
    last.filter(({ kind }) => kind === 'hired'),
    [
      {
        sellers: [
          { node: 'a', place: 1 },
          { node: 'b', place: 2 },
        ],
      },
    ],
    'each with its place in the contract',
  )
  t.match(
    last.filter(({ kind }) => kind === 'note'),
    [{ message: new RegExp(`^1 device .* is known here by no name.*: ${silent}$`) }],
  )
  t.strictSame([kinds(at(patience + 1)), waits(at(patience + 1))], [[], []])
  t.end()
})

t.test('all hired sellers whose keys are pinned are called at once after a restart', (t) => {
  const other = hexOf(addressOf(deriveKey('finality', 'b').publicKey))
  const { give, head, start } = open([seller, other])
  start(101)
  t.strictSame(kinds(head(111)), [])
  const told = give({ kind: 'names', nodes: new Map([[other, nodeId('b')]]) })
  t.match(
    told.filter(({ kind }) => kind === 'hired'),
    [{ sellers: [{ node: 'a' }, { node: 'b' }] }],
  )
  t.end()
})
