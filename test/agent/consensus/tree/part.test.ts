import t from 'tap'
import {
  chainOf,
  isShown,
  labelOf,
  type Part,
  partFromWire,
  partOf,
  partToWire,
  type Step,
  stepAt,
  stepFromWire,
  stepToWire,
} from '../../../../agent/consensus/tree/part.ts'
import { addVectors, toDoubles, vectorOf } from '../../../../agent/math/exactVector.ts'
import { members, setOf } from '../../../../agent/wire/bitset.ts'
import { payloadOf } from '../../../../agent/wire/signature.ts'
import { contextFor, overlay, signedContribution } from '../fleet.ts'

const SIZE = 8
const context = contextFor(overlay(SIZE), 0)
const alone = (index: number, value = index + 1): Part => {
  const part = partOf(
    context,
    index,
    payloadOf(signedContribution(index, value)),
    setOf(SIZE, [index]),
  )
  if (!part) throw new Error('no contribution')
  return part
}

/** Device 0 above 1 to 3; device 3 above 4 to 7: two levels. */
const lower = chainOf([3, 4, 5, 6, 7].map((index) => alone(index)))
const upper = chainOf([alone(0), alone(1), alone(2), lower.whole])
const total = upper.whole
const stepsOf = (place: number): Step[] => [
  { ...stepAt(lower, place), whole: lower.whole },
  { ...stepAt(upper, 3), whole: undefined },
]

t.test('a chain is the sum of its parts, over exactly their devices', async (t) => {
  t.strictSame(toDoubles(total.sum), [36], '1 + 2 + ... + 8')
  t.strictSame(members(total.set), [0, 1, 2, 3, 4, 5, 6, 7])
  t.equal(total.rows, SIZE)
})

t.test('every device is shown its part, from any depth, over the wire too', async (t) => {
  t.ok(isShown(total, [], total), 'the root itself')
  for (const place of [1, 2])
    t.ok(isShown(alone(place), [{ ...stepAt(upper, place), whole: undefined }], total))
  for (const place of [1, 2, 3, 4]) {
    const steps = stepsOf(place)
    t.ok(isShown(alone(3 + place), steps, total))
    const sent = steps.map((step, level) => stepFromWire(context, stepToWire(step, level)))
    const heard = partFromWire(context, partToWire(total))
    t.ok(isShown(alone(3 + place), sent, heard))
  }
})

t.test('a part that was changed, left out or added twice is not shown', async (t) => {
  const own = alone(5)
  const [step, above] = stepsOf(2)
  if (!step || !above) throw new Error('no steps')
  const more = (part: Part): Part => ({ ...part, sum: addVectors(part.sum, vectorOf([1])) })
  const wrong: [string, Part, Step[], Part][] = [
    ['another contribution went in', alone(5, 99), [step, above], total],
    ['more went in before it', own, [{ ...step, before: more(step.before) }, above], total],
    ['more went in after it', own, [{ ...step, whole: more(lower.whole) }, above], total],
    ['the total is another', own, [step, above], more(total)],
    ['the rows are others', own, [step, above], { ...total, rows: 9 }],
    ['another set is claimed', own, [step, above], { ...total, set: setOf(SIZE, [0, 1, 2]) }],
    ['another place', own, [{ ...step, place: 3 }, above], total],
    ['the first place is that of the head', own, [{ ...step, place: 0 }, above], total],
    ['it stands in what came before', own, [{ ...step, before: total }, above], total],
    ['a level is missing', own, [step], total],
    ['the last part is another', own, [{ ...step, last: labelOf(alone(1)) }, above], total],
    ['a digest is missing', own, [{ ...step, digests: step.digests.slice(1) }, above], total],
  ]
  for (const [what, part, steps, whole] of wrong) t.notOk(isShown(part, steps, whole), what)
  const without = chainOf([3, 4, 6, 7].map((index) => alone(index)))
  const left = chainOf([alone(0), alone(1), alone(2), without.whole])
  const steps = [
    { ...stepAt(without, 2), whole: without.whole },
    { ...stepAt(left, 3), whole: undefined },
  ]
  t.notOk(isShown(own, steps, left.whole), 'left out')
})
