import t from 'tap'
import type { Effect } from '../../../agent/core/effect.ts'
import { OBJECT } from '../../../agent/wire/cborCheck.ts'
import { encodeRecord } from '../../../agent/wire/codec.ts'
import { digest } from '../../../agent/wire/hash.ts'
import { jobId } from '../../../agent/wire/ids.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import { Order } from '../../../agent/wire/messages.ts'
import { sampleTerms } from '../../../docs/generator/marketSamples.ts'
import { bare, found, keptBy, paid, rosterOf, seller, settings, work } from './seller.ts'

/** A buyer who is the operator orders, cancels and orders again: it gets neither free work nor a second claim. */

type Seller = Pick<ReturnType<typeof seller>, 'give'>
const order = paid()
const period = Number(sampleTerms.period) * 1000
const window = Number(sampleTerms.window) * 1000

function send({ give }: Seller, order: Order, now: number): Uint8Array {
  const bytes = encodeRecord(Order, order, OBJECT)
  const hash = digest(bytes)
  give({ kind: 'message', now, message: { kind: 'order', order, hash, bytes } })
  return hash
}
const end = (generation: number, job = order.job): Order => ({
  ...bare,
  job,
  generation,
  cancelled: true,
})
const claims = (told: readonly Effect[]) =>
  told.flatMap((each) =>
    each.kind === 'signDigest' && each.request.startsWith('checkpoint/') ? [each.digest] : [],
  )
const refusals = (told: readonly Effect[]) =>
  told.flatMap((each) => (each.kind === 'progress' ? [each.progress.error] : [])).filter(Boolean)

t.test('a cancelled order ends the work, not the telling of what was found', async (t) => {
  const one = found()
  send(one, end(2), 30_000)
  t.notOk(one.agent.jobs.has(order.job))
  t.notMatch(
    one.told.slice(-8),
    [{ kind: 'timer', name: 'deal/paid', at: Number.POSITIVE_INFINITY }],
    'it wakes for it',
  )
  one.give({ kind: 'timer', now: one.over, name: 'deal/paid' })
  t.equal(one.deals().at(-1)?.findings[0]?.signature, undefined, 'not before its time')
  one.give({ kind: 'timer', now: one.over + 1000, name: 'deal/paid' })
  t.ok(one.deals().at(-1)?.findings[0]?.signature)
  t.strictSame(one.deals().at(-1)?.findings[0]?.commitment, one.bound?.commitment)
  const told = one.deals().length
  one.give({ kind: 'link', now: one.over + window + 1000, up: false })
  one.give({ kind: 'link', now: one.over + window + 1001, up: true })
  t.equal(one.deals().length, told, 'after its time it is silent')
})

t.test('after a restart, too', async (t) => {
  const unix = Number(sampleTerms.joinBy) * 1000 - 600_000
  const one = found(unix)
  send(one, end(2), 30_000)
  const next = seller(settings, keptBy(one))
  next.give({ kind: 'start', now: 0, unix: unix + 60_000 })
  t.strictSame(next.deals().at(-1)?.findings[0], one.bound)
  const timer = next.told.findLast((each) => each.kind === 'timer' && each.name === 'deal/paid')
  t.match(timer, { at: one.over + 1000 - 60_000 })
  next.give({ kind: 'timer', now: one.over + 1000 - 60_000, name: 'deal/paid' })
  t.ok(next.deals().at(-1)?.findings[0]?.signature)
})

t.test('a job that was ordered anew under its name is told of last', async (t) => {
  const one = found()
  const again = { ...bare, generation: 2 }
  const spec = digest(encodeRecord(Order, again, OBJECT))
  const hash = send(one, { ...again, offer: paid({ spec }).offer } as Order, 30_000)
  t.strictSame(one.deals().at(-1)?.order, hash)
  one.give({ kind: 'timer', now: one.over + 1000, name: 'deal/paid' })
  const [old, young] = one.deals().slice(-2)
  t.ok(old?.findings[0]?.signature, 'the old one is shown')
  t.strictSame(young?.order, hash, 'and the new one is what the broker keeps')
})

