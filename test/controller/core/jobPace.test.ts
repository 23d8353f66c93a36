import t from 'tap'
import { restarted, running, type World } from './world.ts'

const order = { window: { every: 100, late: 0, paced: true }, epochs: 40, timeout: 10_000 } as const
const all = (world: World, epoch: number, by: readonly number[] = [0, 1, 2, 3]) => {
  for (const index of by) world.seal(index, { epoch })
}
const epochs = (world: World) =>
  world.effects.flatMap((effect) => (effect.kind === 'result' ? [effect.document.epoch] : []))

t.test('epochs follow each other as the devices end them, not by the clock', async (t) => {
  const world = running(order)
  world.pass(5_000)
  t.strictSame(epochs(world), [], 'nobody has ended the first')
  for (const epoch of [0, 1, 2, 3]) {
    all(world, epoch)
    world.pass(epoch * 1_000)
  }
  t.strictSame(epochs(world), [0, 1, 2, 3])
  for (let epoch = 4; epoch < 40; epoch++) all(world, epoch)
  t.match(world.status(), { phase: 'succeeded', message: '40 of 40 epochs gave a result' })
})

t.test('an epoch has its timeout from when the one before ended', async (t) => {
  const world = running(order)
  world.pass(9_000)
  all(world, 0)
  world.pass(14_000)
  t.strictSame(epochs(world), [0])
  world.pass(1_001)
  t.match(world.told('result')?.document, { epoch: 1, status: 'failed' })
})

t.test('one that devices begin early waits for the one before', async (t) => {
  const world = running(order)
  all(world, 0, [0, 1, 2])
  all(world, 1, [0, 1, 2, 3])
  t.strictSame(epochs(world), [])
  all(world, 0, [3])
  t.strictSame(epochs(world), [0, 1])
})

t.test('a controller that was away goes on where most devices are', async (t) => {
  const world = running(order)
  all(world, 0)
  const next = restarted(world)
  next.linkedSince = next.now
  for (const id of ['a', 'b', 'c', 'd']) next.device(id)
  next.give({ kind: 'resumed' })
  all(next, 30, [0])
  t.equal(next.state.nextEpoch, 2, 'one device alone sends it nowhere')
  all(next, 20, [1])
  all(next, 20, [2, 3])
  t.match(next.told('note')?.message, /epochs 1 to 19 passed while the controller was away/)
  all(next, 20, [0, 1])
  t.strictSame(epochs(next).at(-1), 20)
})

t.test('a new roster leaves the devices time to hear of it', async (t) => {
  const world = running(order)
  world.pass(1_000)
  world.device('e')
  world.pass(1_000)
  all(world, 0)
  t.match(world.told('roster'), { generation: 2, firstEpoch: 23 })
})
