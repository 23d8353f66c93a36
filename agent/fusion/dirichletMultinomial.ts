import type { ExactVector } from '../math/exactVector.ts'
import { add, type Rational, rational, subtract } from '../math/rational.ts'
import { HypernetError } from '../wire/errors.ts'
import type { Model } from '../wire/modelMessage.ts'
import { fading } from './forgetting.ts'
import type { Kind } from './kind.ts'
import { betaParameter, checkShapes, credibleOf, rounded, updated } from './posterior.ts'
import type { DirichletMultinomialResult } from './results.ts'
import { checkAscending, countOf, rationalAt, refuse, wholeOf } from './statistics.ts'

/**
 * Sums [rows of each category, n]; the conjugate Dirichlet prior enters once, after the sum, by default with 1 for each
 * category: all shares are as likely (Gelman et al., Bayesian Data Analysis, 3rd ed., section 3.4).
 */
export const dirichletMultinomial: Kind = {
  multiplies: false,
  reads: { response: true, terms: [0, 0] },
  dimension: (model) => valuesOf(model).length + 1,
  check(model) {
    const values = valuesOf(model)
    if (values.length < 2)
      throw new HypernetError('BAD_JOB', `wanted two categories at least, found ${values.length}`)
    checkAscending('categories', values)
    checkShapes(model, values.length)
  },
  takes: (model, response) => valuesOf(model).includes(response),
  addRow(sum, { response }, model) {
    const values = valuesOf(model)
    sum.addValue(values.indexOf(response), 1)
    sum.addValue(values.length, 1)
  },
  carry: fading((sum, { model }) => readCounts(sum, valuesOf(model).length)),
  result({ model }, sum, after = sum): DirichletMultinomialResult {
    const values = [...valuesOf(model)]
    const { counts, observations } = readCounts(sum, values.length)
    const concentrations = counts.map((_, k) =>
      updated(model.prior?.[k] ?? 1, rationalAt(after, k)),
    )
    const all = sumOf(concentrations)
    const credible = credibleOf(model)
    return {
      posterior: {
        parameters: concentrations.map((each, k) =>
          betaParameter(`share of ${values[k]}`, each, subtract(all, each), credible),
        ),
        credible,
        concentrations: concentrations.map(rounded),
      },
      counts,
      observations,
    }
  },
}

/** Rows of each category, and of all. @throws HypernetError `TOO_FEW`, `BAD_MESSAGE` */
function readCounts(sum: ExactVector, categories: number) {
  const observations = countOf(sum, categories)
  const counts = Array.from({ length: categories }, (_, k) => wholeOf(sum, k, observations))
  const total = counts.reduce((all, each) => all + each, 0)
  if (total !== observations) refuse(`${total} rows are of a category, of ${observations}`)
  return { counts, observations }
}

const valuesOf = ({ values }: Model): Float64Array => values ?? new Float64Array()
const sumOf = (list: readonly Rational[]): Rational => list.reduce(add, rational(0n))
