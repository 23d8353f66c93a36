import t, { type Test } from 'tap'
import { partFromWire, partToWire } from '../../../../agent/consensus/tree/part.ts'
import { tree } from '../../../../agent/consensus/tree/tree.ts'
import { isComplete, type TreeState } from '../../../../agent/consensus/tree/treeState.ts'
import { treeDepth } from '../../../../agent/consensus/treeOverlay.ts'
import { addVectors, toDoubles, vectorOf } from '../../../../agent/math/exactVector.ts'
import { count, members, setOf } from '../../../../agent/wire/bitset.ts'
import { nodeId } from '../../../../agent/wire/ids.ts'
import { openCose } from '../../../../agent/wire/signature.ts'
import { contextFor, type Faults, overlay, PERIOD, RoundsOf, signedContribution } from '../fleet.ts'

const fleet = (size: number, seed = 1, faults: Faults = {}) =>
  new RoundsOf(tree, overlay(size, seed), seed, faults)
/** Device i contributes i + 1/2. */
const sumOf = (indices: readonly number[]): number => indices.reduce((sum, i) => sum + i + 0.5, 0)
const everyone = (size: number): number[] => Array.from({ length: size }, (_, i) => i)

function checkAnswers(t: Test, states: readonly TreeState[], among: readonly number[]): void {
  for (const state of states) {
    const answer = tree.answer(state)
    if (!answer) {
      t.fail(`device ${state.agreement.context.self} has no answer`)
      return
    }
    t.strictSame(members(answer.contributors), among)
    t.strictSame(toDoubles(answer.sum), [sumOf(among)])
  }
}

t.test('of any size, all hold the sum after a round a level and one to announce', async (t) => {
  for (const size of [...everyone(83).slice(1), 100, 155, 200, 299, 300]) {
    const rounds = fleet(size)
    while (rounds.round < 40 && !rounds.states.every(isComplete)) rounds.step()
    // A round here is a step of everybody; what is sent in the first is heard in the second.
    t.equal(rounds.round, size === 1 ? 0 : treeDepth(size) + 2, `${size} devices`)
    rounds.run(200)
    checkAnswers(t, rounds.states.slice(0, 3), everyone(size))
    t.ok(
      rounds.states.every(({ flood }) => !flood),
      'nobody had to flood',
    )
  }
})

t.test('on a bad network all end with the sum of all', async (t) => {
  for (const [size, seed] of [
    [2, 1],
    [9, 2],
    [10, 3],
    [40, 4],
    [64, 5],
  ] as const) {
    const rounds = fleet(size, seed, { loss: 0.3, delay: 3, duplicate: 0.05 })
    rounds.run(800)
    checkAnswers(t, rounds.states, everyone(size))
  }
})

t.test('whoever adds up wrongly is found out, and the sum is exact all the same', async (t) => {
  const size = 20
  const honest = fleet(size)
  const head = honest.states.findIndex(
    ({ parent, below }) => parent !== undefined && below.size > 0,
  )
  const context = contextFor(honest.hears, head)
  const rounds = fleet(size, 1, {
    forge(from, body) {
      const part = from === head ? body.tree?.part : undefined
      if (!part) return body
      const own = partFromWire(context, part)
      const more = { ...own, sum: addVectors(own.sum, vectorOf([1000])) }
      return { ...body, tree: { ...body.tree, part: partToWire(more) } }
    },
  })
  rounds.run(400)
  t.ok(rounds.states.some((state) => tree.dispute(state)?.includes('not in the total')))
  checkAnswers(t, rounds.states, everyone(size))
})

t.test('a device that crashes is left out by name, or counts if it has spoken', async (t) => {
  for (const at of [0, 3]) {
    const rounds = fleet(20, 7, { crashes: new Map([[5, at]]) })
    rounds.run(500)
    const [first] = rounds.live
    const contributors = first && tree.answer(first)?.contributors
    t.ok(contributors && count(contributors) >= 19)
    checkAnswers(t, rounds.live, members(contributors ?? new Uint8Array(3)))
  }
})

t.test(
  'a device that starts again with its memory comes to the answer of the others',
  async (t) => {
    const rounds = fleet(20, 3)
    for (let k = 0; k < 4; k++) rounds.step()
    const state = rounds.states[7]
    if (!state) throw new Error('no device')
    rounds.restart(7, 2, tree.remember(state))
    rounds.run(300)
    checkAnswers(t, rounds.states, everyone(20))
  },
)

t.test('a device that lost its memory is told by those who have ended', async (t) => {
  const rounds = fleet(20, 3)
  rounds.run(100)
  rounds.restart(7, 2)
  rounds.run(400)
  checkAnswers(t, rounds.states, everyone(20))
})

/** A root, one of eight devices below it whose part it holds, and the signature of that device. */
function pair() {
  const rounds = fleet(9)
  const root = rounds.states.findIndex(({ parent }) => parent === undefined)
  for (let k = 0; k < 2; k++) rounds.step()
  const state = rounds.states[root]
  const leaf = rounds.states.find(({ parent }) => parent === root)
  if (!state || !leaf) throw new Error('no tree')
  const { self } = leaf.agreement.context
  const signed = signedContribution(self, self + 0.5)
  return { state, self, signed, signature: openCose(signed).signature.slice() }
}

t.test('a signature claims the contribution that its part stands for', async (t) => {
  const { state, self, signed, signature } = pair()
  const body = { tree: { lacks: 0, signature } }
  const [claim, ...more] = tree.claims(state, body, self)
  t.strictSame([claim?.purpose, claim?.index, more], ['contribution', self, []])
  t.strictSame(claim?.signed, signed)
  claim?.drop()
  t.strictSame(body.tree, { lacks: 0 }, 'a bad signature is taken out')
  const root = state.agreement.context.self
  t.strictSame(tree.claims(state, { tree: { lacks: 0, signature } }, root), [], 'not below us')
  t.strictSame(tree.claims(state, { tree: { lacks: 2 } }, self), [])
})

t.test('whoever votes without having signed its share is found out', async (t) => {
  for (const isSigned of [true, false]) {
    const { state, self, signature } = pair()
    const { context } = state.agreement
    const body = {
      agreement: {
        attempt: 0,
        votes: [{ hash: new Uint8Array(16), by: setOf(context.size, [self]) }],
      },
      tree: { lacks: 0, ...(isSigned && { signature }) },
    }
    tree.receive(state, PERIOD, self, {
      version: 1,
      job: context.job,
      from: nodeId(`n${self}`),
      incarnation: 1,
      seq: 100,
      epoch: 0,
      round: 1,
      roster: context.roster.slice(0, 8),
      ...body,
    })
    const said = tree.dispute(state)?.includes('without having signed') ?? false
    t.equal(said, !isSigned)
  }
})

t.test(
  'what is proposed goes up unsigned, and is signed once it was seen in the total',
  async (t) => {
    const rounds = new RoundsOf(tree, overlay(9), 1, {}, 'proposed')
    while (rounds.round < 40 && !rounds.live.every(({ agreement }) => agreement.voting.final)) {
      const signers = rounds.states.filter(({ agreement }) => agreement.contribution)
      t.ok(signers.every(({ isShown }) => isShown))
      rounds.step()
    }
    checkAnswers(t, rounds.states, everyone(9))
    const root = rounds.states.find(({ parent }) => parent === undefined)
    t.ok(
      root && [...root.below.values()].every(({ signed }) => signed),
      'and every leaf was checked',
    )
  },
)
