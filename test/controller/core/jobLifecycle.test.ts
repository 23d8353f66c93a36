import t from 'tap'
import { OBJECT } from '../../../agent/wire/cborCheck.ts'
import { decodeRecord } from '../../../agent/wire/codec.ts'
import { digest } from '../../../agent/wire/hash.ts'
import { nodeId } from '../../../agent/wire/ids.ts'
import { Order, Roster } from '../../../agent/wire/messages.ts'
import { SETTLE } from '../../../controller/core/jobLifecycle.ts'
import { type JobEffect, RETURN } from '../../../controller/core/jobSeam.ts'
import { running, START, sumOver, World } from './world.ts'

t.test(
  'a job whose devices are there starts at once: stored, then order, then roster',
  async (t) => {
    const world = running()
    const kinds = world.effects.map(({ kind }) => kind)
    t.same(kinds, ['save', 'order', 'spec', 'roster', 'save', 'status', 'wake'])
    const order = world.told('order')
    const roster = world.told('roster')
    if (!order || !roster) throw new Error('nothing was issued')
    const members = decodeRecord(Roster, roster.payload, OBJECT)
    t.same(members.order, digest(order.payload), 'the roster belongs to the order')
    t.same(
      members.members.map(({ id }) => id),
      ['a', 'b', 'c', 'd'],
    )
    t.match(world.status(), { phase: 'running', devices: 4, message: 'runs on 4 devices' })
  },
)

t.test('a job waits for devices and says which condition fails', async (t) => {
  const world = new World()
  world.device('a').device('b')
  world.give({ kind: 'submitted' })
  t.match(world.status(), {
    phase: 'pending',
    reason: 'TooFewDevices',
    message: 'spec.selector matches 2 of 2 devices, wanted minNodes 3',
    conditions: [{ type: 'Selected', status: false }],
  })
  world.now += 10_000
  world.device('c')
  world.give({ kind: 'look' })
  t.match(world.status(), { phase: 'pending', reason: 'Settling' })
  world.pass(SETTLE - 1)
  world.device('d')
  world.give({ kind: 'look' })
  world.pass(SETTLE - 1)
  t.equal(world.status().phase, 'pending', 'd came, so it waits again')
  world.pass(1)
  t.match(world.status(), { phase: 'running', devices: 4 })
})

t.test('after an outage of the broker a job waits for those that were here before', async (t) => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const world = new World()
  for (const id of names) world.device(id)
  world.brokerRestarts()
  const linked = world.now
  world.give({ kind: 'submitted' })
  t.match(world.status(), { phase: 'pending', reason: 'TooFewDevices' })
  for (const id of ['a', 'b', 'c']) world.device(id)
  world.give({ kind: 'look' })
  world.pass(6_000)
  world.give({ kind: 'look' })
  t.match(world.status(), {
    phase: 'pending',
    reason: 'Returning',
    message:
      'spec.selector matches 3 of 5 devices (online: 3); waits up to 9 s for 2 devices that were here before: d, e',
  })
  for (const id of ['d', 'e']) world.device(id)
  world.give({ kind: 'look' })
  world.pass(SETTLE)
  t.match(world.status(), { phase: 'running', devices: 5 }, 'at once when all are back')
  t.ok((world.status().startedAt ?? 0) < linked + RETURN)
})

t.test('a device that does not come back is waited for no longer than it may', async (t) => {
  const world = new World()
  for (const id of ['a', 'b', 'c', 'd']) world.device(id)
  world.brokerRestarts()
  for (const id of ['a', 'b', 'c']) world.device(id)
  world.give({ kind: 'submitted' })
  world.pass(RETURN - 1)
  t.match(world.status(), { phase: 'pending', reason: 'Returning' })
  world.pass(1)
  t.match(world.status(), { phase: 'running', devices: 3 })
})

