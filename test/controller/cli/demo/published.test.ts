import { readFileSync } from 'node:fs'
import t from 'tap'
import { compare, Published, shortcomings } from '../../../../controller/cli/demo/published.ts'
import { demoReport } from '../../../../controller/cli/demo/report.ts'

const soil = new URL('../../../../devices/demo/soil/', import.meta.url)
const published = Published.parse(JSON.parse(readFileSync(new URL('published.json', soil), 'utf8')))
const document = {
  job: 'soil-zinc',
  status: 'succeeded',
  model: 'leastSquares',
  result: {
    terms: ['1', 'sqrt(dist)'],
    coefficients: published.coefficients.map(Number),
    standardErrors: published.standardErrors.map(Number),
    residualStandardDeviation: Number(published.residualStandardDeviation),
    observations: 155,
    degreesOfFreedom: 153,
  },
  contributors: { count: 155, roster: 155, missing: [] },
  agreement: { exact: true, identical: true },
}

t.test('the figures to compare with are those of the survey, by the textbook', async (t) => {
  // Simple regression by sums about the means (Draper and Smith, Applied Regression Analysis,
  // section 1.2), straight from the file, with none of our own code.
  const [head = '', ...lines] = readFileSync(new URL('meuse.csv', soil), 'utf8').trim().split('\n')
  const column = (name: string) => head.split(',').indexOf(name)
  const points = lines.map((line) => {
    const cells = line.split(',')
    return [Math.sqrt(Number(cells[column('dist')])), Math.log(Number(cells[column('zinc')]))]
  }) as [number, number][]
  const n = points.length
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n
  const sxx = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  const sxy = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  const slope = sxy / sxx
  const intercept = meanY - slope * meanX
  const residual = points.reduce((sum, [x, y]) => sum + (y - intercept - slope * x) ** 2, 0)
  const sd = Math.sqrt(residual / (n - 2))
  t.equal(published.observations, n)
  t.equal(published.degreesOfFreedom, n - 2)
  t.strictSame(
    published.coefficients,
    [intercept, slope].map((value) => value.toFixed(10)),
  )
  t.strictSame(
    published.standardErrors,
    [sd * Math.sqrt(1 / n + meanX ** 2 / sxx), sd / Math.sqrt(sxx)].map((value) =>
      value.toFixed(10),
    ),
  )
  t.equal(published.residualStandardDeviation, sd.toFixed(10))
})

t.test('a result that agrees in every printed digit has no shortcomings', async (t) => {
  t.strictSame(shortcomings(document, published, 155), [])
  t.match(
    demoReport({ document, devices: 155, milliseconds: 4200 }, published),
    'The network agrees with the published figures to every printed digit.',
  )
})

t.test('one digit, one device or one doubt is a shortcoming', async (t) => {
  const [first = 0, second = 0] = document.result.coefficients
  const result = { ...document.result, coefficients: [first, second + 1e-10] }
  t.strictSame(shortcomings({ ...document, result }, published, 155), [
    'coefficient of sqrt(dist): found -2.5492003235, published is -2.5492003236',
  ])
  const swapped = { ...document.result, terms: ['sqrt(dist)', '1'] }
  t.equal(shortcomings({ ...document, result: swapped }, published, 155).length, 2)
  const contributors = { count: 154, roster: 155, missing: ['probe-3'] }
  t.strictSame(shortcomings({ ...document, contributors }, published, 155), [
    'found 154 contributors, wanted 155',
  ])
  const agreement = { exact: false, identical: false }
  t.strictSame(shortcomings({ ...document, agreement }, published, 155), [
    'the sum is not exact',
    'the devices do not hold the same answer',
  ])
})

t.test('a job without a result fails every figure', async (t) => {
  const failed = { job: 'soil-zinc', status: 'failed', reason: 'no device answers' }
  t.ok(compare(failed, published).every(({ ours }) => ours === 'nothing'))
  t.equal(shortcomings(failed, published, 155)[0], 'the job failed: no device answers')
  t.equal(
    demoReport({ document: failed, devices: 155, milliseconds: 1 }, published),
    'soil-zinc failed: no device answers\n',
  )
})
