import { choose } from '../../agent/consensus/choose.ts'
import {
  type Expression,
  evaluate,
  namesOf,
  POSITION_NAMES,
  textOf,
  tokensOf,
} from '../../agent/fusion/expression.ts'
import { dimensionOf } from '../../agent/fusion/model.ts'
import { HypernetError, invariant } from '../../agent/wire/errors.ts'
import { type FleetId, type JobId, sensorId } from '../../agent/wire/ids.ts'
import { type FusionJob, type JobModel, responseOf } from '../../agent/wire/job.ts'
import { LIMITS } from '../../agent/wire/limits.ts'
import type { Model, Order, SensorNeed } from '../../agent/wire/messages.ts'
import type { Path } from '../../agent/wire/mistake.ts'
import type { Problem } from '../../agent/wire/problems.ts'
import { resourcesOf } from '../../agent/wire/resources.ts'
import { standingOf } from '../../agent/wire/standing.ts'
import { PROTOCOL } from '../../agent/wire/version.ts'
import { parseExpression } from './expression.ts'
import type { JobRows } from './jobData.ts'
import type { Submission } from './jobState.ts'

/** What an order needs beside the job. */
export interface OrderTerms {
  readonly job: JobId
  readonly fleet: FleetId
  /** Grows with each change of the same job. */
  readonly generation: number
  /** Devices that are expected to take part; absent: it is not known, and so not few. */
  readonly devices?: number | undefined
  /** Who talks to whom is given, whatever the job says. */
  readonly isDeclared?: boolean | undefined
  /** Of a job with `data`. */
  readonly rows?: JobRows | undefined
}

/**
 * Turns a job into the order that devices obey.
 * @throws HypernetError `BAD_EXPRESSION` where `expressionProblems` would have found one
 */
export function compileJob(job: FusionJob, terms: OrderTerms): Order {
  const { job: id, fleet, generation } = terms
  const { model, window, consensus, epochs, resources, market } = job.spec
  const standing = market && standingOf(market)
  const response = treeOfText(responseOf(model).expression)
  const texts = model.type === 'leastSquares' ? model.terms : []
  const expressions = texts.map(treeOfText)
  const { data } = job.spec
  const { rows } = terms
  invariant((data === undefined) === (rows === undefined), `rows of job ${id}`)
  const compiled: Model = {
    type: model.type,
    response: tokensOf(response),
    ...(expressions.length > 0 ? { terms: expressions.map(tokensOf), names: [...texts] } : {}),
    ...optionsOf(model),
  }
  return {
    version: PROTOCOL,
    job: id,
    fleet: fleet as unknown as JobId, // the same form in messages.ts
    generation,
    model: compiled,
    sensors: rows ? [] : sensorsOf([response, ...expressions], responseOf(model).unit),
    window: {
      ...(window.size === undefined ? {} : { size: window.size }),
      ...(window.every === undefined ? {} : { every: window.every }),
      ...(window.follow === undefined ? {} : { follow: window.follow }),
      late: window.late,
    },
    method: methodFor(job, compiled, terms),
    period: consensus.period,
    timeout: consensus.timeout,
    ...(epochs === undefined ? {} : { epochs }),
    ...(data && rows
      ? { data: { columns: rows.columns, replicas: data.replicas, shards: rows.shards } }
      : {}),
    ...(resources && { resources: resourcesOf(resources) }),
    ...(standing && { standing }),
  }
}

/** The method that the job names or, left to us, the one that suits its devices. */
function methodFor(
  { spec: { consensus, window, data } }: FusionJob,
  model: Model,
  { devices = Number.POSITIVE_INFINITY, isDeclared }: OrderTerms,
): Order['method'] {
  return choose({
    size: devices,
    dimension: dimensionOf(model),
    isDeclared: isDeclared ?? consensus.neighbors === 'declared',
    isDirected: false,
    isStreaming: window.follow !== undefined,
    isReplicated: (data?.replicas ?? 1) > 1,
    wanted: consensus.method,
  }).method
}

/** What the controller needs to run a job: the order, and which devices may take part. */
export function submissionOf(job: FusionJob, written: unknown, terms: OrderTerms): Submission {
  const order = compileJob(job, terms)
  const { matchLabels, minNodes } = job.spec.selector
  const { data } = job.spec
  return {
    order,
    wanted: {
      matchLabels,
      minNodes,
      sensors: order.sensors,
      position: readsPosition(order),
      neighbors: job.spec.consensus.neighbors,
      longLinks: job.spec.consensus.longLinks,
      ...(data ? { shards: data.shards, replicas: data.replicas } : {}),
    },
    deadline: job.spec.deadline,
    spec: written,
  }
}

