import { type Expression, evaluate, namesOf, textOf } from '../../agent/fusion/expression.ts'
import { SENSOR_ID } from '../../agent/wire/ids.ts'
import { LIMITS } from '../../agent/wire/limits.ts'
import type { Path } from '../../agent/wire/mistake.ts'
import type { Problem } from '../../agent/wire/problems.ts'
import { derivativeOf } from './derivative.ts'
import { parseExpression } from './expression.ts'

/** Keys of a model that hold what is measured, other formulas, and lists of them. */
const MEASURED = ['response', 'success', 'count'] as const
const OTHERS = ['exposure', 'weights'] as const
const LISTS = ['terms', 'variables'] as const

/**
 * What is wrong with the formulas of a job document as it was read, whether the rest of it is right
 * or not, so that a person sees all mistakes at once. Texts that are no formulas are the schema's business.
 */
export function expressionProblems(document: unknown): Problem[] {
  const model = at(at(document, 'spec'), 'model')
  const problems: Problem[] = []
  const path: Path = ['spec', 'model']
  for (const key of MEASURED) measuredAt(at(model, key), [...path, key], problems)
  for (const key of OTHERS) treeAt(at(model, key), [...path, key], problems)
  gridProblems(model, path, problems)
  formulaProblems(model, path, problems)
  const evidence = at(model, 'evidence')
  if (Array.isArray(evidence))
    evidence.forEach((each, i) => {
      for (const key of ['when', 'value'])
        measuredAt(at(each, key), [...path, 'evidence', i, key], problems)
    })
  const observations = at(model, 'observations')
  if (Array.isArray(observations) && observations.length <= LIMITS.terms)
    observations.forEach((each, i) => {
      observationProblems(each, [...path, 'observations', i], problems)
    })
  for (const key of LISTS) {
    const terms = at(model, key)
    if (Array.isArray(terms) && terms.length <= LIMITS.terms)
      problems.push(...termProblems(terms, [...path, key], at(model, 'type') === 'vectorSum'))
  }
  return problems
}

/** The likelihood reads parameters and sensors, the prior parameters alone. */
function gridProblems(model: unknown, path: Path, problems: Problem[]): void {
  if (at(model, 'type') !== 'grid') return
  const own = parameterNames(model)
  const isNamed = own.length === allNames(model).length
  const complain = (key: string, text: string) =>
    problems.push({ path: [...path, key], part: 'value', text })
  const likelihood = treeAt(at(model, 'logLikelihood'), [...path, 'logLikelihood'], problems)
  if (likelihood) {
    const names = namesOf(likelihood)
    if (names.every((name) => own.includes(name)))
      complain(
        'logLikelihood',
        'reads no sensor. Wanted an expression over parameters and sensor ids.',
      )
    const idle = own.find((name) => !names.includes(name))
    if (idle !== undefined && names.length > 0)
      complain(
        'logLikelihood',
        `does not read the parameter ${idle}, of which no data could tell anything. Remove one of the two.`,
      )
  }
  const prior = treeAt(at(model, 'logPrior'), [...path, 'logPrior'], problems)
  const other = prior && namesOf(prior).find((name) => !own.includes(name))
  if (other !== undefined && isNamed)
    complain('logPrior', `reads ${other}, which is no parameter. A prior knows no readings.`)
}

