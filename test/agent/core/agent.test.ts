import t from 'tap'
import { claimsIn } from '../../../agent/core/agent.ts'
import type { Snapshot } from '../../../agent/core/snapshot.ts'
import { members } from '../../../agent/wire/bitset.ts'
import { decodeRecord } from '../../../agent/wire/codec.ts'
import { Contribution } from '../../../agent/wire/messages.ts'
import { payloadOf } from '../../../agent/wire/signature.ts'
import { Fleet, JOB, order, roster, sealOf, settingsOf } from './fleet.ts'

const allFinal = (fleet: Fleet, who: readonly number[]) => () =>
  who.every((i) => fleet.phase(i) === 'final')

t.test(
  'an order and a roster lead to the mean of the latest readings on every device',
  async (t) => {
    const fleet = new Fleet(4)
    for (const i of [0, 1, 2, 3]) fleet.observe(i, 20 + i)
    fleet.announce(order())
    fleet.announce(roster(4, order()))
    fleet.run(5000, allFinal(fleet, [0, 1, 2, 3]))
    for (const i of [0, 1, 2, 3]) t.strictSame(fleet.progress(i).at(-1)?.estimate, [21.5])
    t.ok(fleet.now < 100, 'in a few hops, not in periods')
  },
)

t.test('the roster may come before the order', async (t) => {
  const fleet = new Fleet(2)
  for (const i of [0, 1]) fleet.observe(i, 10)
  fleet.announce(roster(2, order()))
  fleet.announce(order())
  fleet.run(5000, allFinal(fleet, [0, 1]))
  t.strictSame(fleet.progress(0).at(-1)?.estimate, [10])
})

t.test(
  'a device waits for its first reading, and contributes nothing when none comes',
  async (t) => {
    const fleet = new Fleet(3)
    fleet.observe(0, 1)
    fleet.announce(order())
    fleet.announce(roster(3, order()))
    fleet.run(1000)
    t.equal(fleet.phase(1), 'waiting')
    fleet.observe(1, 3)
    fleet.run(20_000, allFinal(fleet, [0, 1, 2]))
    t.strictSame(fleet.progress(2).at(-1)?.estimate, [2])
    t.strictSame(
      members(sealOf(fleet, 0).contributors),
      [0, 1, 2],
      'the silent sensor added zero rows',
    )
    t.equal(sealOf(fleet, 0).rows, 2)
  },
)

t.test('rows that are missing or not finite are skipped and counted', async (t) => {
  const fleet = new Fleet(2)
  fleet.observe(0, 1, null, -1)
  fleet.observe(1, 4)
  const job = order({ model: { type: 'average', response: [['sqrt', 1], 'temp'] } })
  fleet.announce(job)
  fleet.announce(roster(2, job))
  fleet.run(5000, allFinal(fleet, [0, 1]))
  t.strictSame(fleet.progress(0).at(-1)?.estimate, [1.5])
  t.equal(fleet.progress(0).at(-1)?.skippedRows, 2)
})

t.test(
  'a device that may not read the sensor says which line refused, and the others go on',
  async (t) => {
    const fleet = new Fleet(3, (i) => settingsOf(i, i === 2 ? { allowedSensors: ['hum'] } : {}))
    for (const i of [0, 1, 2]) fleet.observe(i, i)
    const sentence = 'job mean-temp refused: reads sensor "temp"; permissions.sensors allows hum'
    const warnings = () =>
      fleet.effects[2]?.filter((each) => each.kind === 'note' && each.level === 'warn')
    fleet.announce(order())
    fleet.announce(roster(2, order()), [2])
    fleet.run(10)
    t.strictSame(warnings(), [], 'a job that is not for this device is nothing to tell')
    t.strictSame(fleet.progress(2), [])
    fleet.announce(roster(3, order(), { generation: 2 }))
    t.match(fleet.progress(2).at(-1), { phase: 'refused', generation: 1, error: sentence })
    t.match(warnings(), [{ message: sentence }])
    fleet.run(5000, allFinal(fleet, [0, 1]))
    t.strictSame(members(sealOf(fleet, 0).contributors), [0, 1])
    t.strictSame(members(sealOf(fleet, 0).tombstones), [2])
  },
)

