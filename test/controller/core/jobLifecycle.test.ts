import t from 'tap'
import { compileModel, contribute } from '../../../agent/fusion/model.ts'
import { addVectors, zeroVector } from '../../../agent/math/exactVector.ts'
import { OBJECT } from '../../../agent/wire/cborCheck.ts'
import { decodeRecord } from '../../../agent/wire/codec.ts'
import { digest } from '../../../agent/wire/hash.ts'
import { jobId, type NodeId, nodeId } from '../../../agent/wire/ids.ts'
import { Order, Roster } from '../../../agent/wire/messages.ts'
import {
  emptyFleet,
  type Fleet,
  heardInfo,
  heardState,
  ready,
} from '../../../controller/core/fleet.ts'
import { SETTLE, step } from '../../../controller/core/jobLifecycle.ts'
import {
  type JobEffect,
  type JobInput,
  RETURN,
  type Surroundings,
} from '../../../controller/core/jobSeam.ts'
import {
  type JobState,
  newJob,
  restoredJob,
  type Submission,
  savedJob,
} from '../../../controller/core/jobState.ts'
import type { JobStatus } from '../../../controller/core/jobStatus.ts'
import { type Outcome, outcome } from './sealed.ts'

const START = 1_700_000_000_000
const TEMPERATURES = [18, 19.5, 21, 20.25, 22]

/** A job on a fleet in a world whose clock and devices the test moves. */
class World {
  now = START
  changedAt = START - 60_000
  linkedSince: number | undefined = START - 60_000
  readonly fleet: Fleet = emptyFleet()
  state: JobState
  wakeAt = Number.POSITIVE_INFINITY
  effects: JobEffect[] = []

  constructor(order: Partial<Order> = {}, rest: Partial<Submission> = {}) {
    this.state = newJob(submission(order, rest), START)
  }

  device(id: string, online = true): this {
    const node = nodeId(id)
    const key = `02${Buffer.from(id.padEnd(32, '.')).toString('hex')}`
    const sensors = [{ id: 'temp', unit: 'Cel' }]
    heardInfo(this.fleet, node, JSON.stringify({ node, key, incarnation: 1, labels: {}, sensors }))
    const state = online ? 'online' : 'offline'
    heardState(this.fleet, node, JSON.stringify({ state, session: 1 }), this.now)
    this.changedAt = this.now
    return this
  }

  /** Gives an input; returns what the job wants done. */
  give(input: JobInput): JobEffect[] {
    const around: Surroundings = {
      now: this.now,
      candidates: { devices: ready(this.fleet), known: this.fleet.devices.size },
      changedAt: this.changedAt,
      linkedSince: this.linkedSince,
      online: (node: NodeId) => this.fleet.devices.get(node)?.online ?? false,
    }
    const out: JobEffect[] = []
    step(this.state, input, around, out)
    for (const effect of out) if (effect.kind === 'wake') this.wakeAt = effect.at
    this.effects.push(...out)
    return out
  }

  /** Lets time pass, with the looks that the job asked for. */
  pass(millis: number): void {
    const until = this.now + millis
    while (this.wakeAt <= until) {
      this.now = this.wakeAt
      this.wakeAt = Number.POSITIVE_INFINITY
      this.give({ kind: 'look' })
    }
    this.now = until
  }

  /** Device `index` of the newest roster seals the sum of the devices in `contributors`. */
  seal(index: number, of: Partial<Outcome> = {}): JobEffect[] {
    const active = this.state.rosters[0]
    if (!active) throw new Error('no roster yet')
    const { roster, hash } = active
    const contributors = of.contributors ?? roster.members.map((_, i) => i)
    const sum = sumOver(contributors.map((i) => TEMPERATURES[i] ?? 0))
    const { report, seal } = outcome({ roster, rosterHash: hash, index, sum, ...of })
    return this.give({ kind: 'report', report, seal })
  }

  status(): JobStatus {
    return this.told('status')?.status as JobStatus
  }

  told<K extends JobEffect['kind']>(kind: K): Extract<JobEffect, { kind: K }> | undefined {
    return this.effects.findLast(
      (effect): effect is Extract<JobEffect, { kind: K }> => effect.kind === kind,
    )
  }
}

