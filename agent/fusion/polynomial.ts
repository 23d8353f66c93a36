import { addDyadic, bitLength, type Dyadic, dyadicOf, multiplyDyadic } from '../math/dyadic.ts'
import type { Expression, Lookup } from './expression.ts'

/** Factors of a product: x^10 is ten. */
const MOST_FACTORS = 16
/** Exponents of values whose products with each other a sum takes (math/exactVector.ts). */
const LEAST_EXPONENT = -1074
const TOP = 900

/** A formula of sums, products and whole powers of readings, which has a value without any rounding. */
export interface Polynomial {
  /** Most factors of a product. */
  readonly degree: number
  readonly value: (lookup: Lookup) => Dyadic
}

/**
 * The powers of a polynomial fit magnify what their own rounding to doubles makes of them: NIST's Filip has 7.6 digits at
 * most from rounded powers, whoever solves it, and 13 from exact ones.
 * @returns nothing for other formulas, for single readings and constants, which are exact as they are, and for
 * products of more than 16 factors
 */
export function polynomialOf(tree: Expression): Polynomial | undefined {
  return 'call' in tree ? read(tree) : undefined
}

function read(tree: Expression): Polynomial | undefined {
  if ('constant' in tree) {
    const constant = dyadicOf(tree.constant)
    return { degree: 1, value: () => constant }
  }
  if ('name' in tree) return { degree: 1, value: (lookup) => dyadicOf(lookup(tree.name) ?? NaN) }
  if (tree.call === '^') return power(tree.arguments)
  const operands = tree.arguments.map(read)
  if (!operands.every((operand) => operand !== undefined)) return undefined
  const degrees = operands.map(({ degree }) => degree)
  const [first] = operands
  const combined = (degree: number, value: Polynomial['value']) =>
    degree <= MOST_FACTORS ? { degree, value } : undefined
  switch (tree.call) {
    case '+':
      return combined(Math.max(...degrees), (lookup) => sumOf(operands, lookup))
    case '-':
      return combined(Math.max(...degrees), (lookup) => {
        const [a = ZERO, b = ZERO] = operands.map(({ value }) => value(lookup))
        return addDyadic(a, negated(b))
      })
    case '*':
      return combined(
        degrees.reduce((all, each) => all + each, 0),
        (lookup) => operands.map(({ value }) => value(lookup)).reduce(multiplyDyadic),
      )
    case 'unaryMinus':
      return first && { degree: first.degree, value: (lookup) => negated(first.value(lookup)) }
    default:
      return undefined
  }
}

/** A whole power, from 1 up. */
function power([base, exponent]: readonly Expression[]): Polynomial | undefined {
  const of = base && read(base)
  const times = exponent && 'constant' in exponent ? exponent.constant : 0
  if (!of || !Number.isInteger(times) || times < 1 || of.degree * times > MOST_FACTORS)
    return undefined
  return {
    degree: of.degree * times,
    value(lookup) {
      const factor = of.value(lookup)
      return Array.from({ length: times }, () => factor).reduce(multiplyDyadic)
    },
  }
}

const ZERO = dyadicOf(0)
const negated = ({ mantissa, exponent }: Dyadic): Dyadic => ({ mantissa: -mantissa, exponent })
const sumOf = (operands: readonly Polynomial[], lookup: Lookup): Dyadic =>
  operands.map(({ value }) => value(lookup)).reduce(addDyadic)

/** Whether sums can take the value and its products; else the double that is nearest to it goes in. */
export const isSummable = ({ mantissa, exponent }: Dyadic): boolean =>
  exponent >= LEAST_EXPONENT && bitLength(mantissa) + exponent < TOP
