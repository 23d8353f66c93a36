import t from 'tap'
import { agreementClaims } from '../../../../agent/consensus/agreement/claims.ts'
import {
  conclude,
  isSuspected,
  learnStatement,
  learnTombstone,
  type Membership,
  newMembership,
  suspects,
} from '../../../../agent/consensus/agreement/membership.ts'
import type { EpochContext } from '../../../../agent/consensus/context.ts'
import { regular } from '../../../../agent/consensus/overlay.ts'
import { members, setOf } from '../../../../agent/wire/bitset.ts'
import { contextFor, ring, signedContribution, signedStatement } from '../fleet.ts'

const complete = regular(6, 8, 0)

function told(size: readonly number[][], self: number, said: Record<number, number[]>): Membership {
  const membership = newMembership(contextFor(size, self))
  for (const [index, list] of Object.entries(said)) {
    learnStatement(
      membership,
      contextFor(size, self),
      Number(index),
      signedStatement(Number(index), list),
    )
  }
  return membership
}
const adjacency = (hears: readonly (readonly number[])[]): number[][] =>
  hears.map((list) => [...list])

/** Draws the conclusion and takes in the tombstone. @returns who is gone */
function goneFor(membership: Membership, context: EpochContext): number[] {
  const { tombstone } = conclude(membership, context)
  if (tombstone) learnTombstone(membership, context, tombstone)
  return members(membership.gone)
}

t.test('a device is gone when nobody hears it any more who is not gone himself', async (t) => {
  const graph = adjacency(complete)
  const context = contextFor(graph, 0)
  const most = told(graph, 0, { 0: [5], 1: [5], 2: [5], 3: [5] })
  t.strictSame(goneFor(most, context), [], 'device 4 still hears it')
  t.strictSame(members(most.doubted), [5], 'but most do not')
  const all = told(graph, 0, { 0: [5], 1: [5], 2: [5], 3: [5], 4: [5] })
  const { changed, tombstone } = conclude(all, context)
  t.ok(changed)
  t.strictSame(members(tombstone?.set ?? setOf(6, [])), [5])
  t.equal(tombstone?.statements.length, 5)
  t.ok(tombstone && learnTombstone(all, context, tombstone))
  t.strictSame(members(all.gone), [5])
  t.strictSame(conclude(all, context), { changed: false, tombstone: undefined }, 'nothing new')
})

t.test('one liar buries nobody, whatever it says of whom', async (t) => {
  for (const hears of [complete, ring(8), regular(20, 8, 2)]) {
    const graph = adjacency(hears)
    const all = graph.map((_, i) => i)
    for (const liar of all) {
      const self = (liar + 1) % graph.length
      const context = contextFor(graph, self)
      const membership = told(graph, self, { [liar]: all.filter((i) => i !== liar) })
      t.strictSame(goneFor(membership, context), [])
      for (const victim of all) {
        const forged = {
          set: setOf(graph.length, [victim]),
          statements: [
            {
              index: liar,
              signed: signedStatement(
                liar,
                all.filter((i) => i !== liar),
              ),
            },
          ],
        }
        if (victim === liar) continue
        t.notOk(learnTombstone(membership, context, forged), `${liar} against ${victim}`)
      }
    }
  }
})

t.test('devices that died side by side on a ring are buried together', async (t) => {
  const graph = adjacency(ring(8))
  const context = contextFor(graph, 0)
  const membership = told(graph, 0, { 2: [3], 6: [5] })
  const { tombstone } = conclude(membership, context)
  t.strictSame(members(tombstone?.set ?? setOf(8, [])), [3, 4, 5])
  const other = newMembership(contextFor(graph, 1))
  t.ok(
    tombstone && learnTombstone(other, contextFor(graph, 1), tombstone),
    'the proof convinces others',
  )
})