t.test('nobody waits for devices that do not match, or went long before the outage', async (t) => {
  const wanted = { matchLabels: { site: 'roof' }, sensors: [], position: false, minNodes: 1 }
  const world = new World({}, { wanted })
  world.device('a', true, { site: 'roof' }).device('b', true, { site: 'cellar' })
  world.device('c', true, { site: 'roof' }).device('c', false, { site: 'roof' })
  world.pass(60_000)
  world.brokerRestarts()
  world.device('a', true, { site: 'roof' })
  world.give({ kind: 'submitted' })
  world.pass(SETTLE)
  t.match(world.status(), { phase: 'running', devices: 1, message: 'runs on 1 device' })
})

t.test('a fleet that never stops changing cannot keep a job from starting', async (t) => {
  const world = new World()
  world.device('a').device('b').device('c')
  world.give({ kind: 'submitted' })
  for (let i = 0; i < 60 && world.status().phase === 'pending'; i++) {
    world.pass(100)
    world.changedAt = world.now
    world.give({ kind: 'look' })
  }
  t.equal(world.status().phase, 'running')
  t.ok((world.status().startedAt ?? 0) - START <= 5_000)
})

t.test('a one-shot job succeeds when all devices sealed the same sum', async (t) => {
  const world = running()
  for (const index of [0, 1, 2]) world.seal(index)
  t.equal(world.status().phase, 'running')
  t.equal(world.told('result'), undefined)
  const last = world.seal(3)
  t.same(
    last.map(({ kind }) => kind),
    ['keep', 'result', 'save', 'withdraw', 'withdraw', 'save', 'status', 'wake'],
  )
  t.match(world.told('result'), {
    latest: true,
    document: {
      status: 'succeeded',
      // (18 + 19.5 + 21 + 20.25) / 4
      result: { mean: 19.6875, observations: 4 },
      agreement: { identical: true, exact: true, sealed: 4 },
    },
  })
  t.match(world.status(), { phase: 'succeeded', reason: 'Completed', results: 1 })
})

t.test('a repeated report is not stored again', async (t) => {
  const world = running()
  world.seal(0)
  t.same(world.seal(0), [])
})

t.test('devices that went away are waited for a grace time, then done without', async (t) => {
  const world = running()
  for (const index of [0, 1, 2]) world.seal(index)
  world.device('d', false)
  world.give({ kind: 'look' })
  t.equal(world.status().phase, 'running')
  world.pass(4_999)
  t.equal(world.status().phase, 'running')
  world.pass(1)
  t.match(world.status(), { phase: 'succeeded' })
  t.match(world.told('result')?.document, { agreement: { sealed: 3, identical: true } })
})

t.test(
  'absence counts only once the fleet had time to come back to a broker that was away',
  async (t) => {
    const world = running()
    for (const index of [0, 1, 2]) world.seal(index)
    world.linkedSince = undefined
    world.device('d', false)
    world.give({ kind: 'look' })
    world.pass(20_000)
    t.equal(world.status().phase, 'running', 'we hear nobody ourselves')
    world.linkedSince = world.now
    world.give({ kind: 'look' })
    world.pass(RETURN - 1)
    t.equal(world.status().phase, 'running')
    world.pass(1)
    t.equal(world.status().phase, 'succeeded')
  },
)

t.test('a device that was heard to leave is not taken to be on its way back', async (t) => {
  const world = running()
  world.linkedSince = world.now
  for (const index of [0, 1, 2]) world.seal(index)
  world.pass(1_000)
  world.device('d', false)
  world.give({ kind: 'look' })
  world.pass(4_000)
  t.equal(world.status().phase, 'succeeded', '5 s after the broker came back')
})

