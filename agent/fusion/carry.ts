import type { ExactVector } from '../math/exactVector.ts'
import { HypernetError } from '../wire/errors.ts'
import type { CompiledModel } from './kind.ts'
import { resultOf } from './model.ts'
import type { ModelResult } from './results.ts'

/** What a repeating job knows after its windows so far, where its model estimates from window to window. */
export interface Carried {
  /** The last window that brought a sum, and the first. */
  readonly epoch: number
  readonly since: number
  /** Windows that brought one; those between that brought none were missed, or failed. */
  readonly windows: number
  /** As the model's type has it (`Kind.carry`). */
  readonly state: ExactVector
}

/** The same for people, in a result and in a device's status. */
export interface CarriedView {
  readonly since: number
  readonly windows: number
  readonly missed: number
}

/** A window's sum, as the devices agreed on it. */
export interface WindowSum {
  readonly epoch: number
  readonly sum: ExactVector
  /** Where it was taken, by a model with steps; absent: where the first is. */
  readonly at?: Float64Array | undefined
  /** What a program ended with, canonical JSON. */
  readonly told?: string | undefined
}

/** Whether a model estimates from window to window. */
export const isCarrying = ({ model, kind }: CompiledModel): boolean =>
  model.forgetting !== undefined || kind.isRecursive === true || kind.decides?.(model) === true

/**
 * What is known after a window more.
 * @param before of earlier windows
 * @throws HypernetError as `resultOf`: then the window brings nothing
 */
export function carryOn(
  compiled: CompiledModel,
  before: Carried | undefined,
  { epoch, sum }: WindowSum,
): Carried {
  const { kind } = compiled
  if (!kind.carry) throw new HypernetError('INVARIANT', 'a model without state carries none')
  const windows = epoch - (before?.epoch ?? 0)
  const state = kind.carry(compiled, sum, before?.state, windows)
  return {
    epoch,
    since: before?.since ?? epoch,
    windows: (before?.windows ?? 0) + 1,
    state,
  }
}

/** The same where a window that brings nothing leaves all as it was. */
export function carryIfSound(
  compiled: CompiledModel,
  before: Carried | undefined,
  window: WindowSum,
): Carried | undefined {
  if (!isCarrying(compiled)) return undefined
  try {
    return carryOn(compiled, before, window)
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
    return before
  }
}

/** A result and, where the model estimates from window to window, what it rests on. */
export type WindowResult = ModelResult & { readonly carried?: CarriedView }

/**
 * What a window's sum means: by itself or, where its model says so, after the windows before it.
 * @throws HypernetError as `resultOf`
 */
export function resultAfter(
  compiled: CompiledModel,
  before: Carried | undefined,
  window: WindowSum,
): WindowResult {
  if (!isCarrying(compiled))
    return resultOf(compiled, window.sum, { at: window.at, told: window.told })
  const carried = carryOn(compiled, before, window)
  return {
    ...resultOf(compiled, window.sum, { after: carried.state, at: window.at }),
    carried: viewOf(carried),
  }
}

/** For people. */
export function viewOf({ epoch, since, windows }: Carried): CarriedView {
  return { since, windows, missed: epoch - since + 1 - windows }
}
