import type { ExactVector } from '../../math/exactVector.ts'
import type { Bitset } from '../../wire/bitset.ts'

/** A sum of contributions and the rows of readings in it. */
export interface Total {
  readonly sum: ExactVector
  readonly rows: number
}

/** What a method has to offer to a vote: the sums that it holds. Nothing else of it matters there. */
export interface Sums {
  /** Devices whose contribution is known to be in what the method holds or works on. */
  readonly have: Bitset
  /**
   * Whom an answer would sum now, given who is gone and who was proven a liar; together with the gone
   * they are the whole roster. Undefined as long as there is no such sum.
   */
  covering(gone: Bitset, liars: Bitset): Bitset | undefined
  /** The exact sum over exactly these devices; undefined where the method does not hold it. */
  totalOf(contributors: Bitset): Total | undefined
  /**
   * Whether this sum might not be offered again later, when others are gone: a vote for it must then be kept. Not
   * so where whoever holds it holds all that it is made of.
   */
  isFleeting(contributors: Bitset): boolean
  /** Whether a neighbor is known to hold the same. */
  isAlike(neighbor: number): boolean
}
