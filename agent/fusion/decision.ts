import { dyadicOf } from '../math/dyadic.ts'
import { componentOf, type ExactVector, vectorFrom } from '../math/exactVector.ts'
import { HypernetError } from '../wire/errors.ts'
import type { Model } from '../wire/modelMessage.ts'
import type { CompiledModel, Kind } from './kind.ts'
import { wholeOf } from './statistics.ts'

/** When a decision is taken, and when it is taken back. */
export interface DecisionRule {
  /** Asks for on from this probability on. */
  readonly posterior: number
  /** Asks for off below this one, at most `posterior`; in between nothing is asked for. */
  readonly clear: number
  /** Windows in a row that must ask for a change before it is made; 1: the first makes it. */
  readonly windows: number
}

/** What has been decided after a window. */
export interface Decision {
  readonly isOn: boolean
  /** The window that changed it last; before any change the first that brought something. */
  readonly since: number
  /** Windows in a row up to this one that asked for the other. */
  readonly asking: number
}

/** A window that brought something, as a decision sees it. */
export interface Evidence {
  readonly epoch: number
  readonly probability: number
  /** Whether the window before it brought something as well. */
  readonly isNext: boolean
}

/** `[posterior, clear, windows]` of a model, where it decides. */
export function ruleOf({ values }: Model): DecisionRule | undefined {
  if (!values) return undefined
  const [posterior = Number.NaN, clear = Number.NaN, windows = Number.NaN] = values
  return { posterior, clear, windows }
}

/** @throws HypernetError `BAD_JOB` unless 0 < clear <= posterior < 1, for whole windows */
export function checkRule(model: Model): void {
  const rule = ruleOf(model)
  if (!rule) return
  const { posterior, clear, windows } = rule
  const isOrdered = clear > 0 && clear <= posterior && posterior < 1
  if (model.values?.length === 3 && isOrdered && Number.isSafeInteger(windows) && windows >= 1)
    return
  throw new HypernetError(
    'BAD_JOB',
    `a decision takes 0 < clear <= posterior < 1 and a number of windows, found ${model.values?.join(', ')}`,
  )
}

/**
 * The decision after one window more. A window that brought nothing leaves the decision as it is, and breaks the row of
 * those that ask for a change.
 */
export function decide(
  { posterior, clear, windows }: DecisionRule,
  before: Decision | undefined,
  { epoch, probability, isNext }: Evidence,
): Decision {
  const { isOn, since, asking } = before ?? { isOn: false, since: epoch, asking: 0 }
  const isAsking = isOn ? probability < clear : probability >= posterior
  const row = isAsking ? (isNext ? asking : 0) + 1 : 0
  return row < windows ? { isOn, since, asking: row } : { isOn: !isOn, since: epoch, asking: 0 }
}

type Carry = NonNullable<Kind['carry']>

/**
 * Carries a decision behind what a model carries: [..., epoch, on, since, asking]. Without forgetting what comes before
 * them is the sum of the last window alone.
 * @param evidence how that carries on by itself
 * @param probability what it says of the event
 */
export const deciding =
  (evidence: Carry, probability: (compiled: CompiledModel, after: ExactVector) => number): Carry =>
  (compiled, sum, before, windows) => {
    const { model, dimension } = compiled
    const rule = ruleOf(model)
    if (!rule) return evidence(compiled, sum, before, windows)
    const isKept = before && model.forgetting !== undefined
    const known = isKept ? vectorFrom(componentsOf(before, dimension)) : undefined
    const after = evidence(compiled, sum, known, windows)
    const epoch = (before ? wholeOf(before, dimension) : 0) + windows
    const { isOn, since, asking } = decide(rule, before && decisionIn(compiled, before), {
      epoch,
      probability: probability(compiled, after),
      isNext: windows === 1,
    })
    const figures = [epoch, isOn ? 1 : 0, since, asking].map(dyadicOf)
    return vectorFrom([...componentsOf(after, dimension), ...figures])
  }

/** The decision in what `deciding` carries; `undefined` where a sum stands by itself. */
export function decisionIn({ dimension }: CompiledModel, state: ExactVector): Decision | undefined {
  if (state.mantissas.length === dimension) return undefined
  const [isOn, since, asking] = [1, 2, 3].map((k) => wholeOf(state, dimension + k))
  return { isOn: isOn === 1, since: since ?? 0, asking: asking ?? 0 }
}

const componentsOf = (vector: ExactVector, most: number) =>
  Array.from({ length: most }, (_, k) => componentOf(vector, k))
