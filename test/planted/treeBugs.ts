import type { Bug } from './bug.ts'

const ASCENT = 'agent/consensus/tree/ascent.ts'
const FALLBACK = 'agent/consensus/tree/fallback.ts'
const DESCENT = 'agent/consensus/tree/descent.ts'

const bug = (name: string, says: string, file: string, find: string, put: string): Bug => ({
  name,
  says,
  method: 'tree',
  edits: [{ file, find, put }],
})

/** Bugs in `tree`. */
export const treeBugs: readonly Bug[] = [
  bug(
    'own-part-left-out',
    'An inner node passes on what came from below without its own contribution.',
    ASCENT,
    'state.parts = [own, ...[...state.below.values()].flatMap(({ part }) => part ?? [])]',
    'state.parts = [own, ...[...state.below.values()].flatMap(({ part }) => part ?? [])].slice(state.below.size > 0 ? 1 : 0)',
  ),
  bug(
    'part-added-once-more',
    'A part that came again with more in it is added to the one before.',
    ASCENT,
    '[...state.below.values()].flatMap(({ part }) => part ?? [])]',
    '[...state.below.values()].flatMap(({ part }) => (part ? [part, part] : []))]',
  ),
  bug(
    'proof-not-kept',
    'The steps that prove the own part are forgotten.',
    DESCENT,
    'state.steps[step.level] = stepFromWire(context, step)',
    'state.steps[step.level] ??= undefined',
  ),
  bug(
    'total-of-one-announcement',
    'A wider total that is announced later is not taken.',
    DESCENT,
    'if (known && !includesAll(total.set, known.set)) return\n',
    'if (known) return\n',
  ),
  bug(
    'tree-without-fallback',
    'A tree in which somebody is silent or gone is not flooded.',
    FALLBACK,
    'if (voting.final) return false',
    'if (voting.final || dispute === undefined) return false',
  ),
]
