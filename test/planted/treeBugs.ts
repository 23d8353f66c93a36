import type { Bug } from './bug.ts'

const ASCENT = 'agent/consensus/tree/ascent.ts'
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
    'chainOf([own, ...parts])',
    'chainOf(parts.length > 0 ? parts : [own])',
  ),
  bug(
    'part-added-once-more',
    'A part that came again with more in it is added to the one before.',
    ASCENT,
    'const parts = [...below.values()].flatMap(({ part }) => part ?? [])',
    'const parts = [...below.values()].flatMap(({ part }) => (part ? [part, part] : []))',
  ),
  bug(
    'part-never-grows',
    'The first part of a device below is kept, whatever it sends later.',
    ASCENT,
    '  below.part = part\n',
    '  below.part ??= part\n',
  ),
  bug(
    'root-tells-no-total',
    'The root does not announce the sum of all.',
    ASCENT,
    'if (parent === undefined) learnTotal(state, partUp(state) ?? own)',
    'if (parent === undefined && state.height === 0) learnTotal(state, partUp(state) ?? own)',
  ),
  bug(
    'nothing-goes-up-again',
    'What was counted in is not passed on to the device above.',
    ASCENT,
    '  state.due.up = true\n',
    '  state.due.up = parent === undefined\n',
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
]
