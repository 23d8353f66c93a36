import { conditionWeights, logRatio } from '../../agent/fusion/event.ts'
import { type Expression, tokensOf } from '../../agent/fusion/expression.ts'
import { HypernetError } from '../../agent/wire/errors.ts'
import { decisionValues, type Evidence } from '../../agent/wire/eventModel.ts'
import { gaussianPrior } from '../../agent/wire/gaussianModel.ts'
import type { Millis } from '../../agent/wire/ids.ts'
import {
  forgettingOf,
  type JobModel,
  ownNames,
  responseOf,
  termsOf,
  weightOf,
} from '../../agent/wire/jobModels.ts'
import { kalmanPrior, kalmanValues } from '../../agent/wire/kalmanModel.ts'
import type { Model } from '../../agent/wire/modelMessage.ts'
import { nonlinearSettings } from '../../agent/wire/nonlinearModel.ts'
import { programSums } from '../../agent/wire/programModel.ts'
import { derivativeOf } from './derivative.ts'
import { parseExpression } from './expression.ts'

/** The formulas of a model as trees, the response first, the weight last. @throws HypernetError `BAD_EXPRESSION` */
export function treesOf(model: JobModel): Expression[] {
  const response = responseOf(model)
  const weight = weightOf(model)
  return [
    ...(response ? [response.expression] : []),
    ...termsOf(model),
    ...(weight === undefined ? [] : [weight]),
  ].map(treeOfText)
}

/**
 * A model as devices get it.
 * @param every time from window to window
 * @throws HypernetError `BAD_EXPRESSION`
 */
export function modelOf(model: JobModel, every?: Millis): Model {
  const response = responseOf(model)
  const terms = termTrees(model)
  const names = namesOfParts(model)
  const weight = weightOf(model)
  const kept = forgettingOf(model)
  return {
    type: model.type,
    ...(response ? { response: tokensOf(treeOfText(response.expression)) } : {}),
    ...(names.length > 0 ? { terms: terms.map(tokensOf), names: [...names] } : {}),
    ...optionsOf(model, every),
    ...(weight === undefined ? {} : { weight: tokensOf(treeOfText(weight)) }),
    ...(kept === undefined ? {} : { forgetting: Float64Array.of(kept) }),
  }
}

/** What the parts of a result are called: each term, or each parameter. */
function namesOfParts(model: JobModel): readonly string[] {
  if (model.type === 'event') return model.evidence.map(({ id }) => id)
  if (model.type === 'kalman') return [...termsOf(model), ...model.states]
  return 'parameters' in model ? ownNames(model) : termsOf(model)
}

function termTrees(model: JobModel): Expression[] {
  if (model.type === 'event') return model.evidence.map(weightOfEvidence)
  const trees = termsOf(model).map(treeOfText)
  const [formula] = trees
  if (model.type !== 'nonlinearLeastSquares' || !formula) return trees
  return [formula, ...ownNames(model).map((name) => slopeOf(formula, name))]
}

/** @throws HypernetError `BAD_EXPRESSION` where `expressionProblems` would have found that there is none */
function slopeOf(formula: Expression, name: string): Expression {
  const slope = derivativeOf(formula, name)
  if (slope) return slope
  throw new HypernetError('BAD_EXPRESSION', `the formula has no derivative by ${name}`)
}

/** The log-odds that one row brings: of a condition, or of a value by its two densities. */
function weightOfEvidence(evidence: Evidence): Expression {
  const constant = (value: number): Expression => ({ constant: value })
  if ('when' in evidence) {
    const { when, otherwise, probGivenTrue, probGivenFalse } = evidence
    const [on, off] = conditionWeights(probGivenTrue, probGivenFalse)
    // 0 / 0 is no number, which to the model is what a missing value is: no evidence.
    const none = { call: '/', arguments: [constant(0), constant(0)] }
    const other = otherwise === 'ignore' ? none : constant(off)
    return { call: '?:', arguments: [treeOfText(when), constant(on), other] }
  }
  const { value, givenTrue, givenFalse } = evidence
  const distance = ({ mean, deviation }: { mean: number; deviation: number }): Expression => {
    const away = { call: '-', arguments: [treeOfText(value), constant(mean)] }
    const scaled = { call: '/', arguments: [away, constant(deviation)] }
    const square = { call: '^', arguments: [scaled, constant(2)] }
    return { call: '/', arguments: [square, constant(2)] }
  }
  const nearer = { call: '-', arguments: [distance(givenFalse), distance(givenTrue)] }
  const wider = constant(logRatio(givenFalse.deviation, givenTrue.deviation))
  return { call: '+', arguments: [nearer, wider] }
}

function treeOfText(text: string): Expression {
  const parsed = parseExpression(text)
  if ('tree' in parsed) return parsed.tree
  throw new HypernetError('BAD_EXPRESSION', `${JSON.stringify(text)}: ${parsed.text}`)
}

function optionsOf(
  model: JobModel,
  every: Millis | undefined,
): Pick<Model, 'prior' | 'credible' | 'ridge' | 'values' | 'robust' | 'diagnosed'> {
  const figures = (...values: number[]) => Float64Array.from(values)
  if (model.type === 'leastSquares') {
    const { ridge, robust, diagnostics } = model
    return {
      ...(ridge === 0 ? {} : { ridge: figures(ridge) }),
      ...(robust === 'none' ? {} : { robust }),
      ...(diagnostics === 'none' ? {} : { diagnosed: true }),
    }
  }
  if (model.type === 'event') {
    const decided = decisionValues(model, every)
    return { prior: figures(model.prior), ...(decided && { values: figures(...decided) }) }
  }
  if (model.type === 'nonlinearLeastSquares')
    return { values: figures(...nonlinearSettings(model)) }
  if (model.type === 'program') return { values: figures(model.length, programSums(model)) }
  if (model.type === 'quantiles') return { values: figures(...model.probabilities) }
  if (model.type === 'histogram') return { values: figures(...model.edges) }
  if (!('credible' in model)) return {}
  const prior = priorOf(model)
  return {
    ...(prior ? { prior: figures(...prior) } : {}),
    credible: figures(model.credible),
    ...valuesOf(model),
  }
}

function valuesOf(model: JobModel): Pick<Model, 'values'> {
  if (model.type === 'gaussian' && model.variance !== undefined)
    return { values: Float64Array.of(model.variance) }
  if (model.type === 'dirichletMultinomial') return { values: Float64Array.from(model.categories) }
  if (model.type === 'kalman') return { values: Float64Array.from(kalmanValues(model)) }
  if (model.type !== 'grid') return {}
  const axes = model.parameters.flatMap(({ from, to, points }) => [from, to, points])
  return { values: Float64Array.from(axes) }
}

/** The figures of a prior in the order of the wire (messages.ts). */
function priorOf(model: Extract<JobModel, { credible: number }>): readonly number[] | undefined {
  switch (model.type) {
    case 'gaussian':
      return gaussianPrior(model)
    case 'bayesianLinear': {
      const { prior } = model
      return prior && [...prior.means, ...prior.worths, prior.alpha, prior.beta]
    }
    case 'betaBernoulli':
      return [model.prior.alpha, model.prior.beta]
    case 'gammaPoisson':
      return model.prior && [model.prior.shape, model.prior.rate]
    case 'dirichletMultinomial':
      return model.prior
    case 'kalman':
      return kalmanPrior(model)
    case 'grid':
      return undefined
  }
}
