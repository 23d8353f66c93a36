import t from 'tap'
import { agreementClaims } from '../../../../agent/consensus/agreement/claims.ts'
import {
  deriveTombstone,
  isSuspected,
  learnStatement,
  learnTombstone,
  type Membership,
  newMembership,
  suspects,
} from '../../../../agent/consensus/agreement/membership.ts'
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

t.test('a strict majority of its observers buries a device, half of them does not', async (t) => {
  const graph = adjacency(complete)
  const context = contextFor(graph, 0)
  const half = told(graph, 0, { 0: [5], 1: [5] })
  t.equal(deriveTombstone(half, context), undefined, 'two of five')
  const most = told(graph, 0, { 0: [5], 1: [5], 2: [5] })
  const tombstone = deriveTombstone(most, context)
  t.strictSame(members(tombstone?.set ?? setOf(6, [])), [5])
  t.equal(tombstone?.statements.length, 3)
  t.ok(tombstone && learnTombstone(most, context, tombstone))
  t.strictSame(members(most.gone), [5])
})

t.test('one liar buries nobody, whatever it says of whom', async (t) => {
  for (const hears of [complete, ring(8), regular(20, 8, 2)]) {
    const graph = adjacency(hears)
    const all = graph.map((_, i) => i)
    for (const liar of all) {
      const self = (liar + 1) % graph.length
      const context = contextFor(graph, self)
      const membership = told(graph, self, { [liar]: all.filter((i) => i !== liar) })
      t.equal(deriveTombstone(membership, context), undefined)
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
  const tombstone = deriveTombstone(membership, context)
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
  const membership = told(graph, 0, { 0: [5], 1: [5], 2: [5] })
  t.ok(isSuspected(membership, context, 5))
  t.ok(learnStatement(membership, context, 5, signedStatement(5, [], { version: 1 })))
  t.notOk(suspects(membership, 0, 5))
  t.notOk(isSuspected(membership, context, 5))
  t.equal(deriveTombstone(membership, context), undefined)
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
  const tombstone = deriveTombstone(membership, context)
  t.strictSame(members(tombstone?.set ?? setOf(6, [])), [3])
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

t.test('a device that most others bury stops voting; the larger side goes on', async (t) => {
  const graph = adjacency(complete)
  const against = (set: number[], by: number[]) => ({
    set: setOf(6, set),
    statements: by.map((index) => ({ index, signed: signedStatement(index, set) })),
  })
  const buried = newMembership(contextFor(graph, 5))
  t.ok(learnTombstone(buried, contextFor(graph, 5), against([5], [0, 1, 2, 3, 4])))
  t.ok(buried.excluded)
  t.strictSame(members(buried.gone), [])
  const larger = newMembership(contextFor(graph, 0))
  t.ok(learnTombstone(larger, contextFor(graph, 0), against([0, 1, 2, 3], [4, 5])))
  t.notOk(larger.excluded)
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