function optionsOf(model: JobModel): Pick<Model, 'prior' | 'credible' | 'ridge'> {
  if (model.type === 'leastSquares')
    return model.ridge === 0 ? {} : { ridge: Float64Array.of(model.ridge) }
  if (model.type !== 'gaussian') return {}
  const { prior, credible } = model
  return {
    ...(prior ? { prior: Float64Array.of(prior.mean, prior.kappa, prior.alpha, prior.beta) } : {}),
    credible: Float64Array.of(credible),
  }
}

/** Names that the formulas of a job read, in order of first use. @throws HypernetError `BAD_EXPRESSION` */
export function namesIn({ spec: { model } }: FusionJob): string[] {
  const texts = [
    responseOf(model).expression,
    ...(model.type === 'leastSquares' ? model.terms : []),
  ]
  return [...new Set(texts.map(treeOfText).flatMap(namesOf))]
}

/** Each sensor once, in order of first use. A unit belongs to the response's one sensor. */
function sensorsOf(trees: readonly Expression[], unit: string): SensorNeed[] {
  const [response] = trees
  const measured = response && 'name' in response ? response.name : undefined
  const names = new Set(trees.flatMap(namesOf).filter((name) => !POSITION_NAMES.includes(name)))
  return [...names].map((name) => ({ id: sensorId(name), unit: name === measured ? unit : '' }))
}

/** Whether an order's expressions read where a device stands. */
export const readsPosition = (order: Order): boolean =>
  [order.model.response, ...(order.model.terms ?? [])]
    .flat()
    .some((token) => typeof token === 'string' && POSITION_NAMES.includes(token))

function treeOfText(text: string): Expression {
  const parsed = parseExpression(text)
  if ('tree' in parsed) return parsed.tree
  throw new HypernetError('BAD_EXPRESSION', `${JSON.stringify(text)}: ${parsed.text}`)
}

/**
 * What is wrong with the formulas of a job document as it was read, whether the rest of it is right
 * or not, so that a person sees all mistakes at once. Texts that are no formulas are the schema's business.
 */
export function expressionProblems(document: unknown): Problem[] {
  const model = at(at(document, 'spec'), 'model')
  const problems: Problem[] = []
  const path: Path = ['spec', 'model']
  const response = at(model, 'response')
  const measured = treeAt(response, [...path, 'response'], problems)
  if (measured && typeof response === 'string' && namesOf(measured).length === 0)
    problems.push({
      path: [...path, 'response'],
      part: 'value',
      text: `found ${JSON.stringify(response)}, which reads no sensor. Wanted an expression over sensor ids.`,
    })
  const terms = at(model, 'terms')
  if (Array.isArray(terms) && terms.length <= LIMITS.terms)
    problems.push(...termProblems(terms, [...path, 'terms']))
  return problems
}

/** Mistakes of single terms, and terms that no data can tell apart. */
function termProblems(terms: readonly unknown[], path: Path): Problem[] {
  const problems: Problem[] = []
  const seen = new Map<string, number>()
  let constant: number | undefined
  terms.forEach((term, i) => {
    const complain = (text: string) => problems.push({ path: [...path, i], part: 'value', text })
    const tree = treeAt(term, [...path, i], problems)
    if (!tree) return
    const text = textOf(tree)
    const same = seen.get(text)
    if (same !== undefined) complain(`the same as terms[${same}]. Remove one of the two.`)
    else if (namesOf(tree).length === 0) {
      const value = evaluate(tree, () => undefined)
      if (value === 0) complain('is always 0, so that it explains nothing. Remove it.')
      else if (!Number.isFinite(value)) complain('has no finite value. Remove it.')
      else if (constant !== undefined)
        complain(`a constant like terms[${constant}]; no data can tell them apart. Keep one.`)
      constant ??= i
    }
    seen.set(text, same ?? i)
  })
  return problems
}

function treeAt(value: unknown, path: Path, problems: Problem[]): Expression | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? { constant: value } : undefined
  if (typeof value !== 'string' || value.trim() === '') return undefined
  const parsed = parseExpression(value)
  if ('tree' in parsed) return parsed.tree
  problems.push({ path, part: 'value', text: parsed.text, offset: parsed.offset })
  return undefined
}

const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined
