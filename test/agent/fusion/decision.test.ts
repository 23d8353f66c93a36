import t from 'tap'
import { carryIfSound, carryOn, isCarrying, resultAfter } from '../../../agent/fusion/carry.ts'
import {
  checkRule,
  type Decision,
  type DecisionRule,
  decide,
  decisionIn,
  ruleOf,
} from '../../../agent/fusion/decision.ts'
import { compileModel, resultOf } from '../../../agent/fusion/model.ts'
import type { EventResult } from '../../../agent/fusion/results.ts'
import { vectorOf } from '../../../agent/math/exactVector.ts'
import { modelOf } from './models.ts'

const RULE = { posterior: 0.9, clear: 0.5, windows: 3 }
/** Decisions after windows with these probabilities; `undefined`: the window brought nothing. */
function run(rule: DecisionRule, probabilities: readonly (number | undefined)[]) {
  let [before, last]: [Decision | undefined, number] = [undefined, -1]
  return probabilities.map((probability, epoch) => {
    if (probability === undefined) return undefined
    before = decide(rule, before, { epoch, probability, isNext: epoch === last + 1 })
    last = epoch
    return [before.isOn, before.since]
  })
}
const OFF = [false, 0]

t.test('it turns on once enough windows in a row ask for that', async (t) => {
  t.strictSame(run(RULE, [0.1, 0.95, 0.9, 0.99, 0.6]), [OFF, OFF, OFF, [true, 3], [true, 3]])
  t.strictSame(run(RULE, [0.95, 0.95, 0.89, 0.95, 0.95]), [OFF, OFF, OFF, OFF, OFF])
  t.strictSame(run({ ...RULE, windows: 1 }, [0.9, 0.5, 0.49]), [
    [true, 0],
    [true, 0],
    [false, 2],
  ])
})

t.test('it turns off as it turned on, and what lies in between changes nothing', async (t) => {
  const on = [0.95, 0.95, 0.95]
  const found = run(RULE, [...on, 0.4, 0.4, 0.7, 0.4, 0.4, 0.4])
  t.strictSame(
    found.slice(2).map((each) => each?.[0]),
    [true, true, true, true, true, true, false],
  )
  t.strictSame(found.at(-1), [false, 8])
})

t.test('a window that brought nothing breaks the row and keeps the decision', async (t) => {
  t.strictSame(run(RULE, [0.95, 0.95, undefined, 0.95, 0.95, 0.95]), [
    OFF,
    OFF,
    undefined,
    OFF,
    OFF,
    [true, 5],
  ])
})

t.test('it is what looking back over all windows gives', async (t) => {
  // A small generator of its own: Park and Miller, 1988.
  let seed = 1988
  const draw = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
  for (let round = 0; round < 50; round++) {
    const rule = { posterior: 0.6, clear: 0.4, windows: 1 + (round % 4) }
    const probabilities = Array.from({ length: 80 }, () => draw())
    const found = run(rule, probabilities)
    let isOn = false
    probabilities.forEach((_, k) => {
      const row = probabilities.slice(Math.max(0, k + 1 - rule.windows), k + 1)
      const changes = isOn ? row.every((p) => p < 0.4) : row.every((p) => p >= 0.6)
      // Windows before the last change ask for what is the case now, so they never make up the row.
      if (row.length === rule.windows && changes) isOn = !isOn
      t.equal(found[k]?.[0], isOn, `round ${round}, window ${k}`)
    })
  }
})

const VALUES = Float64Array.of(0.9, 0.5, 2)
const event = (values?: Float64Array, forgetting?: Float64Array) =>
  compileModel(
    modelOf('event', undefined, ['x'], {
      prior: Float64Array.of(0.5),
      ...(values && { values }),
      ...(forgetting && { forgetting }),
    }),
  )
/** Of one device whose reading brings so much evidence. */
const window = (epoch: number, evidence: number) => ({ epoch, sum: vectorOf([evidence, 1, 1]) })

t.test(
  'without forgetting the probability is that of the window, the decision of all',
  async (t) => {
    const model = event(VALUES)
    t.ok(isCarrying(model))
    t.notOk(isCarrying(event()))
    const first = carryOn(model, undefined, window(4, 5))
    const found = resultAfter(model, first, window(5, 3))
    const alone = resultOf(model, window(5, 3).sum) as EventResult
    t.strictSame(found, {
      ...alone,
      decision: true,
      since: 5,
      carried: { since: 4, windows: 2, missed: 0 },
    })
    t.notOk('decision' in alone)
    const third = resultAfter(model, carryOn(model, first, window(5, 3)), window(9, -5))
    t.match(third, { decision: true, since: 5, carried: { since: 4, windows: 3, missed: 3 } })
  },
)

t.test('with forgetting it is that of what is known after all windows', async (t) => {
  const model = event(VALUES, Float64Array.of(0.5))
  // ln 9 = 2.197 is what 0.9 takes: 2 does not do, 2 + 1 does, and so does 1.5 + 1.
  const carried = [2, 2, 1].reduce<ReturnType<typeof carryIfSound>>(
    (before, evidence, k) => carryIfSound(model, before, window(k, evidence)),
    undefined,
  )
  t.match(carried && decisionIn(model, carried.state), { isOn: true, since: 2, asking: 0 })
  t.match(resultAfter(model, carried, window(3, 0)), { logOdds: 1.25, decision: true, since: 2 })
  const plain = carryOn(event(undefined, Float64Array.of(0.5)), undefined, window(0, 1))
  t.equal(decisionIn(model, plain.state), undefined)
})

t.test('a sum that no rows have leaves the decision as it was', async (t) => {
  const model = event(VALUES)
  const first = carryOn(model, undefined, window(0, 5))
  t.equal(carryIfSound(model, first, { epoch: 1, sum: vectorOf([5, 2, 1]) }), first)
})

t.test('a rule that cannot be is refused', async (t) => {
  const wrong = [
    [0.9, 0.95, 1],
    [1, 0.5, 1],
    [0.9, 0, 1],
    [0.9, 0.5, 0],
    [0.9, 0.5, 1.5],
    [0.9, 0.5],
    [0.9, 0.5, 1, 1],
    [Number.NaN, 0.5, 1],
  ]
  for (const values of wrong)
    t.throws(() => event(Float64Array.from(values)), { code: 'BAD_JOB' }, values.join())
  t.doesNotThrow(() => checkRule(modelOf('event', undefined, ['x'], { values: VALUES })))
  t.doesNotThrow(() => event(Float64Array.of(0.5, 0.5, 1)), 'one threshold for both')
  t.equal(ruleOf(modelOf('event', undefined, ['x'])), undefined)
})
