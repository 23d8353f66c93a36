import t from 'tap'
import type { Effect } from '../../../agent/core/effect.ts'
import type { Snapshot } from '../../../agent/core/snapshot.ts'
import { OBJECT } from '../../../agent/wire/cborCheck.ts'
import { encodeRecord } from '../../../agent/wire/codec.ts'
import { digest } from '../../../agent/wire/hash.ts'
import { jobId } from '../../../agent/wire/ids.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import { Order } from '../../../agent/wire/messages.ts'
import { sampleTerms } from '../../../docs/generator/marketSamples.ts'
import { bare, found, hire, keptBy, paid, rosterOf, seller, settings, work } from './seller.ts'

/** Two claims for one checkpoint cost a device all its collateral, whatever made it sign the second. */

const order = paid()
const orderHash = digest(encodeRecord(Order, order, OBJECT))
const other = rosterOf(order, orderHash, 2)
const window = Number(sampleTerms.window) * 1000

const claims = (told: readonly Effect[]) =>
  told.flatMap((each) =>
    each.kind === 'signDigest' && each.request.startsWith('checkpoint/') ? [each.digest] : [],
  )

t.test('what a device found is written down before it is signed', async (t) => {
  const { told } = found()
  const at = told.findIndex((each) => each.kind === 'signDigest' && /^check/.test(each.request))
  const before = told.slice(0, at).findLast(({ kind }) => kind === 'persist')
  t.match(before, { snapshot: { contracts: [{ findings: [{ index: 0, group: 0 }] }] } })
})

t.test('after a restart a device signs no second claim, whatever roster it got', async (t) => {
  const one = found()
  one.give({ kind: 'message', now: 30_000, message: other })
  const next = seller(settings, keptBy(one))
  next.give({ kind: 'start', now: 0 })
  work(next, 5)
  t.ok(
    next.told.some((each) => each.kind === 'sign' && each.purpose === 'seal'),
    'it works by the other roster',
  )
  t.strictSame(claims(next.told), [])
  t.strictSame(next.deals().at(-1)?.findings[0], one.bound, 'and tells what it signed before')
})

t.test(
  'a finding that was not signed when its device died is signed again, the same',
  async (t) => {
    const { told } = found()
    const at = told.findIndex((each) => each.kind === 'signDigest' && /^check/.test(each.request))
    const before = told.slice(0, at).findLast((each) => each.kind === 'persist')
    const next = seller(settings, before?.kind === 'persist' ? before.snapshot : undefined)
    next.give({ kind: 'message', now: 0, message: other })
    next.give({ kind: 'start', now: 0 })
    work(next, 5)
    t.strictSame(claims(next.told), claims(told))
    t.ok(next.deals().at(-1)?.findings[0]?.commitment)
  },
)

t.test('what was signed before devices signed for relays is signed for them now', async (t) => {
  const one = found()
  const kept = keptBy(one)
  const contracts = kept?.contracts?.map(({ findings, ...contract }) => ({
    ...contract,
    findings: findings.map(({ commit: _, ...finding }) => finding),
  }))
  const next = seller(settings, { ...kept, contracts } as Snapshot) // as earlier versions wrote it
  next.give({ kind: 'start', now: 0 })
  t.strictSame(claims(next.told), [])
  t.ok(one.bound?.commit)
  t.strictSame(next.deals().at(-1)?.findings[0], one.bound)
})

t.test('a change of agent.yaml does not make a device forget what it signed', async (t) => {
  const one = found()
  const { market: _, ...poor } = settings
  const unpaid = seller(poor, keptBy(one))
  unpaid.give({ kind: 'start', now: 0 })
  unpaid.give({ kind: 'message', now: 0, message: other })
  const next = seller(settings, keptBy(unpaid))
  next.give({ kind: 'start', now: 0 })
  work(next, 5)
  t.strictSame(claims(next.told), [])
  t.strictSame(next.deals().at(-1)?.findings[0]?.commitment, one.bound?.commitment)
})

t.test('a job that made room for others is not begun again where it was signed for', async (t) => {
  const one = found()
  const fill = (name: string, now: number) => {
    const more = { ...bare, job: jobId(name) }
    const bytes = encodeRecord(Order, more, OBJECT)
    const message = { kind: 'order', order: more, hash: digest(bytes), bytes } as const
    one.give({ kind: 'message', now, message })
  }
  for (let i = 0; i < LIMITS.jobs; i++) fill(`more-${i}`, one.over)
  t.ok(one.agent.jobs.has(order.job), 'not while it has something to show')
  fill('last', one.over + window + 1)
  t.notOk(one.agent.jobs.has(order.job))
  hire(one, order)
  work(one, 5)
  t.equal(claims(one.told).length, 1)
})

t.test('a state from before contracts were kept is taken up', async (t) => {
  const { contracts: _, ...old } = keptBy(found()) as Snapshot // as earlier versions wrote it
  const next = seller(settings, old)
  next.give({ kind: 'start', now: 0 })
  t.ok(next.deals()[0]?.bid)
})
