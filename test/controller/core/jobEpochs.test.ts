import t from 'tap'
import { neighborsOf } from '../../../agent/consensus/overlay.ts'
import { OBJECT } from '../../../agent/wire/cborCheck.ts'
import { decodeRecord } from '../../../agent/wire/codec.ts'
import { Roster } from '../../../agent/wire/messages.ts'
import { running } from './world.ts'

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

t.test('an epoch that nobody was there for is over soon after others', async (t) => {
  const world = running({ window: { every: 10_000, late: 0 }, epochs: 2, timeout: 600_000 })
  world.pass(10_000)
  for (const index of [0, 1, 2, 3]) world.seal(index, { epoch: 1 })
  t.match(world.status(), { phase: 'running', results: 1 })
  world.pass(29_000)
  t.match(world.status(), { phase: 'running' })
  world.pass(1_000)
  t.match(world.told('result')?.document, { epoch: 0, status: 'failed' })
  t.match(world.status(), { phase: 'succeeded', message: '1 of 2 epochs gave a result' })
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
  t.match(world.status(), { phase: 'running', results: 0 })
  t.match(world.told('result')?.document, { status: 'failed', reason: /wanted minNodes 3/ })
  t.match(world.status().conditions[0], { type: 'Selected', status: false })
})

t.test(
  'after the broker was away members are missed only when they had time to come back',
  async (t) => {
    const world = running({ window: { every: 10_000, late: 0 } }, {}, 5)
    world.pass(1_000)
    world.device('e', false)
    world.pass(1)
    world.linkedSince = world.now

    world.pass(1_000)
    for (const index of [0, 1, 2, 3]) world.seal(index, { contributors: [0, 1, 2, 3], gone: [4] })
    t.equal(world.state.rosterGeneration, 1, '1 s after the broker came back')
    world.pass(20_000)
    for (const index of [0, 1, 2, 3])
      world.seal(index, { epoch: 2, contributors: [0, 1, 2, 3], gone: [4] })
    t.equal(world.state.rosterGeneration, 2)
    t.equal(world.state.rosters[0]?.roster.members.length, 4)
  },
)

t.test('who comes is welcome at once, also when the broker was away a moment ago', async (t) => {
  const world = running({ window: { every: 10_000, late: 0 } })
  world.pass(1_000)
  world.linkedSince = world.now
  world.device('e')
  world.pass(1_000)
  for (const index of [0, 1, 2, 3]) world.seal(index)
  t.equal(world.state.rosters[0]?.roster.members.length, 5)
})

const conditionOf = (world: ReturnType<typeof running>, type: string) =>
  world.status().conditions.find((each) => each.type === type)

t.test('a device that leaves is not in the next roster, whose overlay is drawn anew', async (t) => {
  const names = Array.from({ length: 12 }, (_, i) => `n${String(i).padStart(2, '0')}`)
  const world = running({ window: { every: 10_000, late: 0 } }, {}, 0)
  for (const id of names) world.device(id)
  world.give({ kind: 'look' })
  world.pass(1_000)
  const before = world.state.rosters[0]?.roster
  t.equal(before?.members.length, 12)
  world.device('n07', false)
  world.pass(1_000)
  const left = names.map((_, i) => i).filter((i) => i !== 7)
  for (const index of left) world.seal(index, { contributors: left, gone: [7] })
  const after = world.state.rosters[0]?.roster
  t.match(after, { generation: 2, firstEpoch: 1 })
  t.strictSame(
    after?.members.map(({ id }) => String(id)),
    names.filter((id) => id !== 'n07'),
  )
  t.not(after?.seed, before?.seed)
  const neighbors = after ? neighborsOf(after) : []
  t.ok(
    neighbors.every((hears) => hears.length === 8),
    'whole again: eight neighbors each',
  )
})

t.test('declared links that hang on one device are told of, and what a leave cuts', async (t) => {
  const wanted = {
    matchLabels: {},
    sensors: [],
    position: false,
    minNodes: 3,
    neighbors: 'declared',
  } as const
  const world = running({ window: { every: 10_000, late: 0 } }, { wanted }, 0)
  world.device('hub').device('x', true, {}, 1, ['hub']).device('y', true, {}, 1, ['hub'])
  world.device('z', true, {}, 1, ['hub', 'y'])
  world.give({ kind: 'look' })
  world.pass(1_000)
  t.match(conditionOf(world, 'Robust'), {
    status: false,
    reason: 'HangsOnDevice',
    message: /hang on hub: if it leaves/,
  })
  world.device('hub', false, {}, 2)
  world.pass(1_000)
  for (const index of [1, 2, 3]) world.seal(index, { contributors: [1, 2, 3], gone: [0] })
  t.match(conditionOf(world, 'Selected'), {
    status: false,
    reason: 'NotConnected',
    message: /do not connect y, z to x/,
  })
  t.equal(world.state.rosterGeneration, 1, 'no roster is issued for a graph in parts')

  world.device('x', true, {}, 2, ['y', 'z'])
  world.pass(9_000)
  world.pass(1_000)
  for (const index of [1, 2, 3]) world.seal(index, { epoch: 1, contributors: [1, 2, 3], gone: [0] })
  t.match(conditionOf(world, 'Selected'), { status: true, reason: 'EnoughDevices' })
  t.match(world.state.rosters[0]?.roster, {
    generation: 2,
    links: [0, 1, 0, 2, 1, 0, 1, 2, 2, 0, 2, 1],
  })
  t.match(conditionOf(world, 'Robust'), { status: true, reason: 'AnyOneMayLeave' })
})
