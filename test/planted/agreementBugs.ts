import type { Bug } from './bug.ts'

const VOTING = 'agent/consensus/agreement/voting.ts'
const AGREEMENT = 'agent/consensus/agreement/agreement.ts'
const MEMBERSHIP = 'agent/consensus/agreement/membership.ts'
const EVIDENCE = 'agent/consensus/agreement/evidence.ts'
const SILENCE = 'agent/consensus/agreement/silence.ts'
const LINK = 'agent/consensus/agreement/link.ts'

const bug = (name: string, says: string, file: string, find: string, put: string): Bug => ({
  name,
  says,
  method: 'flood',
  edits: [{ file, find, put }],
})

/** Bugs in how the devices agree on whom they sum. */
export const agreementBugs: readonly Bug[] = [
  bug(
    'no-ready-phase',
    'Final as soon as all live devices voted the same, without locking first: one of the gone may have decided otherwise.',
    VOTING,
    'isAll(context, by, mine) && becomeReady(voting, context, answer)',
    'isAll(context, by, mine) && conclude(voting, context, answer)',
  ),
  bug(
    'lock-forgotten-on-restart',
    'A restarted device does not remember what it is locked on, and votes for something else.',
    VOTING,
    'lock: bound?.lock ?? whole,',
    'lock: undefined,',
  ),
  bug(
    'readiness-forgotten-on-restart',
    'A restarted device does not remember that others count on it for the locked answer.',
    VOTING,
    'ready: setOf(size, bound?.isReady ? [self] : []),',
    'ready: emptySet(size),',
  ),
  bug(
    'vote-kept-in-next-attempt',
    'A new attempt begins with the vote of the old one, so that what was learned since is never voted for.',
    VOTING,
    '  voting.attempt = attempt\n  voting.mine = undefined\n',
    '  voting.attempt = attempt\n',
  ),
  bug(
    'votes-of-old-attempts-merged',
    'Votes of an earlier attempt count in this one.',
    VOTING,
    '  if (body.attempt < voting.attempt) return changed\n',
    '',
  ),
  bug(
    'older-lock-overrides',
    'A lock of an earlier attempt replaces a later one.',
    VOTING,
    'if (withA) return a.attempt > b.attempt',
    'if (withA) return true',
  ),
  {
    ...bug(
      'kept-vote-never-let-go',
      'Whoever voted for what stands with everyone keeps to it although others are seen to vote for something else.',
      VOTING,
      'let changed = disprove(voting, context, body)',
      'let changed = false',
    ),
    method: 'tree',
  },
  bug(
    'adopted-unchecked',
    "A neighbor's final answer is taken over without holding what it sums.",
    VOTING,
    'mayAdopt(bench, final) && isCheckable(bench, final) &&',
    'mayAdopt(bench, final) &&',
  ),
  bug(
    'ready-device-deserts',
    'A device that is counted on for one answer takes over another.',
    VOTING,
    'if (withA !== withB) return withA',
    '',
  ),
  bug(
    'waits-for-the-dead',
    'An answer needs the readiness of the whole roster, the gone included.',
    VOTING,
    'isAll(context, voting.ready, lock)',
    'includesAll(voting.ready, context.everyone)',
  ),
  bug(
    'majority-of-votes-is-enough',
    'Ready when most live devices voted the same instead of all.',
    VOTING,
    'isAll(context, by, mine) &&',
    'count(by) * 2 > count(minus(context.everyone, mine.without)) &&',
  ),
  bug(
    'excluded-device-votes',
    'A device that the others have buried goes on voting.',
    VOTING,
    'if (voting.final || voting.mine || membership.excluded) return false',
    'if (voting.final || voting.mine) return false',
  ),
  {
    name: 'tombstone-by-one',
    says: 'Any one suspicion is taken for the end of a device, by whoever draws the conclusion and by whoever checks it.',
    method: 'flood',
    edits: [
      {
        file: MEMBERSHIP,
        find: '!outside.every((k)',
        put: '!outside.some((k)',
      },
      {
        file: MEMBERSHIP,
        find: 'if (has(reached, j) || suspects(membership, x, j)) continue',
        put: 'if (has(reached, j) || (context.heardBy[j] ?? []).some((k) => suspects(membership, k, j))) continue',
      },
    ],
  },
  bug(
    'suspicion-not-refutable',
    'A newer statement of a device does not cancel the suspicion of it.',
    MEMBERSHIP,
    'return !own || !isNewer(own, said)',
    'return true',
  ),
  bug(
    'older-statement-overrides',
    'A statement that arrives late replaces a newer one of the same device.',
    MEMBERSHIP,
    'if (known && !isNewer(statement, known.statement)) return false',
    '',
  ),
  bug(
    'evidence-told-once',
    'Evidence is not sent again to neighbors that did not get it.',
    EVIDENCE,
    'if (link && equalBytes(link.evidence, membership.digest)) continue',
    'if (link) continue',
  ),
  bug(
    'deaf-to-those-who-ask',
    'A final device does not answer a neighbor that is not.',
    AGREEMENT,
    'if (body.final === undefined && voting.final) agreement.isAsked = true',
    '',
  ),
  bug(
    'impatient',
    'A quarter of the silence that tells an end from loss is taken for an end.',
    SILENCE,
    '(isHinted ? 2 : 1)',
    '4',
  ),
  bug(
    'duplicates-counted',
    'A message that comes twice counts as two that arrived, so that a poor link seems to be a good one.',
    LINK,
    `  if (seq > link.lastSeq) {
    link.lastSeq = seq
    link.received++
  }`,
    `  if (seq > link.lastSeq) link.lastSeq = seq
  link.received += 2`,
  ),
  bug(
    'stale-incarnation-accepted',
    'A message of an earlier life counts as one of this life.',
    LINK,
    "if (incarnation < link.incarnation) return 'stale'",
    '',
  ),
]
