import t from 'tap'
import { gaussian, gaussianPrior, gaussianPriorText } from '../../../agent/wire/gaussianModel.ts'
import { checkValue } from '../../../agent/wire/problems.ts'

function read(fields: object) {
  const checked = checkValue(gaussian, { type: 'gaussian', response: 'x', ...fields })
  if (!('value' in checked)) throw new Error(JSON.stringify(checked.problems))
  return checked.value
}
const conflicts = (fields: object) =>
  checkValue(gaussian, { type: 'gaussian', response: 'x', ...fields }).problems.map(
    ({ path, text }) => `${path.join('.')}: ${text}`,
  )

t.test('a prior is of four figures, or of two where the variance is known', async (t) => {
  const four = { mean: 20, kappa: 1, alpha: 2, beta: 3 }
  t.strictSame(conflicts({ prior: four }), [])
  t.strictSame(gaussianPrior(read({ prior: four })), [20, 1, 2, 3])
  t.match(gaussianPriorText(read({ prior: four })), /mean 20, kappa 1, alpha 2, beta 3/)
  const two = { variance: 4, prior: { mean: 20, variance: 9 } }
  t.strictSame(conflicts(two), [])
  t.strictSame(gaussianPrior(read(two)), [20, 9])
  t.equal(gaussianPriorText(read(two)), 'prior mean 20, variance 9')
  t.equal(gaussianPrior(read({ variance: 4 })), undefined)
  t.equal(gaussianPriorText(read({ variance: 4 })), 'no prior')
  t.match(gaussianPriorText(read({})), /classical t interval/)
})

t.test('one of the other kind is located', async (t) => {
  t.strictSame(conflicts({ prior: { mean: 1 } }), [
    'prior.kappa: missing, wanted a number > 0; or give model.variance, if it is known.',
    'prior.alpha: missing, wanted a number > 0; or give model.variance, if it is known.',
    'prior.beta: missing, wanted a number > 0; or give model.variance, if it is known.',
  ])
  t.strictSame(conflicts({ variance: 1, prior: { mean: 1, kappa: 1 } }), [
    'prior.variance: missing, wanted how far off the expected mean may be, in squared units.',
    'prior.kappa: stands beside model.variance, wanted { mean, variance }: the spread is known.',
  ])
  t.match(conflicts({ prior: { mean: 1, kappa: 1, alpha: 1, beta: 1, variance: 1 } }), [
    /^prior.variance: stands without model.variance/,
  ])
})

t.test('it measures a sensor or a formula', async (t) => {
  t.match(conflicts({ sensor: 'x' }), [/^response: stands beside "sensor"/])
  t.match(conflicts({ unit: 'm' }), [/^unit: belongs to "sensor"/])
  t.match(conflicts({ response: undefined }), [/^sensor: missing/])
})
