import t from 'tap'
import { dealOf } from '../../../agent/core/deals.ts'
import type { SellerTerms } from '../../../agent/core/settings.ts'
import { OBJECT } from '../../../agent/wire/cborCheck.ts'
import { encodeRecord } from '../../../agent/wire/codec.ts'
import { digest } from '../../../agent/wire/hash.ts'
import { sensorId } from '../../../agent/wire/ids.ts'
import { amountOf, jobAddress, marketDigest, type Terms } from '../../../agent/wire/market.ts'
import { Order } from '../../../agent/wire/messages.ts'
import { addressOf } from '../../../agent/wire/signature.ts'
import { commitmentOf, signerOf } from '../../../agent/wire/typedData.ts'
import { wantsText } from '../../../agent/wire/wants.ts'
import { sampleTerms } from '../../../docs/generator/marketSamples.ts'
import {
  bare,
  ETHER,
  found,
  keptBy,
  key,
  market,
  paid,
  rosterOf,
  seller,
  settings,
  spec,
  work,
} from './seller.ts'

t.test('a device takes an offer that is on its market and meets its terms', async (t) => {
  const deal = dealOf(settings, paid())
  t.match(deal, { minPrice: ETHER, offer: 'none' })
  t.equal(dealOf(settings, bare), undefined, 'an unpaid order is no deal')
})

t.test('any other offer is refused, with the key of agent.yaml to change', async (t) => {
  const cases: [string, Order, RegExp][] = [
    ['too much collateral', paid({ collateral: 3n * ETHER }), /market\.maxCollateral/],
    ['another chain', paid({}, { chainId: 1n }), /another market/],
    ['another vault', paid({}, { vault: new Uint8Array(20) }), /another market/],
    ['another factory', paid({}, { factory: new Uint8Array(20) }), /another market/],
    ['other code', paid({}, { escrow: new Uint8Array(20) }), /another market/],
    ['other replicas', paid({ replicas: 3n }), /other replicas than the order/],
    ['another order', { ...paid(), period: 501 }, /terms on the chain are of another order/],
    ['checkpoints of no epoch', paid({ checkpoints: 2n }), /2 checkpoints,.* 1 epochs/],
    ['no checkpoint', paid({ checkpoints: 0n }), /0 checkpoints/],
    ['a period of less than a window', paid({ period: 119n }), /period .* at least a window, 2m/],
    ['a long period', paid({ period: 366n * 86_400n }), /is 366d, wanted at most 23h59m:/],
  ]
  for (const method of ['tree', 'ratio', 'laplacian'] as const) {
    const order: Order = { ...bare, method }
    const { offer } = paid({ spec: digest(encodeRecord(Order, order, OBJECT)) })
    cases.push([method, { ...order, offer }, /by which another seller could have this one sign/])
  }
  for (const [what, order, why] of cases) t.match(dealOf(settings, order), why, what)
  const { market: _, ...poor } = settings
  t.match(dealOf(poor, paid()), /agent\.yaml has no market/)
})

t.test('a contract may last a day longer than its order, which its epochs prolong', async (t) => {
  const window = { late: 1000, every: 60_000 }
  const repeating = (epochs: number, change: Partial<Terms>): Order => {
    const order = { ...bare, window, epochs }
    const { offer } = paid({ spec: digest(encodeRecord(Order, order, OBJECT)), ...change })
    return { ...order, offer }
  }
  const runs = 6n * 60n + 1n + 60n
  const longest = { checkpoints: 3n, period: (runs + 86_400n - 121n) / 3n, window: 121n }
  t.match(dealOf(settings, repeating(6, longest)), { minPrice: ETHER })
  t.match(dealOf(settings, repeating(6, { ...longest, window: 122n })), /wanted at most/)
  t.match(dealOf(settings, repeating(3, longest)), /wanted at most/)
  t.match(dealOf(settings, repeating(4, longest)), /3 checkpoints,.* 4 epochs/)
  t.match(dealOf(settings, repeating(0, longest)), /3 checkpoints,.* 0 epochs/)
  const short = { checkpoints: 3n, period: 120n, window: 40n }
  t.match(dealOf(settings, repeating(6, short)), { minPrice: ETHER })
  t.match(dealOf(settings, repeating(6, { ...short, window: 41n })), /at least 3 windows, 2m3s/)
  t.match(dealOf(settings, repeating(9, short)), /at least 3m: so long takes the work/)
})