const model = { type: 'average', response: ['temp'] } satisfies Order['model']
const sumOver = (values: number[]) =>
  values
    .map((temp) => contribute(model, [{ temp }]).vector)
    .reduce(addVectors, zeroVector(compileModel(model).dimension))

function submission(order: Partial<Order>, rest: Partial<Submission>): Submission {
  return {
    order: {
      version: 1,
      job: jobId('mean-temp'),
      fleet: jobId('lab'),
      generation: 1,
      model,
      sensors: [],
      window: { late: 0 },
      method: 'flood',
      period: 500,
      timeout: 60_000,
      ...order,
    },
    wanted: { matchLabels: {}, sensors: [], position: false, minNodes: 3 },
    deadline: undefined,
    spec: { kind: 'FusionJob' },
    ...rest,
  }
}

const running = (order: Partial<Order> = {}, rest: Partial<Submission> = {}, devices = 4) => {
  const world = new World(order, rest)
  for (const id of ['a', 'b', 'c', 'd', 'e'].slice(0, devices)) world.device(id)
  world.changedAt = START - 60_000
  world.give({ kind: 'submitted' })
  return world
}

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
    message: 'no device has an answer: no reading of temp (4 of 4 devices)',
  })
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

t.test('a repeating job gives a result an epoch and ends with its last', async (t) => {
  const world = running({ window: { every: 10_000, late: 0 }, epochs: 3 })
  for (const epoch of [0, 1, 2]) {
    t.match(world.status(), { phase: 'running', epoch: epoch + 1, results: epoch })
    for (const index of [0, 1, 2, 3]) world.seal(index, { epoch })
    t.match(world.told('result'), { epoch, latest: true, document: { epoch } })
    world.pass(10_000)
  }
  t.match(world.status(), { phase: 'succeeded', message: '3 of 3 epochs gave a result' })
})

t.test('a repeating job goes on after an epoch without an answer', async (t) => {
  const world = running({ window: { every: 10_000, late: 0 }, timeout: 4_000 })
  world.pass(9_000)
  t.match(world.told('result')?.document, { epoch: 0, status: 'failed' })
  t.equal(world.status().phase, 'running')
  world.pass(1_000)
  for (const index of [0, 1, 2, 3]) world.seal(index, { epoch: 1 })
  t.match(world.told('result')?.document, { epoch: 1, status: 'succeeded' })
  t.match(world.status(), { phase: 'running', results: 1 })
})

t.test('an older epoch that ends after a newer one is kept but not published', async (t) => {
  const world = running({ window: { every: 10_000, late: 0 } })
  world.seal(0)
  world.pass(10_000)
  for (const index of [0, 1, 2, 3]) world.seal(index, { epoch: 1 })
  for (const index of [1, 2, 3]) world.seal(index, { epoch: 0 })
  t.match(world.told('result'), { epoch: 0, latest: false })
  t.equal(world.state.document?.epoch, 1)
})

t.test(
  'a device that came is in the roster of an epoch to come, whose number all know in time',
  async (t) => {
    const world = running({ window: { every: 10_000, late: 0 } })
    world.pass(1_000)
    world.device('e')
    world.give({ kind: 'look' })
    t.equal(world.state.rosterGeneration, 1, 'not within an epoch')
    for (const index of [0, 1, 2, 3]) world.seal(index, { epoch: 0 })
    world.pass(9_200)
    for (const index of [0, 1, 2, 3]) world.seal(index, { epoch: 1 })
    const roster = world.told('roster')
    t.match(roster, { generation: 2, firstEpoch: 2 })
    t.equal(decodeRecord(Roster, roster?.payload ?? new Uint8Array(), OBJECT).members.length, 5)
    world.pass(9_800)
    for (const index of [0, 1, 2, 3, 4]) world.seal(index, { epoch: 2 })
    t.match(world.told('result')?.document, { epoch: 2, contributors: { roster: 5 } })
  },
)

t.test('a new roster is not issued for an epoch that closes in a moment', async (t) => {
  const world = running({ window: { every: 10_000, late: 0 } })
  world.pass(5_000)
  world.device('e')
  world.pass(4_000)
  for (const index of [0, 1, 2, 3]) world.seal(index, { epoch: 0 })
  t.match(world.told('roster'), { generation: 2, firstEpoch: 2 }, 'epoch 1 closes in 1 s')
})