t.test('an order without a finding is forgotten with its job', async (t) => {
  const one = seller()
  send(one, order, 0)
  t.equal(one.agent.contracts.size, 1)
  send(one, end(2), 1000)
  t.equal(one.agent.contracts.size, 0)
})

t.test('no number of ended jobs makes a device sign a second claim', async (t) => {
  const one = found()
  one.give({ kind: 'timer', now: one.over + 1000, name: 'deal/paid' })
  const now = one.over + 2000
  send(one, end(2), now)
  for (let i = 0; i <= LIMITS.ended; i++) send(one, end(1, jobId(`junk-${i}`)), now)
  const hash = send(one, order, now)
  one.give({ kind: 'message', now, message: rosterOf(order, hash, 2) })
  work(one, 5)
  one.give({ kind: 'timer', now: now + period + 1000, name: 'deal/paid' })
  t.equal(claims(one.told).length, 1)
  const [first, last] = [one.deals().at(-1), one.deals().find((each) => each.findings[0]?.result)]
  t.strictSame(last?.findings[0], first?.findings[0])
})

t.test('nor does one between two lives', async (t) => {
  const one = found()
  send(one, end(2), 30_000)
  const { ended: _, ...kept } = keptBy(one) ?? { incarnation: 1, jobs: [] }
  const next = seller(settings, { ...kept, ended: [] })
  next.give({ kind: 'start', now: 0 })
  const hash = send(next, order, 0)
  next.give({ kind: 'message', now: 0, message: rosterOf(order, hash, 2) })
  work(next, 5)
  t.strictSame(claims(next.told), [])
})

t.test('a contract is forgotten a day after it can last, and not ordered again then', async (t) => {
  const over = Number(sampleTerms.joinBy) * 1000 + 2 * window + period
  const one = found(over - 3_600_000)
  send(one, end(2), 30_000)
  const next = seller(settings, keptBy(one))
  next.give({ kind: 'start', now: 0, unix: over })
  send(next, paid({ nonce: 1n }), 86_400_000)
  t.equal(next.agent.contracts.size, 1)
  send(next, end(2), 86_400_000)
  send(next, { ...paid({ nonce: 1n }), job: jobId('x') }, 86_400_001)
  t.equal(next.agent.contracts.size, 1, 'another order of the same moment')
  const last = seller(settings, keptBy(one))
  last.give({ kind: 'start', now: 0, unix: over })
  const other = { ...bare, job: jobId('other') }
  const spec = digest(encodeRecord(Order, other, OBJECT))
  send(last, { ...other, offer: paid({ spec }).offer } as Order, 86_400_001)
  t.equal(last.agent.contracts.size, 0)
  t.match(refusals(last.told), [
    /job other refused: by the clock of this device its contract is over/,
  ])
})

t.test('where it remembers all that it can, a device takes no more paid orders', async (t) => {
  const one = found()
  send(one, end(2), 30_000)
  const [kept] = keptBy(one)?.contracts ?? []
  const contracts = Array.from({ length: LIMITS.claims - 1 }, (_, i) => ({
    ...(kept as NonNullable<typeof kept>),
    address: new Uint8Array(20).fill(i >> 8, 1).fill(i, 2),
  }))
  const next = seller(settings, { incarnation: 1, jobs: [], ended: [], contracts })
  send(next, order, 0)
  t.equal(next.agent.contracts.size, LIMITS.claims, 'there is room for one more')
  t.strictSame(refusals(next.told), [])
  const other = { ...bare, job: jobId('other') }
  const spec = digest(encodeRecord(Order, other, OBJECT))
  send(next, { ...other, offer: paid({ spec }).offer } as Order, 0)
  t.match(refusals(next.told), [/remembers what it signs for 1024 checkpoints/])
  t.equal(next.agent.contracts.size, LIMITS.claims)
})