t.test('a newer statement of the suspect cancels the suspicion', async (t) => {
  const graph = adjacency(complete)
  const context = contextFor(graph, 0)
  const membership = told(graph, 0, { 0: [5], 1: [5], 2: [5], 3: [5], 4: [5] })
  t.strictSame(goneFor(membership, context), [5])
  t.ok(isSuspected(membership, context, 5))
  t.ok(learnStatement(membership, context, 5, signedStatement(5, [], { version: 1 })))
  t.notOk(suspects(membership, 0, 5))
  t.notOk(isSuspected(membership, context, 5))
  t.strictSame(goneFor(membership, context), [], 'it is not gone any more')
  t.strictSame(members(membership.certified), [5], 'that it was is still proven')
})

t.test('an older statement does not replace a newer one', async (t) => {
  const graph = adjacency(complete)
  const context = contextFor(graph, 0)
  const membership = newMembership(context)
  t.ok(learnStatement(membership, context, 1, signedStatement(1, [5], { version: 2 })))
  t.notOk(learnStatement(membership, context, 1, signedStatement(1, [], { version: 1 })))
  t.ok(suspects(membership, 1, 5))
  t.ok(
    learnStatement(membership, context, 1, signedStatement(1, [], { incarnation: 2, version: 1 })),
  )
  t.notOk(suspects(membership, 1, 5))
})

t.test('a statement of another epoch, roster or device is not taken in', async (t) => {
  const context = contextFor(complete, 0)
  const membership = newMembership(context)
  t.notOk(learnStatement(membership, context, 1, signedStatement(1, [5], { epoch: 1 })))
  t.notOk(
    learnStatement(membership, context, 1, signedStatement(1, [5], { roster: new Uint8Array(32) })),
  )
  t.notOk(learnStatement(membership, context, 2, signedStatement(1, [5])))
  t.notOk(learnStatement(membership, context, 1, signedContribution(1, 1)))
})

t.test('a device is buried by its own leave alone', async (t) => {
  const context = contextFor(complete, 0)
  const membership = newMembership(context)
  learnStatement(membership, context, 3, signedStatement(3, [], { leave: 'stopped' }))
  t.strictSame(goneFor(membership, context), [3])
})

t.test('two contributions that differ bury their device, one does not', async (t) => {
  const context = contextFor(complete, 0)
  const entry = (value: number) => ({ index: 4, signed: signedContribution(4, value) })
  const set = setOf(6, [4])
  t.notOk(
    learnTombstone(newMembership(context), context, { set, statements: [], entries: [entry(1)] }),
  )
  t.notOk(
    learnTombstone(newMembership(context), context, {
      set,
      statements: [],
      entries: [entry(1), entry(1)],
    }),
  )
  t.ok(
    learnTombstone(newMembership(context), context, {
      set,
      statements: [],
      entries: [entry(1), entry(2)],
    }),
  )
  const foreign = { index: 3, signed: signedContribution(3, 2) }
  t.notOk(
    learnTombstone(newMembership(context), context, {
      set,
      statements: [],
      entries: [entry(1), foreign],
    }),
  )
})

t.test('nothing that a device says takes back that it holds another answer for good', async (t) => {
  const context = contextFor(ring(4), 0)
  const membership = newMembership(context)
  const apart = { index: 1, incarnation: 0, version: 0, apart: true }
  for (const by of [0, 2]) learnStatement(membership, context, by, signedStatement(by, [apart]))
  learnStatement(membership, context, 1, signedStatement(1, [], { version: 9 }))
  t.ok(suspects(membership, 0, 1))
  t.notOk(isSuspected(membership, context, 1), 'it need not answer')
  t.strictSame(goneFor(membership, context), [1])
})