t.test('an answer that buries a device which is online waits for that device', async (t) => {
  const without = { contributors: [0, 1, 2], gone: [3] }
  const waiting = running()
  for (const index of [0, 1, 2]) waiting.seal(index, without)
  waiting.pass(29_999)
  t.equal(waiting.status().phase, 'running')
  waiting.pass(1)
  t.match(waiting.told('result')?.document.contributors, { count: 3, missing: ['d'] })
  const adopting = running()
  for (const index of [0, 1, 2, 3]) adopting.seal(index, without)
  t.equal(adopting.status().phase, 'succeeded', 'it sealed the answer of the others')
  const dead = running()
  dead.device('d', false)
  for (const index of [0, 1, 2]) dead.seal(index, without)
  t.equal(dead.status().phase, 'succeeded', 'nobody waits for the dead')
})

t.test('an online device that seals nothing holds the job until its time is over', async (t) => {
  const world = running()
  for (const index of [0, 1, 2]) world.seal(index)
  world.pass(64_999)
  t.equal(world.status().phase, 'running')
  world.pass(1)
  t.match(world.told('result')?.document, {
    status: 'succeeded',
    agreement: { identical: false, silent: ['d'] },
  })
  t.match(world.status().conditions, [
    { type: 'Selected' },
    { type: 'Agreed', status: false, reason: 'Incomplete' },
    { type: 'Ended' },
  ])
})

t.test('different sums fail the job by name, and tell devices to stop', async (t) => {
  const world = running()
  for (const index of [0, 1, 2]) world.seal(index)
  world.seal(3, { sum: sumOver([1, 2, 3, 4]) })
  t.match(world.status(), { phase: 'failed', reason: 'Disagreement' })
  t.match(world.told('result')?.document.agreement, { exact: false, identical: false })
  const order = world.told('order')
  t.match(decodeRecord(Order, order?.payload ?? new Uint8Array()), {
    generation: 2,
    cancelled: true,
  })
})

t.test('an answer over fewer than the job wants fails it', async (t) => {
  const world = running()
  world.seal(0, { sum: sumOver([0, 1]), contributors: [0, 1], gone: [2, 3] })
  world.seal(1, { sum: sumOver([0, 1]), contributors: [0, 1], gone: [2, 3] })
  for (const id of ['c', 'd']) world.device(id, false)
  world.give({ kind: 'look' })
  world.pass(5_000)
  t.match(world.status(), {
    phase: 'failed',
    reason: 'TooFew',
    message: 'only 2 of 4 devices contributed, wanted minNodes 3; missing: c, d',
  })
})

t.test('a seal that comes late and differs is shown in the result that stands', async (t) => {
  const world = running()
  for (const index of [0, 1, 2]) world.seal(index)
  world.device('d', false)
  world.give({ kind: 'look' })
  world.pass(5_000)
  t.equal(world.told('result')?.document.agreement?.identical, true)
  world.device('d')
  world.seal(3, { sum: sumOver([1, 2, 3, 4]) })
  t.match(world.told('result')?.document, {
    status: 'failed',
    agreement: { identical: false, exact: false, answers: [{}, { sealedBy: ['d'] }] },
  })
})

t.test('without any answer the job fails with what devices said', async (t) => {
  const world = running()
  for (const index of [0, 1, 2, 3])
    world.seal(index, { sum: undefined as never, failure: 'no reading of temp' })
  t.match(world.status(), {
    phase: 'failed',
    reason: 'NoAnswer',
    message: 'no device has an answer: 4 of 4 devices (a, b, c and 1 more): no reading of temp',
  })
})

t.test('whom each device missed is no other reason', async (t) => {
  const world = running()
  for (const [index, missed] of ['b', 'a', 'a', 'a'].entries())
    world.seal(index, { sum: undefined as never, failure: `no agreement; waiting for ${missed}` })
  t.equal(
    world.status().message,
    'no device has an answer: 4 of 4 devices (a, b, c and 1 more): no agreement; waiting for a',
  )
})

const left = { sum: undefined as never, left: true }

