import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Snapshot } from '../../../agent/core/snapshot.ts'
import { decodeSnapshot, encodeSnapshot, fileStore, memoryStore } from '../../../agent/io/store.ts'
import { jobId } from '../../../agent/wire/ids.ts'

const bytes = (length: number, fill: number) => new Uint8Array(length).fill(fill)
// What an epoch remembers is the core's affair: the store keeps whatever it is.
const snapshot = {
  incarnation: 7,
  ended: [[jobId('old'), 3]],
  jobs: [
    {
      job: jobId('soil'),
      order: bytes(300, 1),
      rosters: [bytes(70_000, 2), bytes(1, 3)],
      epochs: [
        {
          epoch: 2 ** 33,
          roster: bytes(32, 4),
          contribution: bytes(90, 5),
          statement: 3,
          attempt: 1,
          vote: { hash: bytes(16, 6), contributors: bytes(2, 7), tombstones: bytes(2, 0) },
          seal: bytes(100, 8),
        },
        { epoch: 0, roster: bytes(32, 4), statement: 0, attempt: 0 },
      ],
    },
  ],
} as unknown as Snapshot

t.test('a snapshot comes back as it was saved, byte strings as Uint8Array', async (t) => {
  const folder = join(t.testdir(), 'state')
  const store = fileStore({ folder, base: 0 })
  t.strictSame(await store.load(), { incarnation: 1, problems: [] })
  await store.save(snapshot)
  const again = await fileStore({ folder, base: 0 }).load()
  t.strictSame(again.snapshot, snapshot)
  t.equal(again.snapshot?.jobs[0]?.order.constructor, Uint8Array)
  t.strictSame((await readdir(folder)).sort(), ['agent.state', 'counters.json'])
})

t.test('each load has an incarnation above all before, also above the snapshot', async (t) => {
  const folder = t.testdir()
  const first = fileStore({ folder, base: 0 })
  t.equal((await first.load()).incarnation, 1)
  t.equal((await fileStore({ folder, base: 0 }).load()).incarnation, 2)
  await first.save({ incarnation: 41, jobs: [], ended: [] })
  t.equal((await fileStore({ folder, base: 0 }).load()).incarnation, 42)
  t.equal((await fileStore({ folder, base: 1_700_000_000 }).load()).incarnation, 43, 'not lost')
})

t.test('sessions count on over restarts', async (t) => {
  const folder = t.testdir()
  const first = fileStore({ folder, base: 0 })
  await first.load()
  t.equal(await first.nextSession(), 1)
  t.equal(await first.nextSession(), 2)
  const second = fileStore({ folder, base: 0 })
  await second.load()
  t.equal(await second.nextSession(), 3)
})

t.test('counters of a device that lost its state begin at the base', async (t) => {
  const store = fileStore({ folder: t.testdir(), base: 1_700_000_000 })
  t.equal((await store.load()).incarnation, 1_700_000_001)
  t.equal(await store.nextSession(), 1_700_000_001)
})

t.test('counting before loading is refused, since it could repeat a number', async (t) => {
  const store = fileStore({ folder: t.testdir(), base: 0 })
  await t.rejects(store.nextSession(), { code: 'STORE_FAILED' })
})

t.test('a spoiled state file is moved aside, reported, and not fatal', async (t) => {
  const good = encodeSnapshot(snapshot)
  const flipped = good.slice()
  flipped[good.length - 1] = (flipped.at(-1) ?? 0) ^ 1
  const cases: [name: string, content: Uint8Array | string, reason: RegExp][] = [
    ['empty', '', /not a state file of version 1/],
    ['cut off', good.subarray(0, good.length - 1), /checksum/],
    ['header only', good.subarray(0, 17), /checksum/],
    ['one bit changed', flipped, /checksum/],
    [
      'another version',
      Buffer.from(Buffer.from(good).toString('latin1').replace('state 1', 'state 2'), 'latin1'),
      /version 1/,
    ],
    ['junk', 'hello', /version 1/],
  ]
  for (const [name, content, reason] of cases) {
    const folder = t.testdir({ 'agent.state': Buffer.from(content) })
    await writeFile(join(folder, 'agent.state'), content)
    const loaded = await fileStore({ folder, base: 0 }).load()
    t.equal(loaded.snapshot, undefined, name)
    t.match(loaded.problems, [reason], name)
    t.ok((await readdir(folder)).includes('agent.state.spoiled'), name)
    t.notOk((await readdir(folder)).includes('agent.state'), name)
  }
})

t.test('a whole file whose content is of another shape is refused', async (t) => {
  const wrong = encodeSnapshot({ incarnation: -1, jobs: [], ended: [] })
  t.throws(() => decodeSnapshot(wrong), { code: 'STORE_FAILED', message: /incarnation/ })
  const noRosters = encodeSnapshot({
    incarnation: 1,
    jobs: [{ job: 'a' }],
    ended: [],
  } as unknown as Snapshot)
  t.throws(() => decodeSnapshot(noRosters), { code: 'STORE_FAILED' })
})

t.test(
  'spoiled counters are moved aside and the snapshot still raises the incarnation',
  async (t) => {
    const folder = t.testdir({ 'counters.json': '{"version":1,"incarnation":"x"}' })
    await writeFile(join(folder, 'agent.state'), encodeSnapshot(snapshot))
    const loaded = await fileStore({ folder, base: 0 }).load()
    t.equal(loaded.incarnation, 8)
    t.strictSame(loaded.snapshot, snapshot)
    t.match(loaded.problems, [/counters\.json/])
  },
)

t.test('a half-written neighbor file of a power cut does not matter', async (t) => {
  const folder = t.testdir()
  const store = fileStore({ folder, base: 0 })
  await store.load()
  await store.save(snapshot)
  await writeFile(join(folder, 'agent.state.new'), 'half')
  const again = fileStore({ folder, base: 0 })
  t.strictSame((await again.load()).snapshot, snapshot)
  await again.save({ incarnation: 9, jobs: [], ended: [] })
  t.strictSame(decodeSnapshot(await readFile(join(folder, 'agent.state'))), {
    incarnation: 9,
    jobs: [],
    ended: [],
  })
})

t.test('a state folder that cannot be used is an error with its path', async (t) => {
  const folder = t.testdir({ file: 'x' })
  const inside = join(folder, 'file', 'state')
  await t.rejects(fileStore({ folder: inside, base: 0 }).load(), {
    code: 'STORE_FAILED',
    message: new RegExp(inside),
  })
  const taken = join(folder, 'taken')
  await mkdir(join(taken, 'agent.state.new'), { recursive: true })
  const store = fileStore({ folder: taken, base: 0 })
  await store.load()
  await t.rejects(store.save(snapshot) as Promise<void>, {
    code: 'STORE_FAILED',
    message: /EISDIR/,
  })
})

t.test('the store in memory counts and remembers as the one on disk does', async (t) => {
  const store = memoryStore(10)
  t.strictSame(await store.load(), { incarnation: 11, problems: [] })
  store.save(snapshot)
  t.strictSame(await store.load(), { incarnation: 12, problems: [], snapshot })
  t.equal(await store.nextSession(), 11)
})

t.test('a load that comes while a save is under way finds what was saved', async (t) => {
  const folder = t.testdir()
  const store = fileStore({ folder, base: 0 })
  await store.load()
  void store.save({ ...snapshot, incarnation: 1 })
  void store.save(snapshot)
  t.strictSame((await store.load()).snapshot, snapshot)
})
