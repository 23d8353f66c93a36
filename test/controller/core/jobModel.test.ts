import t from 'tap'
import {
  compileModel,
  contribute,
  dimensionOf,
  mostSums,
  resultOf,
} from '../../../agent/fusion/model.ts'
import type { EventResult } from '../../../agent/fusion/results.ts'
import { decodeRecord, encodeRecord } from '../../../agent/wire/codec.ts'
import { type JobModel, model, mostSumsOf } from '../../../agent/wire/jobModels.ts'
import { Model } from '../../../agent/wire/modelMessage.ts'
import { checkValue } from '../../../agent/wire/problems.ts'
import { expressionProblems } from '../../../controller/core/expressionProblems.ts'
import { modelOf } from '../../../controller/core/jobModel.ts'
import { memoryText, modelText, sumsOf } from '../../../controller/core/modelText.ts'
import { readJobs } from '../../../controller/io/jobFiles.ts'
import { MODEL_TYPES, pageOf, sectionOf } from '../../../docs/generator/modelPages.ts'
import { blocksIn, programFiles, textOf } from '../../docs/pages.ts'

const read = (document: object): JobModel => {
  const checked = checkValue(model, document)
  if (!('value' in checked)) throw new Error(JSON.stringify(checked.problems))
  return checked.value
}
/** Models, a row that they can have, and the figures that it leads to. */
const MODELS: readonly (readonly [object, Record<string, number>, RegExp, RegExp])[] = [
  [{ type: 'average', response: 'x' }, { x: 2 }, /the mean of x/, /sum of squares of x/],
  [{ type: 'sum', response: { sensor: 'x', unit: 'm' } }, { x: 2 }, /sum of x in m/, /sum of x/],
  [{ type: 'vectorSum', terms: ['x * y', 1] }, { x: 2, y: 3 }, /sums of x \* y, 1/, /sums of x/],
  [
    { type: 'covariance', variables: ['x', 'y'] },
    { x: 2, y: 3 },
    /correlations of x, y/,
    /products of x/,
  ],
  [
    { type: 'histogram', response: 'x', edges: [0, 1, 5] },
    { x: 2 },
    /2 bins from 0 to 5/,
    /each bin of x/,
  ],
  [
    { type: 'leastSquares', response: 'y', terms: [1] },
    { y: 3 },
    /regression of y on 1/,
    /of 1, y/,
  ],
  [
    { type: 'leastSquares', response: 'y', terms: [1], weights: '1 / s^2' },
    { y: 3, s: 2 },
    /each row weighted with 1 \/ s\^2/,
    /weighted sums/,
  ],
  [
    { type: 'gaussian', sensor: 'x', prior: { mean: 1, kappa: 1, alpha: 1, beta: 1 } },
    { x: 2 },
    /prior mean 1/,
    /squares of x/,
  ],
  [
    { type: 'gaussian', response: 'x', variance: 4, prior: { mean: 1, variance: 9 } },
    { x: 2 },
    /posterior mean of x.*with variance 4.*prior mean 1, variance 9/,
    /squares of x/,
  ],
  [
    {
      type: 'kalman',
      states: ['level', 'trend'],
      noise: [
        [1, 0],
        [0, 1],
      ],
      initial: {
        mean: [0, 0],
        covariance: [
          [1, 0],
          [0, 1],
        ],
      },
      observations: [{ value: 'x', factors: { level: 1 }, variance: 2 }],
    },
    { x: 2 },
    /filter of level, trend, seen through x.*move on/,
    /what x tell of level, trend/,
  ],
  [
    { type: 'betaBernoulli', success: 'x > 1' },
    { x: 2 },
    /how often x > 1 holds.*95 %/,
    /in which x > 1 holds/,
  ],
  [
    { type: 'gammaPoisson', count: 'x', exposure: 's' },
    { x: 2, s: 3 },
    /rate of x per s, .*Jeffreys/,
    /of x and of s/,
  ],
  [
    { type: 'gammaPoisson', count: 'x', prior: { shape: 3, rate: 2 }, credible: 0.9 },
    { x: 2 },
    /per row.*shape 3, rate 2; 90 %/,
    /of rows/,
  ],
  [
    { type: 'dirichletMultinomial', response: 'x', categories: [1, 2] },
    { x: 2 },
    /values 1, 2 of x \(prior 1 for each/,
    /each category of x/,
  ],
  [
    { type: 'dirichletMultinomial', response: 'x', categories: [1, 2], prior: [2, 3] },
    { x: 2 },
    /prior 2, 3/,
    /each category/,
  ],
  [
    {
      type: 'grid',
      parameters: [
        { name: 'm', from: 0, to: 4, points: 9 },
        { name: 's', from: 1, to: 2, points: 3 },
      ],
      logLikelihood: '-((x - m) / s)^2 / 2 - log(s)',
      logPrior: '-log(s)',
      credible: 0.9,
    },
    { x: 2 },
    /posterior of m \(9 points from 0 to 4\), s \(3 .*prior -log\(s\); 90 %/,
    /27 points, rows that each of them rules out/,
  ],
]

t.test('every model goes over the wire, is summed, and is told in words', async (t) => {
  for (const [document, row, text, sums] of MODELS) {
    const job = read(document)
    const sent = decodeRecord(Model, encodeRecord(Model, modelOf(job)))
    t.strictSame(sent, modelOf(job))
    const { vector, rows } = contribute(compileModel(sent), [row])
    t.equal(rows, 1, job.type)
    t.match(
      resultOf(sent, vector),
      job.type === 'leastSquares' ? { coefficients: [3] } : { observations: 1 },
    )
    t.match(modelText(job), text)
    t.match(sumsOf(job), sums)
  }
})

t.test('each model sends as many numbers, in as many sums, as its page says', async (t) => {
  for (const type of MODEL_TYPES) {
    const page = textOf(pageOf(type))
    const [text = ''] = blocksIn(sectionOf(page, 'YAML'), 'yaml')
    const { jobs } = await readJobs([{ name: type, text }], expressionProblems, programFiles())
    const [first] = jobs
    if (!first) throw new Error(`the page of ${type} has no job`)
    const { model, window } = first.job.spec
    const plain = modelOf(model, window.every)
    const sent = type === 'program' ? { ...plain, code: first.code ?? '' } : plain
    t.strictSame(decodeRecord(Model, encodeRecord(Model, sent)), sent, type)
    const said = sectionOf(page, 'What a device sends')
    const [, numbers = '', sums = '1'] =
      /The job above sends (\d+)(?:, in at most (\d+) sums)?/.exec(said) ?? []
    t.strictSame([dimensionOf(sent), mostSums(sent)], [Number(numbers), Number(sums)], type)
    t.equal(mostSumsOf(model), mostSums(sent), type)
    t.equal(/, 1 sum\*\*/.test(said), sums === '1', type)
    t.match(modelText(model), /\w/)
  }
})

t.test('evidence becomes the log-odds that it brings', async (t) => {
  const job = read({
    type: 'event',
    prior: 0.01,
    evidence: [
      { id: 'wet', when: 'x > 60', probGivenTrue: 0.9, probGivenFalse: 0.2 },
      {
        id: 'humid',
        value: 'h',
        givenTrue: { mean: 85, deviation: 8 },
        givenFalse: { mean: 50, deviation: 12 },
      },
    ],
  })
  const sent = decodeRecord(Model, encodeRecord(Model, modelOf(job)))
  const { vector } = contribute(compileModel(sent), [{ x: 70, h: 80 }])
  const density = (h: number, mean: number, sd: number) =>
    -Math.log(sd) - ((h - mean) / sd) ** 2 / 2
  const weights = [Math.log(4.5), density(80, 85, 8) - density(80, 50, 12)]
  const found = resultOf(sent, vector) as EventResult
  t.strictSame(found.evidence, ['wet', 'humid'])
  found.contributions.forEach((each, i) => {
    t.ok(Math.abs(each - (weights[i] ?? 0)) < 1e-13, `${each}`)
  })
  t.match(modelText(job), /prior 0\.01\) from wet, humid/)
  t.match(sumsOf(job), /log-odds that wet, humid bring/)
})

t.test('a condition may bring nothing where it does not hold', async (t) => {
  const range = (id: string, when: string, probGivenTrue: number, probGivenFalse: number) =>
    ({ id, when, otherwise: 'ignore', probGivenTrue, probGivenFalse }) as const
  const job = read({
    type: 'event',
    prior: 0.5,
    evidence: [range('dim', 'x <= 5', 0.6, 0.2), range('bright', 'x > 5', 0.4, 0.8)],
  })
  const sent = decodeRecord(Model, encodeRecord(Model, modelOf(job)))
  const found = (rows: { x: number | null }[]) =>
    resultOf(sent, contribute(compileModel(sent), rows).vector) as EventResult
  t.match(found([{ x: 3 }]), { reports: [1, 0], observations: 1 })
  // 0.5 * 0.6 / (0.5 * 0.6 + 0.5 * 0.2) = 3/4; both ways it would be 3/4 * 0.6 / (3/4 * 0.6 + 1/4 * 0.2) = 9/10.
  t.ok(Math.abs(found([{ x: 3 }]).probability - 3 / 4) < 1e-15)
  t.ok(Math.abs(found([{ x: 9 }]).probability - 1 / 3) < 1e-15)
  t.equal(found([{ x: 9 }, { x: null }]).observations, 1)
})

t.test('a formula that does not parse is named', async (t) => {
  t.throws(() => modelOf(read({ type: 'sum', response: 'x +' })), {
    code: 'BAD_EXPRESSION',
    message: /^"x \+": /,
  })
})

t.test('what is kept from window to window travels, and is told in words', async (t) => {
  const job = read({ type: 'betaBernoulli', success: 'x > 1', forgetting: 0.98 })
  t.strictSame(modelOf(job).forgetting, Float64Array.of(0.98))
  t.match(memoryText(job), /their evidence counts 0.98 of what it did/)
  const faithful = read({
    type: 'event',
    prior: 0.1,
    evidence: [{ id: 'a', when: 'x > 1', probGivenTrue: 0.9, probGivenFalse: 0.1 }],
    forgetting: 1,
  })
  t.match(memoryText(faithful), /counts as much as its own/)
  t.equal(memoryText(read({ type: 'average', response: 'x' })), '')
})

t.test('a decision travels in whole windows, and is told in words', async (t) => {
  const event = (decide: object) =>
    read({
      type: 'event',
      prior: 0.1,
      evidence: [{ id: 'a', when: 'x > 1', probGivenTrue: 0.9, probGivenFalse: 0.1 }],
      decide,
    })
  const values = (decide: object, every?: number) => [
    ...(modelOf(event(decide), every).values ?? []),
  ]
  const whole = { posterior: 0.99, clear: 0.9, for: '30s' }
  t.strictSame(values(whole, 10_000), [0.99, 0.9, 3])
  t.strictSame(values(whole, 20_000), [0.99, 0.9, 2], 'rounded up')
  t.strictSame(values(whole, 60_000), [0.99, 0.9, 1])
  t.strictSame(values({ posterior: 0.99, for: '0s' }, 10_000), [0.99, 0.99, 1])
  t.match(
    modelText(event(whole)),
    /from a; taken to be on from 0.99 on, and off below 0.9, for 30s/,
  )
  t.match(modelText(event({ posterior: 0.7 })), /on from 0.7 on, and off below 0.7\.$/)
})
