import t from 'tap'
import { resultDocument } from '../../../../controller/cli/show/document.ts'
import { marketFacts, resultCsv, resultText } from '../../../../controller/cli/show/result.ts'

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

t.test('why devices are missing is told, as far as they said', async (t) => {
  const reasons = [
    { reason: 'its program failed: FUEL: too long', devices: ['probe-7', 'probe-9'] },
  ]
  const text = resultText({ ...soil, contributors: { ...soil.contributors, reasons } })
  t.match(text, /\nwhy +probe-7, probe-9: its program failed: FUEL: too long\n/)
})

t.test('what a program ended with is a line a member, as text and as CSV', async (t) => {
  const program = { centers: [1, 2], name: 'a, b', spread: 0.5 }
  const document = { ...soil, result: { program, sums: 3, devices: 4 } }
  t.match(resultText(document), /\ncenters +\[1,2\]\nname +a, b\nspread +0\.5/)
  t.equal(
    resultCsv(document),
    'name,value\r\ncenters,"[1,2]"\r\nname,"a, b"\r\nspread,0.5\r\nsums,3\r\ndevices,4\r\n',
  )
})

t.test('a search that did not arrive says what to do', async (t) => {
  const ended = (how: string) => resultText({ ...soil, result: { ...soil.result, ended: how } })
  t.match(ended('converged'), /\nended +converged\n/)
  const held = resultText({ ...soil, result: { ...soil.result, atBounds: ['top', 'rate'] } })
  t.match(held, /\nat a bound +top, rate: what is best lies beyond\n/)
  t.match(ended('limit'), /\nended +limit: not there after the most sums; start nearer/)
  t.match(ended('singular'), /\nended +singular: .*start elsewhere, or leave one out/)
})

t.test('liars are told by what they did, and are not taken for stopped', async (t) => {
  const proven = 'signed two different contributions, which proves that it lied'
  const text = resultText({
    ...soil,
    agreement: { ...soil.agreement, sealed: 153 },
    liars: [
      { device: 'probe-7', lie: 'equivocation', reason: proven },
      { device: 'probe-8', lie: 'misreading', reason: 'contributed false readings' },
      { device: 'probe-9', lie: 'equivocation', reason: proven },
    ],
  })
  t.match(text, `\nlied                    probe-7, probe-9: ${proven}\n`)
  t.match(text, '\nlied                    probe-8: contributed false readings\n')
  t.notMatch(text, 'no answer')
})

t.test('approximations tell how far they lie apart', async (t) => {
  const agreement = { exact: false, identical: false, spread: 2.531e-11, sealed: 1 }
  t.match(
    resultText({ ...soil, agreement }),
    /not exact, .* that differ by up to 2\.5e-11 of their size\n/,
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

t.test('a Gaussian result is a line a parameter, with its credible interval', async (t) => {
  const document = resultDocument({
    job: 'room',
    status: 'succeeded',
    epoch: 3,
    result: {
      posterior: {
        parameters: [
          { name: 'mean', mean: 20.5, standardDeviation: null, interval: [19.25, 21.75] },
          { name: 'precision', mean: 2, standardDeviation: 0.5, interval: [1.125, 3.5] },
        ],
        credible: 0.9,
        kappa: 9,
      },
      observations: 8,
    },
  })
  t.equal(
    resultText(document),
    `epoch 3 of room succeeded

parameter           mean  standard deviation                   90 % interval
mean       20.5000000000                   -  19.2500000000 to 21.7500000000
precision              2        0.5000000000    1.1250000000 to 3.5000000000

observations  8
`,
  )
  t.equal(
    resultCsv(document),
    'parameter,mean,standardDeviation,lower,upper,credible\r\nmean,20.5,,19.25,21.75,0.9\r\nprecision,2,0.5,1.125,3.5,0.9\r\n',
  )
  const broken = resultDocument({ job: 'a', status: 'succeeded', result: { posterior: { a: 1 } } })
  t.throws(() => resultText(broken), { code: 'BAD_MESSAGE', message: /posterior/ })
})

t.test('what is not known keeps its place', async (t) => {
  const one = { mean: 4, standardDeviation: null, observations: 1 }
  const average = resultDocument({ job: 'a', status: 'succeeded', result: one })
  t.equal(resultCsv(average), 'name,value\r\nmean,4\r\nstandardDeviation,\r\nobservations,1\r\n')
  t.match(resultText(average), '\nstandard deviation  -\n')
  const exact = { terms: ['1'], coefficients: [4], standardErrors: null, observations: 1 }
  const fit = resultDocument({ job: 'a', status: 'succeeded', result: exact })
  t.equal(resultCsv(fit), 'term,coefficient,standardError\r\n1,4,\r\n')
})

t.test('a job without figures has no comma-separated values', async (t) => {
  t.equal(resultCsv(resultDocument({ job: 'a', status: 'failed', reason: 'no device' })), '')
})

t.test('devices without an answer are counted, not those that are silent or differ', async (t) => {
  const agreement = { exact: true, identical: true, sealed: 139 }
  const contributors = { count: 150, roster: 155, missing: [] }
  const text = (more: object) =>
    resultText(
      resultDocument({
        job: 'a',
        status: 'succeeded',
        contributors,
        agreement: { ...agreement, ...more },
      }),
    )
  t.match(text({}), '\nno answer     16 of 155 devices\n')
  t.notMatch(text({ sealed: 155 }), 'no answer')
  const silent = text({ sealed: 154, identical: false, silent: ['probe-1'] })
  t.notMatch(silent, 'no answer')
  t.match(silent, 'exact, not every device told its answer')
  const answers = [{ sealedBy: ['a', 'b'] }, { sealedBy: ['c'] }]
  t.match(text({ sealed: 2, identical: false, answers }), 'no answer     152 of 155 devices')
})

t.test('money is told as people count it', async (t) => {
  const market = {
    chainId: 1,
    escrow: '0xE5',
    checkpoints: 3,
    sellers: 6,
    paidInFull: 0,
    paid: '6.0',
    slashed: '0.0',
    fee: '0.03',
    relays: '0.999999999999999999',
    returned: '12.0',
    currency: 'HYPER',
    ending: 'stopped',
    result: 'majority',
    work: 'not replicated',
  }
  const [paid] = marketFacts(market)
  t.strictSame(paid, [
    'paid',
    '6.0 HYPER, for all 3 checkpoints to 0 of 6 sellers; fee 0.03; 1.0 to relays',
  ])
  t.match(marketFacts({ ...market, checkpoints: 1, relays: '0.25', ending: 'expired' }), [
    ['paid', /, in full to 0 of 6 .* 0\.25 to relays/],
    [],
    [],
    ['contract', /, not filled$/],
  ])
})
