import t from 'tap'
import {
  type Carried,
  carryIfSound,
  carryOn,
  isCarrying,
  resultAfter,
  viewOf,
} from '../../../agent/fusion/carry.ts'
import { compileModel, resultOf } from '../../../agent/fusion/model.ts'
import type { BetaBernoulliResult } from '../../../agent/fusion/results.ts'
import { vectorOf } from '../../../agent/math/exactVector.ts'
import { modelOf } from './models.ts'

const forgetting = Float64Array.of(0.5)
const fading = compileModel(modelOf('betaBernoulli', 'x', undefined, { forgetting }))
const plain = compileModel(modelOf('betaBernoulli', 'x'))
const window = (epoch: number, hits: number, all: number) => ({ epoch, sum: vectorOf([hits, all]) })

t.test('a model without forgetting takes each window by itself', async (t) => {
  t.notOk(isCarrying(plain))
  const carried = carryOn(fading, undefined, window(0, 1, 2))
  t.strictSame(resultAfter(plain, carried, window(1, 3, 4)), resultOf(plain, window(1, 3, 4).sum))
  t.equal(carryIfSound(plain, carried, window(1, 3, 4)), undefined)
})

t.test('a result tells the windows that it rests on, and how many are missing', async (t) => {
  t.ok(isCarrying(fading))
  const first = carryOn(fading, undefined, window(2, 4, 8))
  t.strictSame(viewOf(first), { since: 2, windows: 1, missed: 0 })
  const found = resultAfter(fading, first, window(5, 1, 1))
  t.strictSame(found.carried, { since: 2, windows: 2, missed: 2 })
  // 4 of 8 three windows ago count an eighth.
  const { posterior } = found as unknown as BetaBernoulliResult
  t.strictSame([posterior.alpha, posterior.beta], [1 + 0.5 + 1, 1 + 0.5])
})

t.test('a window whose sum is none leaves all as it was', async (t) => {
  const first = carryOn(fading, undefined, window(0, 1, 2))
  t.equal(carryIfSound(fading, first, window(1, 3, 2)), first, 'more successes than rows')
  t.equal(carryIfSound(fading, first, window(1, 0, 0)), first, 'no rows')
  t.throws(() => resultAfter(fading, first, window(1, 3, 2)), { code: 'BAD_MESSAGE' })
})

t.test('what is known is a function of epochs and sums alone, in steps or at once', async (t) => {
  const windows = Array.from({ length: 50 }, (_, k) => window(k + (k > 20 ? 7 : 0), k % 3, 3))
  const run = (from: Carried | undefined, list: typeof windows) =>
    list.reduce<Carried | undefined>((before, each) => carryIfSound(fading, before, each), from)
  t.strictSame(
    run(run(undefined, windows.slice(0, 20)), windows.slice(20)),
    run(undefined, windows),
  )
})

t.test('a model without state is never asked to carry one', async (t) => {
  const model = compileModel(modelOf('average', 'x'))
  t.throws(() => carryOn(model, undefined, { epoch: 0, sum: vectorOf([1, 1, 1]) }), {
    code: 'INVARIANT',
  })
})
