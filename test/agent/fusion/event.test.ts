import t from 'tap'
import { conditionWeights, logRatio } from '../../../agent/fusion/event.ts'
import { contribute, resultOf } from '../../../agent/fusion/model.ts'
import type { EventResult } from '../../../agent/fusion/results.ts'
import { vectorOf } from '../../../agent/math/exactVector.ts'
import { fitted, modelOf } from './models.ts'

const [ON, OFF] = conditionWeights(0.9, 0.2)
const model = (prior = 0.01, ...terms: string[]) =>
  modelOf('event', undefined, terms, { prior: Float64Array.of(prior) })
const WET = `moisture > 60 ? ${ON} : ${OFF}`
const resultFor = (...given: Parameters<typeof fitted>) => fitted(...given) as EventResult
const near = (found: number, wanted: number) => Math.abs(found / wanted - 1) < 1e-13

t.test('the probability is that of Bayes, the prior counted once', async (t) => {
  // Two devices are wet, one is dry: odds 1/99 * (0.9 / 0.2)^2 * (0.1 / 0.8).
  const odds = (1 / 99) * (0.9 / 0.2) ** 2 * (0.1 / 0.8)
  const found = resultFor(model(0.01, WET), [{ moisture: 70 }, { moisture: 61 }, { moisture: 5 }])
  t.ok(near(found.probability, odds / (1 + odds)), `${found.probability}`)
  t.ok(near(found.logOdds, Math.log(odds)))
  t.strictSame([found.reports, found.observations, found.prior], [[3], 3, 0.01])
  const others = Array.from({ length: 40 }, () => ({ moisture: 70 }))
  const sure = resultFor(model(0.01, WET), others)
  t.ok(near(sure.logOdds, Math.log(1 / 99) + 40 * Math.log(4.5)), 'one prior for forty devices')
})

t.test('a device brings the evidence that it has', async (t) => {
  const two = model(0.5, WET, 'hum / 10')
  const found = resultFor(two, [
    { moisture: 70, hum: null },
    { moisture: null, hum: 20 },
    { moisture: 10, hum: -5 },
  ])
  t.strictSame([found.reports, found.observations], [[2, 2], 3])
  t.ok(near(found.contributions[0] ?? 0, Math.log(4.5) + Math.log(1 / 8)))
  t.ok(near(found.contributions[1] ?? 0, 1.5))
  const { rows, skipped } = contribute(two, [{ moisture: null, hum: null }, {}])
  t.strictSame([rows, skipped], [0, { missing: 2, unusable: 0 }])
})

t.test('small and large log-odds keep their digits', async (t) => {
  const unlikely = resultFor(model(1e-12, WET), [{ moisture: 0 }])
  t.ok(near(unlikely.probability, (1e-12 * 0.125) / (1 - 1e-12 + 1e-12 * 0.125)))
  t.equal(resultFor(model(0.5, 'x'), [{ x: 800 }]).probability, 1)
  t.equal(resultFor(model(0.5, 'x'), [{ x: -800 }]).probability, 0)
})

t.test('weights are the logarithms of the ratios', async (t) => {
  t.ok(near(ON, Math.log(4.5)) && near(OFF, Math.log(0.125)))
  t.ok(near(logRatio(12, 8), Math.log(1.5)))
})

t.test('priors of 0 and 1, and sums that no rows have, are refused', async (t) => {
  for (const prior of [0, 1, -1, 2, Number.NaN])
    t.throws(() => fitted(model(prior, 'x'), [{ x: 1 }]), { code: 'BAD_JOB' }, `${prior}`)
  t.throws(() => fitted(modelOf('event', undefined, ['x']), []), { code: 'BAD_JOB' })
  t.throws(() => resultOf(model(0.5, 'x'), vectorOf([1, 3, 2])), { code: 'BAD_MESSAGE' })
  t.throws(() => resultOf(model(0.5, 'x'), vectorOf([0, 0, 0])), { code: 'TOO_FEW' })
})