t.test('an order that travels in parts is taken like any other', async (t) => {
  const data = { columns: ['level'], replicas: 1, shards: [new Float64Array(20_000).fill(0.5)] }
  const large = { ...bare, data }
  const { offer } = paid({ spec: digest(encodeRecord(Order, large, OBJECT)) })
  t.match(dealOf(settings, { ...large, offer }), { minPrice: ETHER })
})

t.test('it bids by a signature that is good for this job alone', async (t) => {
  const { give, deals } = seller()
  const order = paid()
  const bytes = encodeRecord(Order, order, OBJECT)
  give({ kind: 'message', now: 0, message: { kind: 'order', order, hash: digest(bytes), bytes } })
  const [deal] = deals()
  t.strictSame(deal?.order, digest(bytes))
  t.strictSame(deal?.findings, [])
  const { minPrice, deadline, signature } = deal?.bid ?? {}
  t.equal(minPrice && amountOf(minPrice), ETHER)
  t.equal(deadline, Number(sampleTerms.joinBy), 'good until places close')
  const terms = {
    ...sampleTerms,
    replicas: 1n,
    price: ETHER,
    collateral: ETHER,
    checkpoints: 1n,
    spec,
  }
  const address = jobAddress(terms, market.factory, market.escrow, wantsText(order))
  const message = {
    job: address,
    minPrice: ETHER,
    collateral: ETHER,
    deadline: sampleTerms.joinBy,
  }
  const signer = signature && signerOf(marketDigest(market, 'Join', message), signature)
  t.strictSame(signer, addressOf(key.publicKey))
})

t.test('a device that does not work for an order does not bid for it', async (t) => {
  const { give, deals } = seller()
  const order = { ...paid(), sensors: [{ id: sensorId('other'), unit: '' }] }
  const bytes = encodeRecord(Order, order, OBJECT)
  give({ kind: 'message', now: 0, message: { kind: 'order', order, hash: digest(bytes), bytes } })
  t.strictSame(deals(), [])
})

t.test('a device offers for what it wants, whatever the price is: it may be raised', async (t) => {
  const { give, deals, told } = seller()
  const order = paid({ price: ETHER / 2n })
  const bytes = encodeRecord(Order, order, OBJECT)
  give({ kind: 'message', now: 0, message: { kind: 'order', order, hash: digest(bytes), bytes } })
  const { minPrice } = deals()[0]?.bid ?? {}
  t.equal(minPrice && amountOf(minPrice), ETHER)
  t.match(
    told.find(({ kind }) => kind === 'note'),
    { message: 'job paid pays 0.5 HYPER, less than market.minPrice; the device offers for 1.0' },
  )
})

t.test('whoever wants too much collateral is told by each device', async (t) => {
  const { give, deals, told } = seller()
  const order = paid({ collateral: 3n * ETHER })
  const bytes = encodeRecord(Order, order, OBJECT)
  give({ kind: 'message', now: 0, message: { kind: 'order', order, hash: digest(bytes), bytes } })
  t.strictSame(deals(), [])
  t.match(
    told.find(({ kind }) => kind === 'progress'),
    { progress: { phase: 'refused', error: /more collateral than market\.maxCollateral/ } },
  )
})

/** A Friday in 2026, by the hour; places are open for the last hour before. */
const FRIDAY = 1_798_761_600
const friday = (hour: number) => ({ unix: FRIDAY, minute: (4 * 24 + hour) * 60 })
const nights: SellerTerms = {
  ...market,
  hours: { from: 22 * 60, to: 6 * 60, days: ['fri'], zone: 'UTC' },
}
const byNight = { joinBy: BigInt(FRIDAY + 3600), period: 600n, window: 120n }

