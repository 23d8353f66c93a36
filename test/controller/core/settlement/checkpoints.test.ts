import t from 'tap'
import { deriveKey } from '../../../../agent/io/keys.ts'
import { hexOf } from '../../../../agent/wire/hash.ts'
import { jobId, nodeId } from '../../../../agent/wire/ids.ts'
import { chainOfWords, marketDigest, packTerms } from '../../../../agent/wire/market.ts'
import type { Finding } from '../../../../agent/wire/marketMessages.ts'
import { addressOf } from '../../../../agent/wire/signature.ts'
import { signCompact } from '../../../../agent/wire/typedData.ts'
import type {
  Call,
  SettlementEffect,
  SettlementInput,
} from '../../../../controller/core/settlement/seam.ts'
import { step } from '../../../../controller/core/settlement/settlement.ts'
import { newSettlement, pair } from '../../../../controller/core/settlement/state.ts'
import { sampleTerms } from '../../../../docs/generator/marketSamples.ts'

const place = {
  chainId: 31_337,
  vault: new Uint8Array(20).fill(1),
  factory: new Uint8Array(20).fill(2),
  escrow: new Uint8Array(20).fill(3),
}
const NAMED = new Uint8Array(20).fill(4)
const WINDOW = 120
const COMMIT_BY = 10_000
const sellers = ['a', 'b', 'c'].map((name) => {
  const { privateKey, publicKey } = deriveKey('checkpoints', name)
  return { node: nodeId(name), privateKey, key: addressOf(publicKey) }
})
type Seller = (typeof sellers)[number]
const addresses = sellers.map(({ key }) => hexOf(key))
const [a, b, c] = sellers as [Seller, Seller, Seller]

/** A relay that watches the first checkpoint of three sellers. @param relay its account */
function watching(relay = NAMED, change: Partial<typeof sampleTerms> = {}) {
  const terms = { ...sampleTerms, sellers: 3n, replicas: 1n, relay: NAMED, ...change }
  const state = newSettlement({ ...place, terms: packTerms(terms) }, {}, relay)
  const give = (input: SettlementInput): SettlementEffect[] => {
    const out: SettlementEffect[] = []
    step(state, input, out)
    return out
  }
  const log = (name: string, args: Record<string, unknown>) =>
    give({ kind: 'log', log: { name, args }, block: 1 })
  log('JobOpened', {})
  log('SellersJoined', { sellers: addresses })
  log('Filled', { fillBlock: 1 })
  log('Started', { seed: `0x${'00'.repeat(32)}`, commitBy: COMMIT_BY })
  let number = 1
  /** @param before seconds before the checkpoint's time */
  const at = (before: number) =>
    give({ kind: 'head', number: ++number, time: COMMIT_BY - before, final: number })
  const boundBy = (who: Seller, fill: number, by = who): Finding => {
    const commitment = new Uint8Array(32).fill(fill)
    const message = { job: state.address, index: 0n, commitment }
    const commit = signCompact(marketDigest(state.market, 'Commit', message), by.privateKey)
    return { index: 0, commitment, commit }
  }
  const hear = ({ node, key }: Seller, finding: Finding) => {
    const label = { version: 1, job: jobId('paid'), from: node } as const
    const deal = { ...label, order: new Uint8Array(32), findings: [finding] }
    return give({ kind: 'deal', node, key, deal })
  }
  const list = (...fills: number[]) => fills.map((fill) => new Uint8Array(32).fill(fill))
  return { state, give, log, at, boundBy, hear, list }
}

const bytes = (i: number): Uint8Array => new Uint8Array(32).fill(i >> 8, 0, 16)

const callsIn = (effects: readonly SettlementEffect[]): Call[] =>
  effects.flatMap((each) => (each.kind === 'call' ? [each.call] : []))
const steps = (effects: readonly SettlementEffect[]) => callsIn(effects).map((each) => each.step)

