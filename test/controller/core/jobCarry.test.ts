import t from 'tap'
import { vectorOf } from '../../../agent/math/exactVector.ts'
import type { Order } from '../../../agent/wire/messages.ts'
import type { ResultDocument } from '../../../controller/core/resultDocument.ts'
import { restarted, running, type World } from './world.ts'

const F = 0.5
const order: Partial<Order> = {
  model: {
    type: 'gaussian',
    response: ['temp'],
    prior: Float64Array.of(0, 1, 1, 1),
    forgetting: Float64Array.of(F),
  },
  window: { every: 10_000, late: 0 },
  timeout: 30_000,
}
/** Of the four devices of the world, 18, 19.5, 21 and 20.25. */
const SUM = 78.75

/** Posterior mean after windows that brought the sum of all devices or, where false, nothing. */
function meanAfter(...windows: boolean[]): number {
  const last = windows.length - 1
  const weight = windows.reduce((sum, is, k) => sum + (is ? F ** (last - k) : 0), 0)
  return (SUM * weight) / (1 + 4 * weight)
}

interface Posterior {
  readonly posterior: { readonly mean: number }
  readonly carried: unknown
}
const resultOf = (document: ResultDocument | undefined) =>
  document?.result as unknown as Posterior | undefined
const documents = (world: World): ResultDocument[] =>
  world.effects.flatMap((effect) => (effect.kind === 'result' ? [effect.document] : []))
const all = (world: World, epoch: number, by: readonly number[] = [0, 1, 2, 3]) => {
  for (const index of by) world.seal(index, { epoch })
}

t.test("each window's result rests on those before it", async (t) => {
  const world = running(order)
  for (const epoch of [0, 1, 2]) {
    all(world, epoch)
    world.pass(10_000)
  }
  t.strictSame(
    documents(world).map((each) => resultOf(each)?.posterior.mean),
    [meanAfter(true), meanAfter(true, true), meanAfter(true, true, true)],
  )
  t.strictSame(resultOf(world.state.document)?.carried, { since: 0, windows: 3, missed: 0 })
})

t.test('a window without an answer brings nothing, and those after it say so', async (t) => {
  const world = running({ ...order, timeout: 2_000 })
  all(world, 0)
  world.pass(20_000)
  all(world, 2)
  t.match(documents(world)[1], { epoch: 1, status: 'failed' })
  t.equal(resultOf(world.state.document)?.posterior.mean, meanAfter(true, false, true))
  t.strictSame(resultOf(world.state.document)?.carried, { since: 0, windows: 2, missed: 1 })
})

t.test('a result waits for that of the window before', async (t) => {
  const world = running(order)
  all(world, 0, [0, 1, 2])
  world.pass(10_000)
  all(world, 1)
  t.strictSame(documents(world), [], 'window 0 may still end well')
  all(world, 0, [3])
  t.strictSame(
    documents(world).map(({ epoch }) => epoch),
    [0, 1],
  )
  t.equal(resultOf(world.state.document)?.posterior.mean, meanAfter(true, true))
})

t.test('a window that ends well after its time corrects those after it', async (t) => {
  const world = running({ ...order, timeout: 2_000 })
  world.pass(10_000)
  all(world, 1)
  t.equal(resultOf(world.state.document)?.posterior.mean, meanAfter(true))
  all(world, 0)
  t.strictSame(
    documents(world).map(({ epoch, status }) => [epoch, status]),
    [
      [0, 'failed'],
      [1, 'succeeded'],
      [0, 'succeeded'],
      [1, 'succeeded'],
      [0, 'succeeded'],
    ],
    'the last one since all have sealed by now',
  )
  t.equal(resultOf(world.state.document)?.posterior.mean, meanAfter(true, true))
  world.pass(10_000)
  all(world, 2)
  t.equal(resultOf(world.state.document)?.posterior.mean, meanAfter(true, true, true))
})

t.test('a controller that starts again goes on from what it kept', async (t) => {
  const world = running(order)
  all(world, 0)
  world.pass(10_000)
  all(world, 1)
  const next = restarted(world)
  next.linkedSince = next.now
  t.strictSame(next.state.carried, world.state.carried)
  for (const id of ['a', 'b', 'c', 'd']) next.device(id)
  next.give({ kind: 'resumed' })
  next.pass(10_000)
  all(next, 2)
  t.equal(resultOf(next.state.document)?.posterior.mean, meanAfter(true, true, true))
  t.strictSame(resultOf(next.state.document)?.carried, { since: 0, windows: 3, missed: 0 })
})

t.test('answers that contradict each other bring nothing', async (t) => {
  const world = running({ ...order, timeout: 2_000 })
  all(world, 0)
  world.pass(10_000)
  all(world, 1, [0, 1])
  for (const index of [2, 3]) world.seal(index, { epoch: 1, contributors: [0, 1, 2], gone: [3] })
  world.pass(10_000)
  t.equal(documents(world)[1]?.status, 'failed')
  all(world, 2)
  t.strictSame(resultOf(world.state.document)?.carried, { since: 0, windows: 2, missed: 1 })
})

t.test(
  'what too few devices agreed on fails, but they go on from it, and so does the job',
  async (t) => {
    const world = running(order, {
      wanted: { matchLabels: {}, sensors: [], position: false, minNodes: 4 },
    })
    for (const index of [0, 1, 2])
      world.seal(index, { epoch: 0, contributors: [0, 1, 2], gone: [3] })
    world.pass(40_000)
    t.match(documents(world)[0], { status: 'failed', reason: /wanted minNodes 4/ })
    t.match(world.state.carried, { since: 0, windows: 1 })
  },
)

t.test('a decision lasts over windows and over a restart of the controller', async (t) => {
  const event: Partial<Order> = {
    ...order,
    model: {
      type: 'event',
      terms: [['temp']],
      names: ['temp'],
      prior: Float64Array.of(0.5),
      values: Float64Array.of(0.9, 0.5, 2),
    },
  }
  const brings = (world: World, epoch: number, evidence: number) => {
    for (const index of [0, 1, 2, 3]) world.seal(index, { epoch, sum: vectorOf([evidence, 4, 4]) })
    world.pass(10_000)
  }
  const world = running(event)
  brings(world, 0, 5)
  t.match(world.state.document?.result, { decision: false, since: 0 })
  const next = restarted(world)
  next.linkedSince = next.now
  for (const id of ['a', 'b', 'c', 'd']) next.device(id)
  next.give({ kind: 'resumed' })
  brings(next, 1, 5)
  t.match(next.state.document?.result, { decision: true, since: 1 })
  brings(next, 2, -5)
  t.match(next.state.document?.result, { decision: true, since: 1, logOdds: -5 })
})
