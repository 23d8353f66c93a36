import t from 'tap'
import { type JobModel, model, responseOf, termsOf } from '../../../agent/wire/jobModels.ts'
import { checkValue } from '../../../agent/wire/problems.ts'

const read = (document: object): JobModel => {
  const checked = checkValue(model, document)
  if (!('value' in checked)) throw new Error(JSON.stringify(checked.problems))
  return checked.value
}

t.test('what is measured can be written in three ways', (t) => {
  const measured = (model: object) => responseOf(read(model))
  t.strictSame(measured({ type: 'average', response: 'temp' }), { expression: 'temp', unit: '' })
  t.strictSame(measured({ type: 'sum', response: { sensor: 'temp', unit: 'Cel' } }), {
    expression: 'temp',
    unit: 'Cel',
  })
  t.strictSame(measured({ type: 'gaussian', sensor: 'temp', unit: 'Cel' }), {
    expression: 'temp',
    unit: 'Cel',
  })
  t.strictSame(measured({ type: 'gaussian', response: 'log(temp)' }), {
    expression: 'log(temp)',
    unit: '',
  })
  t.end()
})

t.test('each model has what it measures, and its other formulas, under keys of its own', (t) => {
  const formulas = (document: object) => {
    const found = read(document)
    return [responseOf(found)?.expression, ...termsOf(found)]
  }
  t.strictSame(formulas({ type: 'betaBernoulli', success: 'x > 3' }), ['x > 3'])
  t.strictSame(formulas({ type: 'gammaPoisson', count: 'n', exposure: 's' }), ['n', 's'])
  t.strictSame(formulas({ type: 'gammaPoisson', count: 'n' }), ['n'])
  t.strictSame(formulas({ type: 'covariance', variables: ['x', 'y'] }), [undefined, 'x', 'y'])
  t.strictSame(formulas({ type: 'vectorSum', terms: ['x * y', 1] }), [undefined, 'x * y', '1'])
  t.strictSame(formulas({ type: 'leastSquares', response: 'y', terms: [1, 'x'] }), ['y', '1', 'x'])
  t.end()
})

t.test('priors and credible masses have defaults that are in print', (t) => {
  t.match(read({ type: 'betaBernoulli', success: 'x' }), {
    prior: { alpha: 1, beta: 1 },
    credible: 0.95,
  })
  t.equal((read({ type: 'gammaPoisson', count: 'n' }) as { prior?: unknown }).prior, undefined)
  t.end()
})
