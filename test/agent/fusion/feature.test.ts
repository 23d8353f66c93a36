import t from 'tap'
import { exactOf, featuresOf } from '../../../agent/fusion/feature.ts'
import { leastSquares } from '../../../agent/fusion/leastSquares.ts'
import { sum } from '../../../agent/fusion/sum.ts'
import { modelOf, tokens } from './models.ts'

t.test('a model reads its response, its terms and its weight', async (t) => {
  const model = modelOf('leastSquares', 'log(y)', ['1', 'x^2'], { weight: tokens('w') })
  const { names, response, terms, weight } = featuresOf(model, leastSquares)
  t.strictSame(names, ['y', 'x', 'w'])
  t.strictSame([response?.text, weight?.text], ['log(y)', 'w'])
  t.strictSame(
    terms.map(({ text, constant }) => [text, constant]),
    [
      ['1', 1],
      ['x^2', undefined],
    ],
  )
  t.strictSame(
    terms.map(({ exact }) => exact !== undefined),
    [false, true],
  )
})

t.test('of a power there is the exact value, of what cannot be summed the double', async (t) => {
  const { response } = featuresOf(modelOf('sum', 'x^3'), sum)
  t.strictSame(
    exactOf(response, () => 3, 27),
    { mantissa: 27n, exponent: 0 },
  )
  t.strictSame(
    exactOf(response, () => 2 ** -400, 0),
    { mantissa: 0, exponent: 0 },
  )
  t.strictSame(
    exactOf(undefined, () => 1, 0.5),
    { mantissa: 1, exponent: -1 },
  )
})
