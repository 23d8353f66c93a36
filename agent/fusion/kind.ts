import type { Accumulator, Exact } from '../math/accumulator.ts'
import type { Dyadic } from '../math/dyadic.ts'
import type { ExactVector } from '../math/exactVector.ts'
import type { Model } from '../wire/modelMessage.ts'
import type { Expression, Lookup } from './expression.ts'
import type { Part, Refused } from './gate.ts'
import type { ModelResult } from './results.ts'

/** The values of one row by name: a map, a plain object or a function. `null` or nothing: missing. */
export type Row =
  | ReadonlyMap<string, number | null>
  | Readonly<Record<string, number | null | undefined>>
  | Lookup

/** A model whose expressions have been read and checked. */
export interface CompiledModel {
  readonly model: Model
  readonly kind: Kind
  /** Components of the statistic that is summed. */
  readonly dimension: number
  /** Names of sensors and positions that a row must have, in order of first use. */
  readonly names: readonly string[]
  /** Nothing where the model has only terms. */
  readonly response: Feature | undefined
  readonly terms: readonly Feature[]
  /** What a row counts; nothing where all count the same. */
  readonly weight: Feature | undefined
}

/** What a model reads of a row: as doubles and, where they are needed, without rounding. */
export interface Inputs {
  readonly response: number
  readonly terms: Float64Array
  readonly exactResponse: () => Exact
  readonly exactTerms: () => Exact[]
  /** One of them; it is a number. */
  readonly exactTerm: (k: number) => Exact
  /** More than 0; 1 where the model has none. */
  readonly weight: Exact
}

/** An expression that is one input of a model. */
export interface Feature {
  /** As it stood in the job file. */
  readonly text: string
  readonly value: (lookup: Lookup) => number
  /** Without rounding, where the formula allows that and messages have room for it. */
  readonly exact: ((lookup: Lookup) => Dyadic) | undefined
  /** Its value where it reads no names, as `1` does. */
  readonly constant: number | undefined
}

/** What one type of model sums, and what the sum means. Deterministic; holds no state. */
export interface Kind {
  /** Whether values are multiplied with each other, which narrows their range. */
  readonly multiplies: boolean
  /** Whether a row counts although some of its terms are missing: they come as NaN. */
  readonly isPartial?: boolean
  /** Whether it always carries on from window to window. */
  readonly isRecursive?: boolean
  /** Whether a model of this type carries a decision from window to window. */
  readonly decides?: (model: Model) => boolean
  /** What it reads of a row: a response or none, so many terms, and a weight where it takes one. */
  readonly reads: {
    readonly response: boolean
    readonly terms: readonly [least: number, most: number]
    readonly weight?: boolean
  }
  dimension(model: Model): number
  /** @throws HypernetError `BAD_JOB` for options that the type does not take */
  check(model: Model): void
  /** What it reads of a row where that is not its terms as they stand: the names of sensors, and what makes its inputs. */
  readonly expand?: (
    model: Model,
    terms: readonly Expression[],
  ) => Pick<CompiledModel, 'names' | 'terms'>
  /** Whether a value that is not finite counts as well. */
  readonly isUsable?: (value: number) => boolean
  /** Whether a finite row is one that the model can have; absent: each is. Others are left out and counted. */
  takes?(model: Model, response: number, terms: Float64Array): boolean
  /** Adds one complete, finite row that it takes. @param at where the sum is taken, by a model with steps */
  addRow(sum: Accumulator, row: Inputs, model: Model, at: Float64Array): void
  /**
   * Of types that can estimate from window to window: what is known after a window, from its sum and from what was
   * known before it. A function of these alone, so that whoever saw the same windows holds the same bits.
   * @param before what this gave for the last window that brought a sum; absent: there was none
   * @param windows from that one to this one, or from window 0 where there was none
   * @throws HypernetError as `result`
   */
  carry?(
    compiled: CompiledModel,
    sum: ExactVector,
    before: ExactVector | undefined,
    windows: number,
  ): ExactVector
  /**
   * @param after what `carry` gave for this window; absent: the window stands by itself
   * @param at where the last sum was taken, by a model with steps
   * @param told what a program ended with, canonical JSON
   * @throws HypernetError `TOO_FEW`, `RANK`, or `BAD_MESSAGE` for a sum that no rows have
   */
  result(
    compiled: CompiledModel,
    sum: ExactVector,
    after: ExactVector | undefined,
    at: Float64Array,
    told: string | undefined,
  ): ModelResult
  readonly steps?: Steps
  /** Of models that leave devices out: whom, by what all of them contributed. A function of that alone. */
  readonly gate?: (compiled: CompiledModel, parts: readonly Part[]) => readonly Refused[]
}

/**
 * Of a model that takes several sums in a row: where each is taken, as figures of the model's own. Deterministic, so that all
 * devices go the same way.
 */
export interface Steps {
  /** Most sums of one result. */
  most(model: Model): number
  start(compiled: CompiledModel): Float64Array
  /** Where the next sum is taken, which is never where one was before; undefined: this sum was the last. */
  next(compiled: CompiledModel, at: Float64Array, sum: ExactVector): Float64Array | undefined
  /** Values of names that expressions read and that are no sensors. */
  readonly names?: (compiled: CompiledModel, at: Float64Array) => ReadonlyMap<string, number>
  /** What people are shown on the way; as `estimateOf` of the result. */
  readonly shown?: (compiled: CompiledModel, at: Float64Array) => number[]
}
