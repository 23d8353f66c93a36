import t from 'tap'
import type { ExactVector } from '../../../agent/math/exactVector.ts'
import { encodeVector } from '../../../agent/math/wireForm.ts'
import type { Refusal } from '../../../agent/wire/gateMessages.ts'
import { jobId, nodeId } from '../../../agent/wire/ids.ts'
import type { Roster } from '../../../agent/wire/messages.ts'
import { admittedAnswer, gateBlock } from '../../../controller/core/gateResult.ts'
import { apart, collect, leading, newCollection } from '../../../controller/core/result.ts'
import { outcome } from './sealed.ts'

const roster: Roster = {
  version: 1,
  job: jobId('plane'),
  order: new Uint8Array(32),
  generation: 1,
  firstEpoch: 0,
  members: ['a', 'b', 'c', 'd'].map((id) => ({
    id: nodeId(id),
    key: new Uint8Array(33),
    incarnation: 1,
  })),
}
const rosterHash = new Uint8Array(32).fill(9)
const sum: ExactVector = { mantissas: [3n, -3n], exponents: [0, -2] }
const rest: ExactVector = { mantissas: [1n, -1n], exponents: [0, -2] }

const refusal = (index: number, reason: Refusal['reason'] = 'distance', distance = 87.25678) => ({
  index,
  reason,
  distance: Float64Array.of(distance),
})

/** Seals in which these devices refuse those. */
function collected(refusedBy: readonly (readonly Refusal[])[]) {
  const collection = newCollection(roster, rosterHash, 0, 2)
  refusedBy.forEach((refused, index) => {
    const { report, seal } = outcome({ roster, rosterHash, index, sum })
    if (!seal) throw new Error('no seal')
    collect(collection, report, {
      ...seal,
      gate: { refused: [...refused], rows: 3, ...encodeVector(rest) },
    })
  })
  return collection
}

t.test(
  'the figures are those of the devices that are admitted, and the others are named',
  async (t) => {
    const found = [refusal(1), refusal(2, 'weight', 250), refusal(3, 'unsound', 0)]
    const answer = leading(collected([found, found, found, found]))
    if (!answer) return t.fail('no answer')
    t.equal(answer.by.size, 4)
    t.strictSame(answer.sum, sum, 'what was voted on')
    t.strictSame(admittedAnswer(answer).sum, rest)
    t.equal(admittedAnswer(answer).rows, 3)
    t.strictSame(gateBlock(roster, answer), {
      gate: {
        admitted: 1,
        refused: [
          {
            device: 'b',
            distance: 87.26,
            reason: 'what its rows say lies 87.26 standard deviations from what most devices say',
          },
          { device: 'c', reason: 'its rows claim 250 times the weight of others' },
          { device: 'd', reason: 'what it contributed is no sum over rows' },
        ],
      },
    })
  },
)

t.test('devices that refuse others than each other have not the same answer', async (t) => {
  const collection = collected([[refusal(1)], [refusal(1)], [refusal(1)], [refusal(2)]])
  t.equal(collection.answers.size, 2, 'though they voted alike')
  t.strictSame([...(leading(collection)?.by ?? [])], [0, 1, 2])
  t.equal(apart(collection), undefined, 'which is a contradiction')
})

t.test('a seal that refuses whom it does not sum, or twice, is none', async (t) => {
  for (const refused of [[refusal(4)], [refusal(1), refusal(1)], [refusal(2), refusal(1)]])
    t.throws(() => collected([refused]), { code: 'BAD_MESSAGE', message: /refuses device/ })
})

t.test('without a gate nothing is said of one', async (t) => {
  const collection = newCollection(roster, rosterHash, 0, 2)
  const { report, seal } = outcome({ roster, rosterHash, index: 0, sum })
  collect(collection, report, seal)
  const answer = leading(collection)
  if (!answer) return t.fail('no answer')
  t.strictSame(gateBlock(roster, answer), {})
  t.equal(admittedAnswer(answer), answer)
})
