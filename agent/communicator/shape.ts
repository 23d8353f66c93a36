import { LIMITS } from '../wire/limits.ts'
import { counted } from '../wire/words.ts'

/** What a collective call asks for; every rank must ask for the same. */
export interface Shape {
  readonly operation: Operation
  /** Components of the whole call. */
  readonly length: number
  /** Rank whose values are sent, of `broadcast`; else 0. */
  readonly root: number
}
const OPERATIONS = [
  'barrier',
  'sum',
  'mean',
  'min',
  'max',
  'broadcast',
  'gather',
  'exact sum',
  'dot product',
  'norm',
  'dot products',
] as const
export type Operation = (typeof OPERATIONS)[number]

/** Components that a call may have: with operation and root they make an integer below 2^53. */
export const LONGEST = 2 ** 31

/**
 * A shape as one integer. It is the first component of each contribution, so it is signed by the rank
 * that made the call, and passed on to everybody with it.
 */
export const tagOf = ({ operation, length, root }: Shape): number =>
  (length * LIMITS.roster + root) * 16 + OPERATIONS.indexOf(operation) + 1

/** @returns undefined for a number that is no tag */
export function shapeOf(tag: number): Shape | undefined {
  const operation = OPERATIONS[(tag % 16) - 1]
  const rest = Math.floor(tag / 16)
  const shape = operation && {
    operation,
    length: Math.floor(rest / LIMITS.roster),
    root: rest % LIMITS.roster,
  }
  return shape && tagOf(shape) === tag ? shape : undefined
}

/** A shape in words, for people. */
export function describe({ operation, length, root }: Shape): string {
  if (operation === 'barrier') return 'barrier'
  return `${operation} of ${counted(length, 'number')}${operation === 'broadcast' ? ` from rank ${root}` : ''}`
}
