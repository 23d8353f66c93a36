import type { Exact } from '../math/accumulator.ts'
import { splitDouble } from '../math/dyadic.ts'
import { LIMITS } from '../wire/limits.ts'
import type { ExpressionTokens, Model } from '../wire/modelMessage.ts'
import {
  compile,
  type Expression,
  evaluate,
  type Lookup,
  namesOf,
  textOf,
  treeOf,
} from './expression.ts'
import type { CompiledModel, Feature, Kind } from './kind.ts'
import { isSummable, type Polynomial, polynomialOf } from './polynomial.ts'

/** Bytes of a reading's digits, and how many of them a contribution may have for exact powers and products. */
const WORD_BYTES = 53 / 8
const EXACT_BYTES = LIMITS.message / 3

/** The formulas of a model, read and checked. @throws HypernetError `BAD_EXPRESSION` */
export function featuresOf(
  model: Model,
  kind: Kind,
): Pick<CompiledModel, 'names' | 'response' | 'terms' | 'weight'> {
  const trees = formulasOf(model).map(treeOf)
  if (kind.expand) {
    return { ...kind.expand(model, trees), response: undefined, weight: undefined }
  }
  const polynomials = polynomialsOf(trees, model, kind)
  const features = trees.map((tree, i) => featureOf(tree, polynomials[i]))
  const response = model.response ? features.shift() : undefined
  const weight = model.weight ? features.pop() : undefined
  const terms = features.map((each, i) => ({ ...each, text: model.names?.[i] ?? each.text }))
  return { names: [...new Set(trees.flatMap(namesOf))], response, terms, weight }
}

/** What a model reads of a row, the response first, the weight last. */
const formulasOf = ({ response, terms = [], weight }: Model): ExpressionTokens[] => [
  ...(response ? [response] : []),
  ...terms,
  ...(weight ? [weight] : []),
]

function featureOf(tree: Expression, polynomial: Polynomial | undefined): Feature {
  const value = compile(tree)
  const constant = namesOf(tree).length === 0 ? evaluate(tree, () => null) : undefined
  return { text: textOf(tree), value, exact: polynomial?.value, constant }
}

/** The formulas that go in without rounding: all that can or, where their sums would not fit a message, none. */
function polynomialsOf(
  trees: readonly Expression[],
  { weight }: Model,
  { multiplies }: Kind,
): (Polynomial | undefined)[] {
  const polynomials = trees.map(polynomialOf)
  const degrees = polynomials.map((each) => each?.degree ?? 1)
  const ofWeight = weight ? (degrees.pop() ?? 0) : 0
  const all = degrees.reduce((sum, degree) => sum + degree, 0)
  // Each pair of p formulas makes a component: their degrees are counted p + 1 times, that of a weight in each.
  const pairs = (degrees.length * (degrees.length + 1)) / 2
  const words = multiplies ? all * (degrees.length + 1) + ofWeight * pairs : all
  return words * WORD_BYTES <= EXACT_BYTES ? polynomials : trees.map(() => undefined)
}

/** The value without rounding where sums can take that, else the double. */
export function exactOf(feature: Feature | undefined, lookup: Lookup, rounded: number): Exact {
  const exact = feature?.exact?.(lookup)
  return exact && isSummable(exact) ? exact : splitDouble(rounded)
}
