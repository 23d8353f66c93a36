import * as z from 'zod/mini'
// By name: the namespace `z.core` would bring all of zod into an agent's bundle.
import { $constructor } from 'zod/v4/core'
import type { Path } from './mistake.ts'

/** What does not go together: where it is below the map that is checked, and what to do. */
export interface Conflict {
  readonly path: Path
  readonly text: string
}

/** A check that compares fields of a map. */
export interface CrossCheck<T> {
  /** Paths of all that has to be right for it, `observations[].factors`; it runs whatever is wrong with the rest. */
  readonly reads: readonly string[]
  readonly conflicts: (map: T) => readonly Conflict[]
}

type Def = z.ZodMiniObject['_zod']['def'] & { readonly crosses: readonly CrossCheck<object>[] }

/** zod's own checks of a map wait until all of its fields are right, so that mistakes come one after the other. */
const CheckedMap = $constructor<z.ZodMiniObject>('CheckedMap', (inst, def) => {
  const init: (inst: z.ZodMiniObject, def: z.ZodMiniObject['_zod']['def']) => void =
    z.ZodMiniObject.init
  init(inst, def)
  const { crosses } = def as Def
  const { parse } = inst._zod
  inst._zod.parse = (payload, context) => {
    const result = parse(payload, context)
    const wrong = payload.issues.filter(isFatal).map(({ path }) => path ?? [])
    for (const { reads, conflicts } of crosses)
      if (!reads.some((read) => wrong.some((path) => isTouched(read, path))))
        for (const { path, text } of conflicts(payload.value as object)) {
          const issue = { code: 'custom', message: text, path: [...path], input: payload.value }
          payload.issues.push(issue as z.core.$ZodRawIssue)
        }
    return result
  }
})

/** An unknown key may be a misspelling of what a check would miss. */
const isFatal = (issue: z.core.$ZodRawIssue): boolean =>
  issue.continue !== true || issue.code === 'unrecognized_keys'

/** Whether what is wrong at a path is part of what is read, or the other way round. */
function isTouched(read: string, path: readonly PropertyKey[]): boolean {
  const steps = read.replaceAll('[]', '.[]').split('.')
  return path
    .slice(0, steps.length)
    .every((step, i) => (typeof step === 'number' ? steps[i] === '[]' : steps[i] === String(step)))
}

/** A map whose fields are compared, each check as soon as what it reads is right. */
export function crossChecked<S extends z.ZodMiniObject>(
  schema: S,
  crosses: readonly CrossCheck<z.output<S>>[],
): S {
  const checked: unknown = new CheckedMap({ ...schema._zod.def, crosses } as Def)
  return checked as S // the same map, which only says more
}