t.test('a device that sells by the hour offers when its hours begin, once', async (t) => {
  const { give, deals, told } = seller({ ...settings, market: nights })
  give({ kind: 'wall', now: 0, wall: friday(21) })
  const order = paid(byNight)
  const bytes = encodeRecord(Order, order, OBJECT)
  give({ kind: 'message', now: 0, message: { kind: 'order', order, hash: digest(bytes), bytes } })
  give({ kind: 'wall', now: 60_000, wall: friday(21) })
  t.strictSame(deals(), [])
  const said = () => told.filter(({ kind }) => kind === 'progress')
  t.equal(said().length, 1, 'it says so once')
  t.match(said()[0], {
    progress: {
      phase: 'refused',
      error:
        /^job paid refused: market\.hours allows 22:00 to 06:00 on fri \(UTC\), and it is fri 21:00$/,
    },
  })
  give({ kind: 'wall', now: 3_600_000, wall: friday(22) })
  t.equal(deals().length, 1)
  t.ok(deals()[0]?.bid)
  t.match(said()[1], { progress: { phase: 'waiting' } }, 'and takes it back')
  give({ kind: 'wall', now: 3_660_000, wall: friday(23) })
  t.equal(deals().length, 1)
})

t.test('what it has joined it tells of after its hours, too', async (t) => {
  const { agent, give, deals, told } = seller({ ...settings, market: nights })
  give({ kind: 'wall', now: 0, wall: friday(22) })
  const order = paid(byNight)
  const bytes = encodeRecord(Order, order, OBJECT)
  give({ kind: 'message', now: 0, message: { kind: 'order', order, hash: digest(bytes), bytes } })
  give({ kind: 'message', now: 1000, message: rosterOf(order, digest(bytes)) })
  const kept = told.flatMap((effect) => (effect.kind === 'persist' ? [effect.snapshot] : [])).at(-1)
  t.ok(kept, 'it is written down')
  t.equal(deals().length, 1)
  // Another life begins in the morning, from what was kept.
  const next = seller({ ...settings, market: nights }, kept)
  next.give({ kind: 'wall', now: 0, wall: friday(12) })
  next.give({ kind: 'start', now: 0 })
  t.ok(next.deals()[0]?.bid, 'relays that come later find its bid')
  t.equal(agent.jobs.size, 1)
})

t.test('a job that has taken the room it asked for is kept over a restart', async (t) => {
  const roomy = { ...settings, machine: { storage: 2000 } }
  const { give, told } = seller(roomy)
  const order = { ...bare, resources: { storage: 1500, runtime: 'builtin' } }
  const bytes = encodeRecord(Order, order, OBJECT)
  give({ kind: 'message', now: 0, message: { kind: 'order', order, hash: digest(bytes), bytes } })
  give({ kind: 'message', now: 1000, message: rosterOf(order, digest(bytes)) })
  const kept = told.flatMap((effect) => (effect.kind === 'persist' ? [effect.snapshot] : [])).at(-1)
  const full = { ...settings, machine: { storage: 500 } }
  t.equal(seller(full, kept).agent.jobs.get(order.job)?.refusal, undefined)
  const other = seller(full)
  other.give({
    kind: 'message',
    now: 0,
    message: { kind: 'order', order, hash: digest(bytes), bytes },
  })
  t.match(other.agent.jobs.get(order.job)?.refusal, /needs 1500B of disk; this machine has 500B/)
})

t.test('what it found is bound at once, and shown only when the checkpoint is over', async (t) => {
  const { give, deals, bound, over } = found()
  t.ok(bound?.commitment, 'it is bound')
  t.equal(bound?.signature, undefined, 'and not shown')
  give({ kind: 'timer', now: over - 1, name: 'deal/paid' })
  t.equal(deals().at(-1)?.findings[0]?.signature, undefined, 'not before its time')
  give({ kind: 'timer', now: over + 1000, name: 'deal/paid' })
  const shown = deals().at(-1)?.findings[0]
  t.ok(shown?.signature, 'then it is')
  t.strictSame(shown?.signature && commitmentOf(shown.signature), bound?.commitment)
  t.strictSame(shown?.commit, bound?.commit)
})

t.test('what it found anybody can bind for it, by its signature over the hash', async (t) => {
  const { agent, bound } = found()
  const { commitment, commit } = bound ?? {}
  const { address = new Uint8Array() } = [...agent.jobs.values()][0]?.deal ?? {}
  const message = commitment && { job: address, index: 0n, commitment }
  const signer = message && commit && signerOf(marketDigest(market, 'Commit', message), commit)
  t.strictSame(signer, addressOf(key.publicKey))
})

t.test('a broker that comes back is told again what it may have forgotten', async (t) => {
  const { give, deals, bound } = found()
  const before = deals().length
  give({ kind: 'link', now: 30_000, up: false })
  give({ kind: 'link', now: 31_000, up: true })
  t.equal(deals().length, before + 1)
  t.strictSame(deals().at(-1)?.findings[0], bound)
})

