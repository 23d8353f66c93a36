import t from 'tap'
import { formulasOf, kalman, kalmanPrior, kalmanValues } from '../../../agent/wire/kalmanModel.ts'
import { checkValue } from '../../../agent/wire/problems.ts'

const TREND = {
  states: ['level', 'trend'],
  transition: [
    [1, 2],
    [3, 4],
  ],
  noise: [
    [5, 1],
    [1, 6],
  ],
  initial: {
    mean: [7, 8],
    covariance: [
      [9, 2],
      [2, 10],
    ],
  },
  observations: [{ value: 'x', factors: ['a', 0.5], variance: 0.25 }],
}
function read(fields: object) {
  const checked = checkValue(kalman, { type: 'kalman', ...TREND, ...fields })
  if (!('value' in checked)) throw new Error(JSON.stringify(checked.problems))
  return checked.value
}
const conflicts = (fields: object) =>
  checkValue(kalman, { type: 'kalman', ...TREND, ...fields }).problems.map(
    ({ path, text }) => `${path.join('.')}: ${text}`,
  )

t.test('matrices travel row by row, covariances as their upper triangles', async (t) => {
  t.strictSame(conflicts({}), [])
  t.strictSame(kalmanValues(read({})), [1, 2, 3, 4, 5, 1, 6])
  t.strictSame(kalmanPrior(read({})), [7, 8, 9, 2, 10])
  t.strictSame(kalmanValues(read({ transition: undefined })).slice(0, 4), [1, 0, 0, 1], 'they stay')
})

t.test('factors are a list, or a map in which those left out are 0', async (t) => {
  const formulas = (factors: unknown) => {
    const { observations, states } = read({
      observations: [{ value: 'x', factors, variance: '1 / n' }],
    })
    return observations.flatMap((each) => formulasOf(each, states))
  }
  t.strictSame(formulas([1, 'y']), ['x', '1', 'y', '1 / n'])
  t.strictSame(formulas({ trend: 'y' }), ['x', '0', 'y', '1 / n'])
})

t.test('what of it does not go together is located', async (t) => {
  t.match(conflicts({ states: ['a', 'a'] }), [/^states.1: the same as states\[0\]/])
  t.match(conflicts({ states: ['level'] }).length, 5)
  t.match(conflicts({ transition: [[1, 0], [0]] }), [/^transition.1: found 1 number, wanted 2/])
  t.match(
    conflicts({
      noise: [
        [1, 1],
        [1, 0.5],
      ],
    }),
    [/^noise: is no covariance/],
  )
  const observation = { value: 'x', factors: { level: 1 }, variance: 1 }
  t.strictSame(conflicts({ observations: Array(15).fill(observation) }), [])
  t.match(conflicts({ observations: Array(16).fill(observation) }), [
    /^observations: found 16 of 2 states, wanted at most 15/,
  ])
})
