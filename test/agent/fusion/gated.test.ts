import t from 'tap'
import { gatedSum } from '../../../agent/fusion/gated.ts'
import { compileModel, resultOf } from '../../../agent/fusion/model.ts'
import type { LeastSquaresResult } from '../../../agent/fusion/results.ts'
import { sumVectors } from '../../../agent/math/exactVector.ts'
import { fleetOf, partsOf, WEIGHTED } from './gateFleet.ts'

const model = compileModel({ ...WEIGHTED.model, robust: 'gate' })
const parts = partsOf(fleetOf({ seed: 2, size: 12, liars: 3 })).map((part) => ({
  ...part,
  rows: 20,
}))

t.test('the result is the exact fit of the devices that are admitted', async (t) => {
  const found = gatedSum(model, parts)
  t.strictSame(
    found?.refused.map(({ index }) => index),
    [0, 1, 2],
  )
  t.equal(found?.rows, 180)
  t.equal(
    (resultOf(model, found?.sum ?? sumVectors([], 0)) as LeastSquaresResult).observations,
    180,
  )
  t.equal(gatedSum(WEIGHTED, parts), undefined, 'without a gate there is none')
})

t.test('takes linear fits of few terms', async (t) => {
  const terms = Array.from({ length: 17 }, (_, i) => [`x${i}`])
  const names = terms.map(([name = '']) => name)
  t.throws(() => compileModel({ ...model.model, terms, names }), { code: 'BAD_JOB' })
  t.throws(() => compileModel({ type: 'average', response: ['x'], robust: 'gate' }), {
    code: 'BAD_JOB',
  })
})