t.test('after a restart it shows when the checkpoint is over by the wall clock', async (t) => {
  const unix = FRIDAY * 1000
  const one = found(unix)
  const { over } = one
  const kept = keptBy(one)
  const startedFrom = (away: number) => {
    const next = seller(settings, kept)
    next.give({ kind: 'start', now: 0, unix: unix + away })
    return [...next.agent.contracts.values()][0]?.startedAt
  }
  t.equal(startedFrom(over), 1000 - over, 'its clock began anew, the contract did not')
  t.equal(startedFrom(-86_400_000), 0, 'a clock that went back has it show late, not early')
  const blind = seller(settings, kept)
  blind.give({ kind: 'start', now: 0 })
  t.equal([...blind.agent.contracts.values()][0]?.startedAt, 0, 'nor does one without a clock')
})

/** A device is hired at 100 s by its clock; the contract began so many seconds after its bid, which is at 0. */
function called(began: number | undefined, { unix = FRIDAY * 1000, at = 100_000 } = {}) {
  const one = seller()
  one.give({ kind: 'start', now: 0, unix })
  const order = paid({ joinBy: BigInt(FRIDAY + 600) })
  const bytes = encodeRecord(Order, order, OBJECT)
  const hash = digest(bytes)
  one.give({ kind: 'message', now: 0, message: { kind: 'order', order, hash, bytes } })
  const started = began === undefined ? undefined : FRIDAY + began
  one.give({ kind: 'message', now: at, message: rosterOf(order, hash, 1, started) })
  work(one, 4)
  const shownAt = () => {
    const timer = one.told.findLast((each) => each.kind === 'timer' && each.name === 'deal/paid')
    return timer?.kind === 'timer' ? timer.at : undefined
  }
  return { ...one, shownAt }
}

t.test('it shows by the start of the contract, however late its roster came', async (t) => {
  const period = Number(sampleTerms.period) * 1000
  t.equal(called(40).shownAt(), 40_000 + period + 1000)
  t.equal(called(undefined).shownAt(), 100_000 + period + 1000, 'else by its roster')
  t.equal(called(40, { unix: 0 }).shownAt(), 100_000 + period + 1000, 'or without a clock')
  t.equal(called(101).shownAt(), 100_000 + period + 1000, 'or where it has not begun by its clock')
  t.equal(called(-15).shownAt(), period + 1000, 'never earlier than by its own offer')
})

t.test('the start of the contract is known after a restart', async (t) => {
  const period = Number(sampleTerms.period) * 1000
  const next = seller(settings, keptBy(called(40)))
  next.give({ kind: 'start', now: 0, unix: FRIDAY * 1000 + 200_000 })
  const timer = next.told.findLast((each) => each.kind === 'timer' && each.name === 'deal/paid')
  t.match(timer, { at: 40_000 + period + 1000 - 200_000 })
  const early = seller()
  early.give({ kind: 'start', now: 0, unix: FRIDAY * 1000 })
  const order = paid({ joinBy: BigInt(FRIDAY + 600) })
  const bytes = encodeRecord(Order, order, OBJECT)
  const message = { kind: 'order', order, hash: digest(bytes), bytes } as const
  early.give({ kind: 'message', now: 5000, message })
  const later = seller(settings, keptBy(early))
  later.give({ kind: 'start', now: 0, unix: FRIDAY * 1000 + 50_000 })
  const [contract] = later.agent.contracts.values()
  t.equal(contract?.bidAt, -45_000, 'and so is when it offered')
})

t.test('a device that is called more than a window after the start does not work', async (t) => {
  const late = called(0, { at: 121_000 })
  const refusal =
    /^job paid refused: it was called 2m1s after the contract began .*, and its window is 2m: /
  t.match(
    late.told.findLast(({ kind }) => kind === 'progress'),
    { progress: { phase: 'refused', error: refusal } },
  )
  t.strictSame(late.deals().at(-1)?.findings, [])
  const next = seller(settings, keptBy(late))
  t.match([...next.agent.jobs.values()][0]?.refusal, refusal, 'after a restart neither')
  t.ok(called(0, { at: 120_000 }).deals().at(-1)?.findings.length, 'within it, it does')
})
