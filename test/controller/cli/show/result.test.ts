import t from 'tap'
import { resultDocument } from '../../../../controller/cli/show/document.ts'
import { resultCsv, resultText } from '../../../../controller/cli/show/result.ts'

// The example of the result document in the specification of the command line.
const soil = {
  job: 'soil-zinc',
  status: 'succeeded',
  model: 'leastSquares',
  result: {
    terms: ['1', 'sqrt(dist)'],
    coefficients: [6.9943794419, -2.5492003236],
    standardErrors: [0.0759255406, 0.1549769033],
    residualStandardDeviation: 0.4352764939,
    observations: 155,
    degreesOfFreedom: 153,
  },
  contributors: { count: 153, roster: 155, missing: ['probe-7', 'probe-9'] },
  agreement: { exact: true, identical: true, statisticHash: '0xab', maxRelativeError: 0 },
  consensus: {
    method: 'flood',
    rounds: 4,
    messagesPerDevice: 1,
    bytesPerDevice: 1234,
    falseStops: 0,
    seconds: 0.21,
  },
}

t.test('a fit is a table of terms, then what stands alone, then how it came about', async (t) => {
  t.equal(
    resultText(resultDocument(soil)),
    `soil-zinc succeeded

term          coefficient  standard error
1            6.9943794419    0.0759255406
sqrt(dist)  -2.5492003236    0.1549769033

residual standard deviation  0.4352764939
observations                 155
degrees of freedom           153

contributors            153 of 155
missing                 probe-7, probe-9
agreement               exact, identical on every device
largest relative error  0
consensus               flood, 4 rounds, 1 message per device, 1.23 kB per device, 210 ms
`,
  )
})

t.test('a fit as comma-separated values has a line a term', async (t) => {
  t.equal(
    resultCsv(resultDocument(soil)),
    'term,coefficient,standardError\r\n1,6.9943794419,0.0759255406\r\nsqrt(dist),-2.5492003236,0.1549769033\r\n',
  )
})

t.test('a result of single numbers is a line a number', async (t) => {
  const document = resultDocument({
    job: 'mean',
    status: 'succeeded',
    result: { mean: 1.5, unit: 'say "Cel"', observations: 3 },
  })
  t.equal(resultCsv(document), 'name,value\r\nmean,1.5\r\nunit,"say ""Cel"""\r\nobservations,3\r\n')
  t.equal(resultText(document), 'mean succeeded\n\nmean          1.5000000000\nobservations  3\n')
})

t.test('a failed job shows its reason', async (t) => {
  const document = resultDocument({ job: 'a', status: 'failed', reason: 'no device answers' })
  t.equal(resultText(document), 'a failed: no device answers\n')
})

t.test('refuses a document of another form, naming the place', async (t) => {
  t.throws(() => resultDocument({ job: 'a', status: 1 }), {
    code: 'BAD_MESSAGE',
    message: /status: /,
  })
})