t.test('too few devices later do not stop a repeating job, and it says so', async (t) => {
  const world = running({ window: { every: 10_000, late: 0 } })
  world.device('c', false).device('d', false)
  world.pass(1_000)
  for (const index of [0, 1]) world.seal(index, { contributors: [0, 1], gone: [2, 3] })
  t.equal(world.state.rosterGeneration, 1)
  t.match(world.status(), { phase: 'running', results: 1 })
  t.match(world.status().conditions[0], { type: 'Selected', status: false })
})

/** The job as the store would give it back after the process was killed. */
function restarted(world: World, documentAt = START): World {
  const next = new World()
  const order = world.told('order')
  if (!order) throw new Error('no order was issued')
  const document = world.state.document
  next.state = restoredJob({
    saved: savedJob(world.state),
    orderPayload: order.payload,
    rosters: world.state.rosters,
    newest: document && { at: documentAt, document },
  })
  next.now = world.now
  next.linkedSince = undefined
  for (const [id, device] of world.fleet.devices)
    next.fleet.devices.set(id, { ...device, online: false })
  return next
}

t.test(
  'a restarted controller tells everything again, byte for byte, and finishes the job',
  async (t) => {
    const before = running()
    before.seal(0)
    const kept = before.seal(1)
    t.equal(kept[0]?.kind, 'keep')
    const after = restarted(before)
    const kinds = after.give({ kind: 'resumed' }).map(({ kind }) => kind)
    t.same(kinds, ['spec', 'order', 'roster', 'status', 'wake'])
    t.same(after.told('order')?.payload, before.told('order')?.payload)
    t.same(after.told('roster')?.payload, before.told('roster')?.payload)
    // The stored reports, then those that devices send again for the re-delivered roster.
    for (const index of [0, 1, 0, 1, 2, 3]) after.seal(index)
    t.match(after.status(), { phase: 'succeeded', results: 1 })
    t.equal(after.told('result')?.document.agreement?.sealed, 4)
  },
)

t.test('a restarted controller ends a job that nobody answers any more', async (t) => {
  const after = restarted(running())
  after.give({ kind: 'resumed' })
  after.pass(65_000)
  t.match(after.status(), { phase: 'failed', reason: 'NoAnswer' })
})

t.test('a restarted controller keeps an ended job as it was', async (t) => {
  const before = running()
  for (const index of [0, 1, 2, 3]) before.seal(index)
  const after = restarted(before, START + 1)
  t.same(
    after.give({ kind: 'resumed' }).map((effect) => [effect.kind, 'what' in effect && effect.what]),
    [
      ['spec', false],
      ['withdraw', 'order'],
      ['withdraw', 'roster'],
      ['result', false],
      ['status', false],
    ],
  )
  t.same(after.told('result')?.document, before.told('result')?.document)
  t.equal(after.status().phase, 'succeeded')
})

t.test('a controller that was away for many epochs goes on with the present ones', async (t) => {
  const before = running({ window: { every: 1_000, late: 0 }, timeout: 500 })
  for (const index of [0, 1, 2, 3]) before.seal(index)
  const after = restarted(before)
  after.now += 1_000_000
  after.give({ kind: 'resumed' })
  t.match(after.told('note'), {
    level: 'warn',
    message: /epochs 1 to 997 passed while the controller was away/,
  })
  t.match(after.status(), { phase: 'running', epoch: 1001 })
  for (const index of [0, 1, 2, 3]) after.seal(index, { epoch: 1000 })
  t.match(after.told('result')?.document, { epoch: 1000, status: 'succeeded' })
})

t.test('a spoiled job in the store is refused by the place of the mistake', async (t) => {
  const world = running()
  const orderPayload = world.told('order')?.payload ?? new Uint8Array()
  const saved = savedJob(world.state).replace('"running"', '"asleep"')
  t.throws(() => restoredJob({ saved, orderPayload, rosters: [], newest: undefined }), {
    code: 'STORE_FAILED',
    message: /spoiled at phase/,
  })
})