t.test('a job whose devices have all left ends at once, and says why each did', async (t) => {
  const world = running()
  for (const index of [0, 1, 2]) world.seal(index, { ...left, failure: 'its program failed: x' })
  t.equal(world.status().phase, 'running')
  const refusal = 'job mean-temp refused: brings the program 00; permissions.functions allows none'
  world.seal(3, { ...left, failure: refusal })
  t.match(world.status(), {
    phase: 'failed',
    reason: 'NoAnswer',
    message:
      'no device has an answer: 3 of 4 devices (a, b, c): its program failed: x; 1 (d): refused: brings the program 00; permissions.functions allows none',
  })
})

t.test('a device that left does not hurry those that are away for a while', async (t) => {
  const world = running()
  world.seal(0, { ...left, failure: 'refused' })
  for (const id of ['b', 'c', 'd']) world.device(id, false)
  world.pass(30_000)
  t.equal(world.status().phase, 'running')
  for (const id of ['b', 'c', 'd']) world.device(id)
  const sum = { contributors: [1, 2, 3], gone: [0] }
  for (const index of [1, 2, 3]) world.seal(index, sum)
  t.equal(world.status().phase, 'running', 'it may still take the answer over')
  world.seal(0, { ...sum, failure: 'refused' })
  t.match(world.status(), { phase: 'succeeded' })
  t.match(world.told('result')?.document.contributors, {
    missing: ['a'],
    reasons: [{ reason: 'refused', devices: ['a'] }],
  })
})

t.test('a job tells of devices that take no part, until they do', async (t) => {
  const world = running()
  const told = () => world.status().conditions.find(({ type }) => type === 'TakesPart')
  world.give({ kind: 'absent', groups: [] })
  t.equal(told(), undefined)
  world.give({
    kind: 'absent',
    groups: [{ reason: 'refused: no', devices: ['a', 'b'].map(nodeId) }],
  })
  t.match(told(), { status: false, message: 'take no part: 2 of 4 devices (a, b): refused: no' })
  world.give({ kind: 'absent', groups: [] })
  t.match(told(), { status: true, message: 'all take part' })
})

t.test(
  'reports of strangers, of other epochs and other rosters are dropped with a reason',
  async (t) => {
    const world = running()
    const dropped = (effects: JobEffect[]) => effects.map(({ kind }) => kind).join()
    t.equal(dropped(world.seal(0, { epoch: 1 })), 'note')
    t.equal(dropped(world.seal(0, { rosterHash: new Uint8Array(32) })), 'note')
    t.equal(dropped(world.seal(0, { contributors: [0] })), 'note')
    t.match(world.told('note'), { level: 'debug', message: /dropped a report of a on epoch 0/ })
  },
)

t.test('a job that is cancelled tells devices to stop and keeps that order', async (t) => {
  const world = running()
  const effects = world.give({ kind: 'cancel' })
  t.same(
    effects.map(({ kind }) => kind),
    ['order', 'withdraw', 'save', 'status', 'wake'],
  )
  t.match(decodeRecord(Order, world.told('order')?.payload ?? new Uint8Array()), {
    generation: 2,
    cancelled: true,
  })
  t.match(world.status(), { phase: 'cancelled', reason: 'Cancelled' })
  t.equal(world.told('withdraw')?.what, 'roster')
  t.same(
    world.give({ kind: 'cancel' }).map(({ kind }) => kind),
    [],
    'once',
  )
})

t.test('a deadline ends a job that waits or runs', async (t) => {
  const waiting = new World({}, { deadline: 30_000 })
  waiting.give({ kind: 'submitted' })
  waiting.pass(29_999)
  t.equal(waiting.status().phase, 'pending')
  waiting.pass(1)
  t.match(waiting.status(), {
    phase: 'failed',
    reason: 'Deadline',
    message:
      'spec.selector matches 0 of 0 devices, wanted minNodes 3; the deadline of 30 s has passed',
  })
  const busy = running({}, { deadline: 30_000 })
  busy.pass(30_000)
  t.match(busy.status(), { phase: 'failed', reason: 'Deadline' })
})