t.test('a device that leaves an epoch says so at once, and why once more at its end', async (t) => {
  const fleet = new Fleet(2, (i) =>
    settingsOf(i, i === 1 ? { allowedSensors: [] } : { allowedPrograms: 'all' }),
  )
  const model = { type: 'program', terms: [['temp']], names: ['temp'], code: 'export' }
  const job = order({ model: { ...model, values: Float64Array.of(1, 1) } as never, timeout: 500 })
  fleet.observe(0, 1)
  fleet.announce(job)
  fleet.announce(roster(2, job))
  const run = fleet.effects[0]?.findLast((each) => each.kind === 'run')
  if (run?.kind !== 'run') throw new Error('it ran nothing')
  const end = { kind: 'failed', message: 'ReferenceError: x is not defined' } as const
  fleet.give(0, { kind: 'ran', now: fleet.now, request: run.request, end })
  fleet.run(400)
  const reasons = [
    'its program failed: ReferenceError: x is not defined',
    'job mean-temp refused: reads sensor "temp"; permissions.sensors allows none',
  ]
  for (const [i, failure] of reasons.entries()) {
    t.match(fleet.seals(i), [{ failure, left: true }], 'once')
    t.match(fleet.progress(i).at(-1), { error: failure })
    fleet.announce(roster(2, job), [i])
    t.match(fleet.seals(i)[1], { failure, left: true }, 'again, where the controller asks')
  }
  fleet.run(1000)
  for (const [i, failure] of reasons.entries()) {
    t.match(fleet.seals(i).at(-1), { failure })
    t.equal(fleet.seals(i).at(-1)?.left, undefined, 'now it has ended')
  }
})

t.test('a wrong unit is refused by name', async (t) => {
  const fleet = new Fleet(1, (i) => settingsOf(i, { sensors: [{ id: 'temp', unit: 'K' }] }))
  fleet.announce(order())
  fleet.announce(roster(1, order()))
  t.equal(
    fleet.progress(0).at(-1)?.error,
    'job mean-temp refused: wants sensor "temp" in Cel; this device gives K',
  )
})

t.test('a device that leaves is named; its entry counts if it was passed on', async (t) => {
  const fleet = new Fleet(4)
  for (const i of [0, 1, 2, 3]) fleet.observe(i, i)
  fleet.announce(order())
  fleet.announce(roster(4, order()), [0, 1, 3])
  fleet.run(50)
  fleet.announce(roster(4, order()), [2])
  fleet.give(2, { kind: 'leave', now: fleet.now })
  fleet.stopped.add(2)
  fleet.run(20_000, allFinal(fleet, [0, 1, 3]))
  const seal = sealOf(fleet, 0)
  t.ok([3, 4].includes(members(seal.contributors).length))
  t.same(sealOf(fleet, 3).contributors, seal.contributors)
})

t.test('a crashed device is missed after the silence, and the rest agree', async (t) => {
  const fleet = new Fleet(5)
  for (const i of [0, 1, 2, 3, 4]) fleet.observe(i, i)
  fleet.announce(order())
  fleet.stopped.add(4)
  fleet.announce(roster(5, order()))
  fleet.run(20_000, allFinal(fleet, [0, 1, 2, 3]))
  t.strictSame(members(sealOf(fleet, 1).contributors), [0, 1, 2, 3])
  t.ok(
    fleet.now > 3500 && fleet.now < 5500,
    '35 periods of a tenth of a second, since it was never heard over four links',
  )
})

t.test('a restarted device signs nothing twice and says the same again', async (t) => {
  const fleet = new Fleet(3)
  for (const i of [0, 1, 2]) fleet.observe(i, i)
  fleet.announce(order())
  fleet.announce(roster(3, order()), [2])
  fleet.run(10)
  const first = fleet.snapshots[2]?.jobs[0]?.epochs[0]?.contribution
  t.ok(first, 'the contribution is on disk')
  fleet.restart(2)
  fleet.observe(2, 99)
  fleet.announce(roster(3, order()), [0, 1])
  fleet.run(20_000, allFinal(fleet, [0, 1, 2]))
  t.strictSame(
    fleet.progress(2).at(-1)?.estimate,
    [1],
    'the reading after the restart is not signed',
  )
  t.strictSame(fleet.snapshots[2]?.jobs[0]?.epochs[0]?.contribution, first)
})

t.test('a device that lost its state leaves the epoch rather than contradict itself', async (t) => {
  const fleet = new Fleet(4)
  for (const i of [0, 1, 2, 3]) fleet.observe(i, i)
  fleet.announce(order())
  fleet.announce(roster(4, order()), [0, 1, 2])
  fleet.restart(3, settingsOf(3), undefined as never)
  fleet.snapshots[3] = undefined
  fleet.restart(3, settingsOf(3))
  fleet.observe(3, 50)
  fleet.announce(order(), [3])
  fleet.announce(roster(4, order()), [3])
  fleet.run(20_000, allFinal(fleet, [0, 1, 2, 3]))
  t.strictSame(members(sealOf(fleet, 0).contributors), [0, 1, 2])
  t.strictSame(fleet.progress(3).at(-1)?.estimate, [1], 'it learns the answer all the same')
})

