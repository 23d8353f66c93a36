import acos from '@stdlib/math-base-special-acos'
import asin from '@stdlib/math-base-special-asin'
import atan from '@stdlib/math-base-special-atan'
import cos from '@stdlib/math-base-special-cos'
import exp from '@stdlib/math-base-special-exp'
import expm1 from '@stdlib/math-base-special-expm1'
import ln from '@stdlib/math-base-special-ln'
import log1p from '@stdlib/math-base-special-log1p'
import log2 from '@stdlib/math-base-special-log2'
import log10 from '@stdlib/math-base-special-log10'
import pow from '@stdlib/math-base-special-pow'
import sin from '@stdlib/math-base-special-sin'
import tan from '@stdlib/math-base-special-tan'
import tanh from '@stdlib/math-base-special-tanh'
import { LIMITS } from '../wire/limits.ts'

/** What an expression may call: how many operands it takes, and what it does with them. */
export interface FusionFunction {
  readonly least: number
  readonly most: number
  /** Operators are written between their operands; higher binds tighter. Absent: `name(a, b)`. */
  readonly binds?: number
  readonly apply: (...operands: number[]) => number
}

const ANY = LIMITS.expressionNodes

/**
 * Every function and operator of expressions, by the name that stands on the wire. The controller's parser
 * takes names and operand counts from here. What IEEE 754 defines exactly is the engine's own; everything
 * else is code of @stdlib, so that every engine gives the same bits. A condition is 1 or 0; NaN anywhere
 * makes NaN, so that a row with it is left out rather than counted as false. Outside its domain a function
 * gives NaN or an infinity.
 */
export const FUNCTIONS: Readonly<Record<string, FusionFunction>> = {
  // More than two operands are taken from left to right, as in a + b + c.
  '+': { least: 2, most: ANY, binds: 6, apply: (...x) => x.reduce((a, b) => a + b) },
  '-': { least: 2, most: 2, binds: 6, apply: (a, b) => of(a) - of(b) },
  '*': { least: 2, most: ANY, binds: 7, apply: (...x) => x.reduce((a, b) => a * b) },
  '/': { least: 2, most: 2, binds: 7, apply: (a, b) => of(a) / of(b) },
  // A square is one multiplication, so that it is rounded once by definition.
  '^': {
    least: 2,
    most: 2,
    binds: 9,
    apply: (a, b) => (b === 2 ? of(a) * of(a) : pow(of(a), of(b))),
  },
  unaryMinus: { least: 1, most: 1, binds: 8, apply: (a) => -of(a) },
  sqrt: { least: 1, most: 1, apply: (a) => Math.sqrt(of(a)) },
  abs: { least: 1, most: 1, apply: (a) => Math.abs(of(a)) },
  exp: one(exp),
  /** Natural logarithm; `log(x, base)` is log(x) / log(base). */
  log: {
    least: 1,
    most: 2,
    apply: (a, base) => (base === undefined ? ln(of(a)) : ln(of(a)) / ln(base)),
  },
  log2: one(log2),
  log10: one(log10),
  log1p: one(log1p),
  expm1: one(expm1),
  sin: one(sin),
  cos: one(cos),
  tan: one(tan),
  asin: one(asin),
  acos: one(acos),
  atan: one(atan),
  tanh: one(tanh),
  floor: { least: 1, most: 1, apply: (a) => Math.floor(of(a)) },
  ceil: { least: 1, most: 1, apply: (a) => Math.ceil(of(a)) },
  min: { least: 1, most: ANY, apply: (...x) => Math.min(...x) },
  max: { least: 1, most: ANY, apply: (...x) => Math.max(...x) },
  '>': compare((a, b) => a > b),
  '>=': compare((a, b) => a >= b),
  '<': compare((a, b) => a < b),
  '<=': compare((a, b) => a <= b),
  '==': compare((a, b) => a === b),
  '!=': compare((a, b) => a !== b),
  and: {
    least: 2,
    most: ANY,
    binds: 3,
    apply: (...x) =>
      claim(
        x,
        x.every((a) => a !== 0),
      ),
  },
  or: {
    least: 2,
    most: ANY,
    binds: 2,
    apply: (...x) =>
      claim(
        x,
        x.some((a) => a !== 0),
      ),
  },
  not: { least: 1, most: 1, binds: 8, apply: (a) => claim([of(a)], a === 0) },
  /** `condition ? a : b` */
  '?:': {
    least: 3,
    most: 3,
    binds: 1,
    apply: (condition, a, b) => (Number.isNaN(condition) ? NaN : of(condition !== 0 ? a : b)),
  },
}

/** The function of this name, if there is one; names of built-in properties are not. */
export function functionOf(name: string): FusionFunction | undefined {
  return Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
}

function one(apply: (a: number) => number): FusionFunction {
  return { least: 1, most: 1, apply: (a) => apply(of(a)) }
}

function compare(holds: (a: number, b: number) => boolean): FusionFunction {
  return {
    least: 2,
    most: 2,
    binds: 5,
    apply: (a, b) => claim([of(a), of(b)], holds(of(a), of(b))),
  }
}

function claim(operands: readonly number[], holds: boolean): number {
  return operands.some(Number.isNaN) ? NaN : holds ? 1 : 0
}

/** An operand; counts are checked when an expression is read, so none is missing. */
const of = (operand: number | undefined): number => operand ?? NaN
