import t from 'tap'
import { restoredJob, savedJob } from '../../../controller/core/jobState.ts'
import { restarted, running, START } from './world.ts'

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

t.test('epochs beyond the last are not missed while its reports are awaited', async (t) => {
  const window = { every: 1_000, late: 0 }
  const world = running({ window, timeout: 60_000, epochs: 2 })
  for (const epoch of [0, 1]) for (const index of [0, 1, 2]) world.seal(index, { epoch })
  world.pass(30_000)
  world.give({ kind: 'look' })
  t.match(world.status(), { phase: 'running', epoch: 2 })
  t.notOk(world.effects.some(({ kind }) => kind === 'note'))
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
  const saved = savedJob(world.state)
  const spoiled: [from: RegExp, to: string, place: RegExp][] = [
    [/"running"/, '"asleep"', /spoiled at phase/],
    [/"matchLabels":{.*?}/, '"matchLabels":{"__proto__":"a"}', /at wanted.matchLabels.__proto__/],
  ]
  for (const [from, to, message] of spoiled) {
    const kept = { saved: saved.replace(from, to), orderPayload, rosters: [], newest: undefined }
    t.throws(() => restoredJob(kept), { code: 'STORE_FAILED', message }, to)
  }
})
