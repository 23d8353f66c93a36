import t from 'tap'
import { countOf, finite, momentsOf } from '../../../agent/fusion/statistics.ts'
import { vectorOf } from '../../../agent/math/exactVector.ts'
import { rationalToDouble } from '../../../agent/math/rational.ts'

t.test('moments are exact about the mean', async (t) => {
  // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, squares about it 32.
  const { count, mean, squares } = momentsOf(vectorOf([40, 232, 8]))
  t.strictSame([count, rationalToDouble(mean), rationalToDouble(squares)], [8, 5, 32])
})

t.test('a count is a whole number above 0', async (t) => {
  t.equal(countOf(vectorOf([7, 12]), 1), 12)
  t.throws(() => countOf(vectorOf([0]), 0), { code: 'TOO_FEW' })
  for (const n of [0.5, -1, 2 ** 53]) {
    t.throws(() => countOf(vectorOf([n]), 0), {
      code: 'BAD_MESSAGE',
      message: `the number of observations is ${n}: some device contributed what is not a statistic of its readings`,
    })
  }
})

t.test('a figure beyond the doubles is named', async (t) => {
  t.equal(finite(1, 'the mean'), 1)
  t.throws(() => finite(-Infinity, 'the mean'), {
    code: 'EXPONENT',
    message: /^the mean is beyond/,
  })
})