/** The formula of a nonlinear fit reads all its parameters and a sensor, and has derivatives; weights read sensors alone. */
function formulaProblems(model: unknown, path: Path, problems: Problem[]): void {
  if (at(model, 'type') !== 'nonlinearLeastSquares') return
  const own = parameterNames(model)
  const complain = (key: string, text: string) =>
    problems.push({ path: [...path, key], part: 'value', text })
  const formula = treeAt(at(model, 'formula'), [...path, 'formula'], problems)
  if (formula) {
    const names = namesOf(formula)
    const idle = own.find((name) => !names.includes(name))
    const rigid = own.find((name) => !derivativeOf(formula, name))
    if (names.every((name) => own.includes(name)))
      complain('formula', 'reads no sensor. Wanted an expression over parameters and sensor ids.')
    if (idle !== undefined)
      complain(
        'formula',
        `does not read the parameter ${idle}, of which no data could tell anything. Remove one of the two.`,
      )
    if (rigid !== undefined)
      complain(
        'formula',
        `has no derivative by ${rigid}: floor, ceil, min, max, comparisons and conditions have none. Keep ${rigid} out of them.`,
      )
  }
  for (const key of ['response', 'weights']) {
    const text = at(model, key)
    const parsed = typeof text === 'string' ? parseExpression(text) : undefined
    const mixed =
      parsed && 'tree' in parsed && namesOf(parsed.tree).find((name) => own.includes(name))
    if (mixed) complain(key, `reads the parameter ${mixed}. Only the formula reads parameters.`)
  }
}

/** Names that a formula can read; of others the schema tells. */
const parameterNames = (model: unknown): string[] =>
  allNames(model).filter((name) => typeof name === 'string' && isReadable(name)) as string[]

const allNames = (model: unknown): unknown[] => {
  const parameters = at(model, 'parameters')
  return Array.isArray(parameters) ? parameters.map((each) => at(each, 'name')) : []
}
const isReadable = (name: string): boolean => SENSOR_ID.test(name) && name !== 'pi'

/** Value, factors and variance of what a filter observes. */
function observationProblems(observation: unknown, path: Path, problems: Problem[]): void {
  measuredAt(at(observation, 'value'), [...path, 'value'], problems)
  const factors = at(observation, 'factors')
  const named: [number | string, unknown][] = Array.isArray(factors)
    ? [...factors.entries()]
    : Object.entries(typeof factors === 'object' ? (factors ?? {}) : {})
  for (const [key, each] of named.slice(0, LIMITS.terms))
    treeAt(each, [...path, 'factors', key], problems)
  const text = at(observation, 'variance')
  const variance = treeAt(text, [...path, 'variance'], problems)
  if (!variance || typeof text !== 'string' || namesOf(variance).length > 0) return
  const value = evaluate(variance, () => undefined)
  if (value > 0) return
  const found = `is always ${value}, wanted more than 0.`
  problems.push({ path: [...path, 'variance'], part: 'value', text: found })
}

/** A formula that has to read something. */
function measuredAt(text: unknown, path: Path, problems: Problem[]): void {
  const tree = treeAt(text, path, problems)
  if (!tree || typeof text !== 'string' || namesOf(tree).length > 0) return
  problems.push({
    path,
    part: 'value',
    text: `found ${JSON.stringify(text)}, which reads no sensor. Wanted ${path.at(-1) === 'when' ? 'a condition over sensor ids, such as moisture > 60' : 'an expression over sensor ids'}.`,
  })
}

/** Mistakes of single terms and, unless each stands for itself, terms that no data can tell apart. */
function termProblems(terms: readonly unknown[], path: Path, isFree: boolean): Problem[] {
  const problems: Problem[] = []
  const list = path.at(-1)
  const seen = new Map<string, number>()
  let constant: number | undefined
  terms.forEach((term, i) => {
    const complain = (text: string) => problems.push({ path: [...path, i], part: 'value', text })
    const tree = treeAt(term, [...path, i], problems)
    if (!tree || isFree) return
    const text = textOf(tree)
    const same = seen.get(text)
    if (same !== undefined) complain(`the same as ${list}[${same}]. Remove one of the two.`)
    else if (namesOf(tree).length === 0) {
      const value = evaluate(tree, () => undefined)
      if (value === 0) complain('is always 0, so that it explains nothing. Remove it.')
      else if (!Number.isFinite(value)) complain('has no finite value. Remove it.')
      else if (constant !== undefined)
        complain(`a constant like ${list}[${constant}]; no data can tell them apart. Keep one.`)
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
