import t from 'tap'
import { MODELS } from '../../../agent/wire/jobModels.ts'
import { modelHint } from '../../../agent/wire/modelHints.ts'

t.test('another name says which model it is', async (t) => {
  const hint = (type: unknown) => modelHint({ input: { type } })
  t.equal(
    hint('median'),
    'found "median", which is no model. Write quantiles, with probabilities: [0.5].',
  )
  for (const name of ['linear-regression', 'Linear Regression', 'linear_regression'])
    t.match(hint(name), /Write leastSquares\./, name)
  for (const known of ['nonsense', 3, undefined]) t.equal(hint(known), undefined)
  t.equal(modelHint({ input: null }), undefined)
})

t.test('none is the name of a model', async (t) => {
  for (const type of Object.keys(MODELS)) t.equal(modelHint({ input: { type } }), undefined, type)
})