t.test('what binds a device is on disk before anything that follows is published', async (t) => {
  const fleet = new Fleet(3)
  for (const i of [0, 1, 2]) fleet.observe(i, i)
  fleet.announce(order())
  fleet.announce(roster(3, order()))
  fleet.run(5000, allFinal(fleet, [0, 1, 2]))
  let disk: Snapshot | undefined
  for (const effect of fleet.effects[0] ?? []) {
    if (effect.kind === 'persist') disk = effect.snapshot
    if (effect.kind !== 'exchange') continue
    const epoch = disk?.jobs[0]?.epochs[0]
    const { entries = [] } = effect.exchange.flood ?? {}
    const { votes = [] } = effect.exchange.agreement ?? {}
    if (entries.some(({ index }) => index === 0)) t.ok(epoch?.contribution, 'contribution')
    if (votes.some(({ by }) => members(by).includes(0))) t.ok(epoch?.bound.vote, 'vote')
  }
})

t.test('a repeated roster makes a final device seal again', async (t) => {
  const fleet = new Fleet(2)
  for (const i of [0, 1]) fleet.observe(i, i)
  fleet.announce(order())
  fleet.announce(roster(2, order()))
  fleet.run(1000, allFinal(fleet, [0, 1]))
  const before = fleet.seals(0).length
  fleet.announce(roster(2, order()))
  t.equal(fleet.seals(0).length, before + 1)
})

t.test('an epoch that cannot end in time fails and says whom it waits for', async (t) => {
  const fleet = new Fleet(2)
  fleet.observe(0, 1)
  const job = order({ timeout: 500 })
  fleet.announce(job)
  fleet.stopped.add(1)
  fleet.announce(roster(2, job))
  fleet.run(5000, () => fleet.phase(0) === 'failed')
  const { failure } = fleet.seals(0).at(-1) ?? {}
  t.match(failure, /^no agreement within the 500ms of spec.*; still waiting for n1$/)
})

t.test('a cancelled job is dropped, and its old order does not start it again', async (t) => {
  const fleet = new Fleet(2)
  for (const i of [0, 1]) fleet.observe(i, 1)
  fleet.announce(order())
  fleet.announce(order({ generation: 2, cancelled: true }))
  t.equal(fleet.agents[0]?.jobs.size, 0)
  fleet.announce(order())
  t.equal(fleet.agents[0]?.jobs.size, 0)
  fleet.restart(0)
  fleet.announce(order(), [0])
  t.equal(fleet.agents[0]?.jobs.size, 0, 'not even after a restart')
  fleet.announce(order({ generation: 3 }), [0])
  t.equal(fleet.agents[0]?.jobs.size, 1)
})

t.test('a device says nothing more of a job that was cancelled under way', async (t) => {
  const fleet = new Fleet(3)
  for (const i of [0, 1, 2]) fleet.observe(i, i)
  fleet.announce(order())
  fleet.stopped.add(2)
  fleet.announce(roster(3, order()))
  fleet.run(300)
  t.equal(fleet.phase(0), 'exchanging')
  fleet.announce(order({ generation: 2, cancelled: true }), [0, 1])
  const before = fleet.effects[0]?.length ?? 0
  fleet.announce(roster(3, order()), [0])
  fleet.run(20_000)
  const said = fleet.effects[0]?.slice(before).map(({ kind }) => kind)
  t.strictSame(said, [], 'neither progress nor seals nor exchanges')
})

t.test('an order of another fleet is not obeyed', async (t) => {
  const fleet = new Fleet(1)
  fleet.announce(order({ fleet: 'field' as never }))
  t.equal(fleet.agents[0]?.jobs.size, 0)
})

t.test('a roster that names our id with another key is not ours', async (t) => {
  const fleet = new Fleet(2)
  for (const i of [0, 1]) fleet.observe(i, 1)
  const made = roster(2, order())
  const stranger = { ...made.members[1], id: 'n0' as never } as never
  fleet.announce(order())
  fleet.announce({ ...made, members: [stranger] })
  fleet.run(1000)
  t.equal(fleet.progress(0).length, 0)
})

