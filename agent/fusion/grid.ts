import exp from '@stdlib/math-base-special-exp'
import { HypernetError } from '../wire/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Model } from '../wire/modelMessage.ts'
import { compile, type Expression, type Lookup, namesOf, treeOf } from './expression.ts'
import type { Feature, Kind } from './kind.ts'
import { checkPosterior, credibleOf } from './posterior.ts'
import type { GridResult, PosteriorParameter } from './results.ts'
import { countOf, roundedAt, wholeOf } from './statistics.ts'

/**
 * Sums [Σ log-likelihood at point 1, ..., rows that rule out point 1, ..., n] over a grid of parameters: the posterior of
 * any likelihood, a point at a time, with the prior counted once after the sum (Gelman et al., Bayesian Data Analysis,
 * 3rd ed., section 10.3, direct simulation from a discrete grid). The last parameter runs fastest.
 */
export const grid: Kind = {
  multiplies: false,
  reads: { response: false, terms: [1, 2] },
  dimension: (model) => 2 * pointsOf(axesOf(model)) + 1,
  check(model) {
    checkPosterior(model, 0)
    const axes = axesOf(model)
    const isGrid = axes.every(
      ({ from, to, points }) =>
        Number.isFinite(to - from) && to > from && Number.isInteger(points) && points >= 2,
    )
    const isSmall = pointsOf(axes) <= LIMITS.gridPoints
    if (axes.length > 0 && isGrid && isSmall && model.values?.length === 3 * axes.length) return
    throw new HypernetError(
      'BAD_JOB',
      `a grid has for each parameter a least value, a larger one, and two points or more, in all at most ${LIMITS.gridPoints}`,
    )
  },
  expand(model, [likelihood = { constant: 0 }]) {
    const axes = axesOf(model)
    const value = compile(likelihood)
    const own = new Set(axes.map(({ name }) => name))
    return {
      names: namesOf(likelihood).filter((name) => !own.has(name)),
      terms: Array.from({ length: pointsOf(axes) }, (_, k): Feature => {
        const point = pointAt(axes, k)
        return {
          text: 'logLikelihood',
          value: (lookup) => value((name) => point.get(name) ?? lookup(name)),
          exact: undefined,
          constant: undefined,
        }
      }),
    }
  },
  // A row may be impossible at some points.
  isUsable: (value) => value === Number.NEGATIVE_INFINITY,
  addRow(sum, { terms }) {
    const { length } = terms
    terms.forEach((value, k) => {
      if (Number.isFinite(value)) sum.addValue(k, value)
      else sum.addValue(length + k, 1)
    })
    sum.addValue(2 * length, 1)
  },
  result({ model, terms }, sum): GridResult {
    const axes = axesOf(model)
    const { length } = terms
    const observations = countOf(sum, 2 * length)
    const before = priorOf(model, axes, length)
    const logs = terms.map((_, k) => {
      if (wholeOf(sum, length + k, observations) > 0) return Number.NEGATIVE_INFINITY
      return roundedAt(sum, k, 'a log-likelihood') + (before[k] ?? 0)
    })
    const best = logs.reduce((most, each) => Math.max(most, each), Number.NEGATIVE_INFINITY)
    if (!Number.isFinite(best)) {
      throw new HypernetError(
        'TOO_FEW',
        'readings and prior rule out every point of the grid; widen from and to, or mend logLikelihood',
      )
    }
    const weights = logs.map((each) => exp(each - best))
    const all = weights.reduce((total, each) => total + each, 0)
    const probabilities = axes.map((_, axis) => marginal(axes, axis, weights, all))
    const credible = credibleOf(model)
    return {
      posterior: {
        parameters: axes.map((axis, i) => parameterOf(axis, probabilities[i] ?? [], credible)),
        credible,
        values: axes.map(valuesOf),
        probabilities,
        mode: [...pointAt(axes, logs.indexOf(best)).values()],
      },
      observations,
    }
  },
}

interface Axis {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly points: number
}

function axesOf({ names = [], values = new Float64Array() }: Model): Axis[] {
  return names.map((name, i) => {
    const [from = 0, to = 0, points = 0] = values.slice(3 * i)
    return { name, from, to, points }
  })
}

const pointsOf = (axes: readonly Axis[]): number =>
  axes.reduce((all, { points }) => all * points, 1)

const valueAt = ({ from, to, points }: Axis, step: number): number =>
  step === points - 1 ? to : from + ((to - from) * step) / (points - 1)

const valuesOf = (axis: Axis): number[] =>
  Array.from({ length: axis.points }, (_, step) => valueAt(axis, step))

/** Steps of point k along one axis. */
function stepOf(axes: readonly Axis[], axis: number, k: number): number {
  const stride = pointsOf(axes.slice(axis + 1))
  return Math.floor(k / stride) % (axes[axis]?.points ?? 1)
}

const pointAt = (axes: readonly Axis[], k: number): Map<string, number> =>
  new Map(axes.map((axis, i) => [axis.name, valueAt(axis, stepOf(axes, i, k))]))

/** Log of the prior at each point, up to a constant. @throws HypernetError `BAD_JOB` where it is no density */
function priorOf({ terms = [] }: Model, axes: readonly Axis[], length: number): number[] {
  const [, text] = terms
  if (!text) return new Array<number>(length).fill(0)
  const tree: Expression = treeOf(text)
  const value = compile(tree)
  return Array.from({ length }, (_, k) => {
    const point = pointAt(axes, k)
    const lookup: Lookup = (name) => point.get(name)
    const found = value(lookup)
    if (Number.isFinite(found) || found === Number.NEGATIVE_INFINITY) return found
    const where = [...point].map(([name, each]) => `${name} ${each}`).join(', ')
    throw new HypernetError('BAD_JOB', `logPrior is ${found} at ${where}; wanted a number`)
  })
}

/** How likely each value of one axis is. */
function marginal(
  axes: readonly Axis[],
  axis: number,
  weights: readonly number[],
  all: number,
): number[] {
  const sums = new Array<number>(axes[axis]?.points ?? 0).fill(0)
  weights.forEach((weight, k) => {
    const step = stepOf(axes, axis, k)
    sums[step] = (sums[step] ?? 0) + weight
  })
  return sums.map((each) => each / all)
}

/** Mean, deviation and interval of a parameter that has only the values of its axis. */
function parameterOf(
  axis: Axis,
  probabilities: readonly number[],
  credible: number,
): PosteriorParameter {
  const values = valuesOf(axis)
  const expected = (of: (value: number) => number) =>
    probabilities.reduce((sum, each, k) => sum + each * of(values[k] ?? 0), 0)
  const mean = expected((value) => value)
  const variance = expected((value) => (value - mean) * (value - mean))
  const tail = (1 - credible) / 2
  return {
    name: axis.name,
    mean,
    standardDeviation: Math.sqrt(variance),
    interval: [quantile(values, probabilities, tail), quantile(values, probabilities, 1 - tail)],
  }
}

/** The least value up to which there is so much probability. */
function quantile(
  values: readonly number[],
  probabilities: readonly number[],
  mass: number,
): number {
  let below = 0
  const k = probabilities.findIndex((each) => {
    below += each
    return below >= mass
  })
  return values[k < 0 ? values.length - 1 : k] ?? 0
}