t.test('with a silent seller the named relay anchors in its own half of the window', async (t) => {
  const { at, hear, boundBy } = watching()
  at(WINDOW)
  hear(a, boundBy(a, 1))
  hear(b, boundBy(b, 2))
  t.strictSame(steps(at((WINDOW * 5) / 8 + 1)), [], 'the slow have time')
  t.strictSame(steps(at((WINDOW * 5) / 8)), ['anchor/0'])
})

t.test('another relay leaves the named one time', async (t) => {
  for (const relay of [NAMED, new Uint8Array(20)]) {
    const { at, hear, boundBy } = watching(new Uint8Array(20).fill(9), { relay })
    at(WINDOW)
    hear(a, boundBy(a, 1))
    t.strictSame(steps(at(WINDOW / 4 + 1)), [])
    t.strictSame(steps(at(WINDOW / 4)), ['anchor/0'])
  }
})

t.test('a relay that comes late waits for all that is retained before it anchors', async (t) => {
  const { at, hear, boundBy, state } = watching()
  const told = (effects: readonly SettlementEffect[]) =>
    effects.flatMap((each) =>
      each.kind === 'list' ? [each.commitments.map(([first]) => first)] : [],
    )
  at(20)
  t.strictSame(told(hear(a, boundBy(a, 1))), [], 'the last moment, but others follow')
  t.strictSame(told(hear(b, boundBy(b, 2))), [])
  t.strictSame(told(hear(c, boundBy(c, 3))), [[1, 2, 3]], 'all are there')
  t.equal(state.listening?.since, COMMIT_BY - 20)
  const partial = watching()
  partial.at(20)
  partial.hear(a, partial.boundBy(a, 1))
  partial.hear(b, partial.boundBy(b, 2))
  t.strictSame(steps(partial.at(20 - WINDOW / 16 + 1)), [])
  t.strictSame(steps(partial.at(20 - WINDOW / 16)), ['anchor/0'], 'one is silent')
  const last = watching()
  last.at(3)
  last.hear(a, last.boundBy(a, 1))
  t.strictSame(steps(last.hear(b, last.boundBy(b, 2))), [])
  t.strictSame(steps(last.at(2)), ['anchor/0'], 'with the next block, else it is too late')
})

t.test('what a seller told is bound where the anchored list says otherwise, once', async (t) => {
  for (const relay of [NAMED, new Uint8Array(20).fill(9)]) {
    const { at, hear, boundBy, give, log, list, state } = watching(relay)
    at(WINDOW)
    const junk = list(1, 7, 0)
    give({ kind: 'list', index: 0, commitments: junk })
    log('Anchored', { index: 0n, anchor: chainOfWords(junk) })
    t.strictSame(steps(hear(a, boundBy(a, 1))), [], 'its word is right')
    const bound = boundBy(b, 2)
    const [call] = callsIn(hear(b, bound))
    const own = {
      places: 0b010n,
      commitments: [hexOf(bound.commitment)],
      signatures: [pair(bound.commit ?? new Uint8Array(64))],
    }
    t.strictSame(call, {
      step: 'commit/0/2',
      to: 'job',
      name: 'commit',
      args: [0, own, state.chain.sellers],
      done: [
        'JobEscrowWrongIndex',
        'JobEscrowWrongPhase',
        'JobEscrowCommitted',
        'JobEscrowTooLate',
      ],
    })
    hear(c, { index: 0, commitment: bound.commitment })
    t.strictSame(steps(at(50)), ['commit/0/2'], 'it signed nothing')
    hear(c, boundBy(c, 3, a))
    t.strictSame(steps(at(49)), ['commit/0/2'], 'another key signed')
    t.strictSame(steps(hear(c, boundBy(c, 3))), ['commit/0/2', 'commit/0/4'])
    log('Committed', { index: 0n, place: 1n, commitment: hexOf(bound.commitment) })
    t.strictSame(steps(at(2)), ['commit/0/4'], 'what is bound is bound')
    t.strictSame(steps(hear(b, boundBy(b, 4))), ['commit/0/4'], 'once, whatever it tells later')
    t.strictSame(steps(at(0)), ['commit/0/4'])
    t.notOk(
      steps(at(-1)).some((each) => each.startsWith('commit/')),
      'too late',
    )
  }
})

