import t from 'tap'
import { residualFacts } from '../../../../controller/cli/show/residuals.ts'

const residuals = {
  skewness: 0.42,
  excessKurtosis: -0.5662,
  jarqueBera: { statistic: 0.684, degreesOfFreedom: 2, pValue: 0.7103 },
  breuschPagan: { statistic: 25.5, degreesOfFreedom: 1, pValue: 4.4e-7 },
  standardized: { edges: [-1, 0, 1], counts: [2, 5, 6, 3] },
}

t.test('residuals in words', async (t) => {
  t.strictSame(residualFacts(residuals), [
    ['residuals', 'skewness 0.42, excess kurtosis -0.5662'],
    ['in deviations', '2 below -1, 5 to 0, 6 to 1, 3 from 1'],
    ['normal', 'Jarque-Bera 0.684, p-value 0.7103'],
    ['even spread', 'Breusch-Pagan 25.5, p-value 4.4e-7: speaks against an even spread'],
  ])
})

t.test('what is not there is not told', async (t) => {
  t.strictSame(residualFacts(undefined), [])
  t.strictSame(residualFacts(null), [['residuals', 'none are left over']])
  const names = residualFacts({ ...residuals, breuschPagan: null }).map(([name]) => name)
  t.strictSame(names, ['residuals', 'in deviations', 'normal'])
  t.throws(() => residualFacts({ skewness: 1 }), { code: 'BAD_MESSAGE' })
})
