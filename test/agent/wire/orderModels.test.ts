import t from 'tap'
import { model, mostSumsOf } from '../../../agent/wire/jobModels.ts'
import { quantileSums } from '../../../agent/wire/orderModels.ts'

const isTaken = (fields: object) => model.safeParse({ type: 'quantiles', ...fields }).success

t.test('quantiles take 1 to 16 probabilities of 0 to 1', async (t) => {
  const of = (...probabilities: number[]) => isTaken({ response: 'x', probabilities })
  t.ok(of(0))
  t.ok(of(0, 0.5, 1))
  t.ok(of(...new Array(16).fill(0.5)))
  t.notOk(of())
  t.notOk(of(...new Array(17).fill(0.5)))
  t.notOk(of(1.0001))
  t.notOk(of(-1e-9))
  t.notOk(isTaken({ probabilities: [0.5] }), 'and a response')
})

t.test('the more quantiles, the more sums at most', async (t) => {
  const of = (...probabilities: number[]) =>
    mostSumsOf(model.parse({ type: 'quantiles', response: 'x', probabilities }))
  t.equal(of(0.5), 32)
  t.equal(of(0.05, 0.5, 0.95), 36)
  t.equal(of(...new Array(16).fill(0.5)), 60)
  t.equal(quantileSums({ probabilities: [0] }), 32)
  t.equal(mostSumsOf(model.parse({ type: 'count', response: 'x' })), 1)
})