t.test(
  'two sides that gave each other up count each other as gone, until they speak again',
  async (t) => {
    // A ring of 8 in two halves, 0 to 3 and 4 to 7: all statements are known to everybody.
    for (const [self, others] of [
      [1, [4, 5, 6, 7]],
      [5, [0, 1, 2, 3]],
    ] as const) {
      const context = contextFor(ring(8), self)
      const membership = newMembership(context)
      for (const [observer, index] of [
        [0, 7],
        [7, 0],
        [3, 4],
        [4, 3],
      ] as const)
        learnStatement(
          membership,
          context,
          observer,
          signedStatement(observer, [{ index, incarnation: 1, version: 1 }]),
        )
      t.strictSame(goneFor(membership, context), others)
      for (const index of [0, 7])
        learnStatement(membership, context, index, signedStatement(index, [], { version: 2 }))
      t.strictSame(goneFor(membership, context), [], 'over one link all are in touch again')
    }
  },
)

t.test(
  'one that left still passes on what those behind it say, until it falls silent',
  async (t) => {
    const line = [[1], [0, 2], [1]]
    const context = contextFor(line, 0)
    const membership = newMembership(context)
    learnStatement(membership, context, 1, signedStatement(1, [], { leave: 'stopped' }))
    t.strictSame(goneFor(membership, context), [1])
    const accuse = { index: 1, incarnation: 1, version: 1 }
    learnStatement(membership, context, 0, signedStatement(0, [accuse]))
    t.strictSame(goneFor(membership, context), [1, 2])
  },
)

t.test('a tombstone is believed only where everybody outside it accuses', async (t) => {
  const context = contextFor(complete, 5)
  const against = (set: number[], by: number[]) => ({
    set: setOf(6, set),
    statements: by.map((index) => ({ index, signed: signedStatement(index, set) })),
  })
  t.notOk(learnTombstone(newMembership(context), context, against([5], [0, 1, 2, 3])))
  const buried = newMembership(context)
  t.ok(learnTombstone(buried, context, against([5], [0, 1, 2, 3, 4])))
  t.strictSame(members(buried.certified), [5])
  t.strictSame(members(buried.gone), [], 'never ourselves')
  t.notOk(buried.excluded, 'who is buried and lives says so, and votes')
})

t.test('the digest changes with what is known and agrees where the same is known', async (t) => {
  const context = contextFor(complete, 0)
  const one = newMembership(context)
  const two = newMembership(context)
  learnStatement(one, context, 1, signedStatement(1, [5]))
  t.notSame(one.digest, two.digest)
  learnStatement(two, context, 1, signedStatement(1, [5]))
  t.strictSame(one.digest, two.digest)
})

t.test('a lie is looked at although its device is gone already, and is passed on', async (t) => {
  const context = contextFor(adjacency(complete), 0)
  const membership = newMembership(context)
  const set = setOf(6, [3])
  const left = {
    set,
    statements: [{ index: 3, signed: signedStatement(3, [], { leave: 'bye' }) }],
  }
  const lies = [1, 2].map((value) => ({ index: 3, signed: signedContribution(3, value) }))
  const lied = { set, statements: [], entries: lies }
  t.ok(learnTombstone(membership, context, left))
  t.strictSame(members(membership.liars), [])
  const { digest } = membership
  const claims = agreementClaims(membership, { attempt: 0, tombstones: [lied] })
  t.equal(claims.length, 2, 'both are verified first')
  t.notOk(
    learnTombstone(membership, context, { ...lied, entries: [lies[0] as (typeof lies)[0]] }),
    'one contribution is no lie',
  )
  t.ok(learnTombstone(membership, context, lied))
  t.strictSame(members(membership.liars), [3])
  t.notSame(membership.digest, digest, 'neighbors see that there is more to know')
  t.notOk(learnTombstone(membership, context, lied), 'once')
  const other = { set, statements: [{ index: 3, signed: signedStatement(3, [], { leave: 'x' }) }] }
  learnTombstone(membership, context, other)
  t.ok(
    membership.tombstones.some(({ entries }) => entries?.length === 2),
    'the proof of the lie is kept',
  )
})