t.test('claims carry the key of the device that must have signed', async (t) => {
  const fleet = new Fleet(3)
  for (const i of [0, 1, 2]) fleet.observe(i, i)
  fleet.announce(order())
  fleet.announce(roster(3, order()))
  const sent = fleet.effects[1]?.find((each) => each.kind === 'timer')
  t.ok(sent)
  fleet.run(1)
  const effect = fleet.effects[1]?.find((each) => each.kind === 'exchange')
  if (effect?.kind !== 'exchange') throw new Error('nothing sent')
  const lone = new Fleet(3)
  lone.observe(0, 0)
  lone.announce(order())
  lone.announce(roster(3, order()))
  const agent = lone.agents[0]
  if (!agent) throw new Error('no agent')
  const claims = claimsIn(agent, effect.exchange)
  t.same(
    claims.map(({ key }) => key),
    [settingsOf(1).publicKey],
  )
  const [claim] = claims
  if (!claim) throw new Error('no claim')
  t.equal(decodeRecord(Contribution, payloadOf(claim.signed)).index, 1)
  t.equal(effect.exchange.job, JOB)
  t.strictSame(claimsIn(agent, { ...effect.exchange, epoch: 7 }), [], 'of no open epoch')
})

t.test('an outage of our own link is not held against the others', async (t) => {
  const fleet = new Fleet(3)
  for (const i of [0, 1, 2]) fleet.observe(i, i)
  fleet.announce(order())
  fleet.announce(roster(3, order()), [0])
  for (const i of [0, 1, 2]) fleet.give(i, { kind: 'link', now: fleet.now, up: false })
  fleet.stopped.add(1).add(2)
  fleet.run(900)
  fleet.stopped.clear()
  for (const i of [0, 1, 2]) fleet.give(i, { kind: 'link', now: fleet.now, up: true })
  fleet.announce(roster(3, order()), [1, 2])
  fleet.run(10_000, allFinal(fleet, [0, 1, 2]))
  t.strictSame(members(sealOf(fleet, 0).contributors), [0, 1, 2])
  t.strictSame(members(sealOf(fleet, 0).tombstones), [])
})

t.test('a hostile neighbor is noted and does not stop the agent', async (t) => {
  const fleet = new Fleet(3)
  for (const i of [0, 1, 2]) fleet.observe(i, i)
  fleet.announce(order())
  fleet.announce(roster(3, order()))
  fleet.run(1)
  const effect = fleet.effects[1]?.find((each) => each.kind === 'exchange')
  if (effect?.kind !== 'exchange') throw new Error('nothing sent')
  const { exchange } = effect
  const wrong = { hash: new Uint8Array(16), by: new Uint8Array(9) }
  const set = { set: Uint8Array.of(255), statements: [] }
  const bad = {
    attempt: 0,
    hash: wrong.hash,
    contributors: wrong.by,
    tombstones: wrong.by,
    without: wrong.by,
  }
  const { have = new Uint8Array(1) } = exchange.flood ?? {}
  const bodies: Partial<typeof exchange>[] = [
    { agreement: { attempt: 0, votes: [wrong] } },
    { agreement: { attempt: 0, tombstones: [set] } },
    { flood: { have, entries: [{ index: 2, signed: new Uint8Array(80) }] } },
    { flood: { have: new Uint8Array(2000) } },
    { agreement: { attempt: 0, finals: new Uint8Array(3) } },
    { agreement: { attempt: 0, final: bad } },
  ]
  for (const body of bodies) {
    const message = { kind: 'exchange', exchange: { ...exchange, ...body }, bytes: 100 } as const
    fleet.give(0, { kind: 'message', now: fleet.now, message })
  }
  const notes = (fleet.effects[0] ?? []).flatMap((each) =>
    each.kind === 'note' ? [each.message] : [],
  )
  t.match(notes[0], /^message of n1 dropped: bitset of 9 bytes does not fit 3 devices/)
  fleet.run(5000, allFinal(fleet, [0, 1, 2]))
  t.strictSame(fleet.progress(0).at(-1)?.estimate, [1])
})

t.test('a device that has no room for another job says so at once', async (t) => {
  const fleet = new Fleet(2)
  for (let i = 0; i < 16; i++) {
    const job = order({ job: `busy-${i}` as never, window: { every: 1000, late: 100 } })
    fleet.announce(job, [0])
  }
  const last = order({ job: 'one-more' as never })
  fleet.announce(last, [0])
  t.equal(fleet.agents[0]?.jobs.has(last.job), false)
  fleet.announce(roster(2, last), [0])
  t.equal(
    fleet.seals(0).at(-1)?.failure,
    'this device already takes part in 16 jobs, which is the limit',
  )
})
