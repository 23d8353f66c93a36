import t from 'tap'
import { nonlinearLeastSquares, nonlinearSettings } from '../../../agent/wire/nonlinearModel.ts'
import { checkValue } from '../../../agent/wire/problems.ts'

const curve = (parameters: object[], more: object = {}) =>
  nonlinearLeastSquares.parse({
    type: 'nonlinearLeastSquares',
    response: 'y',
    formula: 'a * x',
    parameters,
    ...more,
  })

t.test('settings are the most sums, then start and bounds of each parameter', async (t) => {
  const two = curve(
    [
      { name: 'a', start: 1, least: 0 },
      { name: 'b', start: -2, most: 3 },
    ],
    { steps: 7 },
  )
  t.strictSame(nonlinearSettings(two), [7, 1, 0, 1e150, -2, -1e150, 3])
  t.equal(curve([{ name: 'a', start: 1 }]).steps, 500)
})

t.test('names differ, and starts lie within bounds that are some', async (t) => {
  const fields = { type: 'nonlinearLeastSquares', response: 'y', formula: 'a * x' }
  const paths = (...parameters: object[]) =>
    checkValue(nonlinearLeastSquares, { ...fields, parameters }).problems.map(({ path }) =>
      path.join('.'),
    )
  t.strictSame(paths({ name: 'a', start: 1 }, { name: 'a', start: 2 }), ['parameters.1.name'])
  t.strictSame(paths({ name: 'a', start: 1, least: 2 }), ['parameters.0.start'])
  t.strictSame(paths({ name: 'a', start: 1, most: 0.5 }), ['parameters.0.start'])
  t.strictSame(paths({ name: 'a', start: 1, least: 2, most: 2 }), ['parameters.0.least'])
  t.strictSame(paths({ name: 'a', start: 1, least: 1, most: 2 }), [])
})

t.test('there is a parameter, and not too many', async (t) => {
  t.throws(() => curve([]))
  t.throws(() => curve(Array.from({ length: 17 }, (_, i) => ({ name: `a${i}`, start: 1 }))))
})
