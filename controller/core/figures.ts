import { resultOf } from '../../agent/fusion/model.ts'
import type { ExactVector } from '../../agent/math/exactVector.ts'
import { HypernetError } from '../../agent/wire/errors.ts'
import type { Model } from '../../agent/wire/modelMessage.ts'
import type { Figures } from './resultDocument.ts'

/** A model's figures from the sum over all devices, or the sentence that says why there are none. */
export function figuresOf(
  model: Model,
  { sum, at }: { readonly sum: ExactVector; readonly at?: Float64Array | undefined },
): Figures {
  try {
    // The result is an object of the model's own fields; they are shown as they are.
    return {
      ok: true,
      result: resultOf(model, sum, at) as unknown as Readonly<Record<string, unknown>>,
    }
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
    return { ok: false, reason: error.message }
  }
}