t.test('who comes within a block is bound by one call with the next', async (t) => {
  const { at, hear, boundBy, give, log, list } = watching()
  at(WINDOW)
  const junk = list(7, 7, 7)
  give({ kind: 'list', index: 0, commitments: junk })
  log('Anchored', { index: 0n, anchor: chainOfWords(junk) })
  t.strictSame(steps(hear(b, boundBy(b, 2))), ['commit/0/2'], 'the first at once')
  t.strictSame(steps(hear(a, boundBy(a, 1))), ['commit/0/2'])
  t.strictSame(steps(hear(c, boundBy(c, 3))), ['commit/0/2'])
  t.strictSame(steps(at(50)), ['commit/0/2', 'commit/0/5'])
  log('Committed', { index: 0n, place: 0n, commitment: hexOf(boundBy(a, 1).commitment) })
  t.strictSame(steps(at(49)), ['commit/0/2', 'commit/0/5'], 'till all of them are')
})

t.test('a list that nobody told is waited for a moment, then all bind themselves', async (t) => {
  const { at, hear, boundBy, give, log, list } = watching()
  at(WINDOW)
  for (const [i, who] of [a, b, c].entries()) hear(who, boundBy(who, i + 1))
  const right = list(1, 2, 3)
  log('Anchored', { index: 0n, anchor: chainOfWords(list(7, 7, 7)) })
  t.strictSame(steps(at(80)), [], 'its list may be on the way')
  const [call] = callsIn(at(80 - WINDOW / 8))
  t.equal(call?.step, 'commit/0/7', 'one call for all')
  t.match(call?.args[1], { commitments: right.map(hexOf), signatures: { length: 3 } })
  const other = watching()
  other.at(WINDOW)
  for (const [i, who] of [a, b, c].entries()) other.hear(who, other.boundBy(who, i + 1))
  other.log('Anchored', { index: 0n, anchor: chainOfWords(right) })
  other.give({ kind: 'list', index: 0, commitments: right })
  t.strictSame(steps(other.at(20)), [])
  give({ kind: 'rewound', to: 0 })
})

t.test('junk that is told as lists takes no more than its place', async (t) => {
  const { at, give, log, list, state, hear, boundBy } = watching()
  at(WINDOW)
  const right = list(1, 2, 3)
  give({ kind: 'list', index: 0, commitments: right })
  log('Anchored', { index: 0n, anchor: chainOfWords(right) })
  for (let i = 0; i < 1000; i++)
    give({ kind: 'list', index: 0, commitments: [new Uint8Array(32).fill(i % 256), bytes(i)] })
  t.equal(state.lists.size, 256)
  hear(a, boundBy(a, 1))
  t.strictSame(steps(at(20)), [], 'the list that is anchored is still known')
})

t.test('a list that is anchored late is not waited for', async (t) => {
  const { at, hear, boundBy, log, list } = watching()
  at(WINDOW)
  hear(a, boundBy(a, 1))
  at(WINDOW / 8)
  log('Anchored', { index: 0n, anchor: chainOfWords(list(7, 7, 7)) })
  t.strictSame(steps(at(WINDOW / 8)), ['commit/0/1'])
})

t.test('a slow seller is bound by itself beside the list that is under way', async (t) => {
  const { at, hear, boundBy, log, list } = watching()
  at(WINDOW)
  hear(a, boundBy(a, 1))
  hear(b, boundBy(b, 2))
  const told = (effects: readonly SettlementEffect[]) =>
    effects.filter(({ kind }) => kind === 'list').length
  t.equal(told(at((WINDOW * 5) / 8)), 1)
  const [anchor] = callsIn(at(70))
  const late = hear(c, boundBy(c, 3))
  t.equal(told(late), 0, 'whoever comes after us finds the list that is bound')
  t.strictSame(callsIn(late)[0]?.args, anchor?.args)
  log('Anchored', { index: 0n, anchor: chainOfWords(list(1, 2, 0)) })
  t.strictSame(steps(at(60)), ['commit/0/4'])
})
