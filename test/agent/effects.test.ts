import t from 'tap'
import type { Effect } from '../../agent/core/effect.ts'
import type { Snapshot } from '../../agent/core/snapshot.ts'
import { type Act, effectQueue } from '../../agent/effects.ts'

const snapshot = (incarnation: number): Snapshot => ({ incarnation, jobs: [], ended: [] })
const persist = (n: number): Effect => ({ kind: 'persist', snapshot: snapshot(n) })
const note = (message: string): Effect => ({ kind: 'note', level: 'info', message })

/** A queue whose disk answers when the test says so, with a diary of all that happened. */
function scene() {
  const diary: string[] = []
  const disk: { ok(): Promise<void>; fail(): Promise<void> }[] = []
  let again = () => {}
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
  const queue = effectQueue({
    save(each) {
      diary.push(`write ${each.incarnation}`)
      return new Promise((resolve, reject) =>
        disk.push({
          ok() {
            resolve()
            return settled()
          },
          fail() {
            reject(new Error('ENOSPC'))
            return settled()
          },
        }),
      )
    },
    act: (effect: Act) => diary.push(effect.kind === 'note' ? effect.message : effect.kind),
    failed: (error, retry) => {
      diary.push(`failed ${error instanceof Error ? error.message : ''}`)
      again = retry
    },
  })
  return { queue, diary, disk, again: () => again() }
}

t.test(
  'what stands behind a snapshot waits until it is on disk, what stands before does not',
  async (t) => {
    const { queue, diary, disk } = scene()
    queue.push([note('a'), persist(1), note('b')])
    t.strictSame(diary, ['a', 'write 1'])
    queue.push([note('c')])
    t.strictSame(diary, ['a', 'write 1'])
    await disk[0]?.ok()
    t.strictSame(diary, ['a', 'write 1', 'b', 'c'])
    t.equal(queue.length, 0)
  },
)

t.test('a burst of snapshots costs one write more, and nothing overtakes', async (t) => {
  const { queue, diary, disk } = scene()
  queue.push([persist(1), note('a')])
  queue.push([persist(2), note('b'), persist(3), note('c')])
  t.strictSame(diary, ['write 1'])
  await disk[0]?.ok()
  t.strictSame(
    diary,
    ['write 1', 'a', 'write 3'],
    'a was covered by snapshot 1; b and c wait for 3',
  )
  queue.push([persist(4), note('d')])
  await disk[1]?.ok()
  t.strictSame(diary, ['write 1', 'a', 'write 3', 'b', 'c', 'write 4'])
  await disk[2]?.ok()
  t.strictSame(diary.at(-1), 'd')
})

t.test('a full disk holds everything back until it can be written', async (t) => {
  const { queue, diary, disk, again } = scene()
  queue.push([persist(1), note('a')])
  await disk[0]?.fail()
  t.strictSame(diary, ['write 1', 'failed ENOSPC'])
  queue.push([persist(2), note('b')])
  t.strictSame(diary, ['write 1', 'failed ENOSPC'], 'no write before the retry')
  again()
  t.strictSame(diary.slice(2), ['write 2'])
  await disk[1]?.ok()
  t.strictSame(diary.slice(3), ['a', 'b'])
})

t.test(
  'a store that is done at once holds nothing back, and effects may cause effects',
  async (t) => {
    const diary: string[] = []
    const queue = effectQueue({
      save: (each) => void diary.push(`write ${each.incarnation}`),
      act(effect) {
        const text = effect.kind === 'note' ? effect.message : ''
        diary.push(text)
        if (text === 'a') queue.push([note('caused'), persist(9)])
      },
      failed: () => t.fail(),
    })
    queue.push([note('a'), persist(1), note('b')])
    t.strictSame(
      diary,
      ['a', 'write 9', 'b', 'caused'],
      'in order; the newest snapshot stands for both',
    )
    await queue.idle()
  },
)

t.test('idle waits for the disk, close forgets what waits', async (t) => {
  const { queue, diary, disk } = scene()
  queue.push([persist(1), note('a')])
  let isIdle = false
  void queue.idle().then(() => {
    isIdle = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  t.notOk(isIdle)
  queue.close()
  await disk[0]?.ok()
  t.ok(isIdle)
  queue.push([note('b')])
  t.strictSame(diary, ['write 1'])
  await queue.idle()
})
