import { type Carried, resultAfter, type WindowSum } from '../../agent/fusion/carry.ts'
import { compileModel } from '../../agent/fusion/model.ts'
import { HypernetError } from '../../agent/wire/errors.ts'
import type { Model } from '../../agent/wire/modelMessage.ts'
import type { Figures } from './resultDocument.ts'

/**
 * A model's figures from the sum over all devices, or the sentence that says why there are none.
 * @param before what earlier windows left, where the model estimates from window to window
 */
export function figuresOf(model: Model, window: WindowSum, before?: Carried): Figures {
  try {
    // The result is an object of the model's own fields; they are shown as they are.
    const result = resultAfter(compileModel(model), before, window)
    return { ok: true, result: result as unknown as Readonly<Record<string, unknown>> }
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
    return { ok: false, reason: error.message }
  }
}
