import type { Bug } from './bug.ts'

const FLOOD = 'agent/consensus/flood/flood.ts'
const MESSAGES = 'agent/consensus/flood/floodMessages.ts'
const ENTRIES = 'agent/consensus/flood/entries.ts'

const bug = (name: string, says: string, file: string, find: string, put: string): Bug => ({
  name,
  says,
  method: 'flood',
  edits: [{ file, find, put }],
})

/** Bugs in `flood`, and in what a device does for every method. */
export const floodBugs: readonly Bug[] = [
  bug(
    'vote-before-cover',
    'A vote is cast before contributions and tombstones account for the roster.',
    FLOOD,
    'return covers(contributors, gone, context.everyone) ? contributors : undefined',
    'return covers(contributors, gone, contributors) ? contributors : undefined',
  ),
  bug(
    'sent-is-held',
    'What was sent once counts as held by the neighbor: nothing is sent again.',
    MESSAGES,
    'if (waited < RESEND.least) return []',
    'if (waited < Infinity) return []',
  ),
  bug(
    'reborn-neighbor-keeps-its-entries',
    'A neighbor that started again counts as holding what it held before.',
    FLOOD,
    "if (held && outcome !== 'reborn') addAll(held, body.have)",
    'if (held) addAll(held, body.have)',
  ),
  bug(
    'unheard-neighbor-forgotten',
    'A neighbor that is not heard, over a link of one direction, is sent nothing.',
    MESSAGES,
    'const by = link && held ? minus(entries.have, held) : entries.have',
    'const by = held ? minus(entries.have, held) : emptySet(context.size)',
  ),
  bug(
    'sum-of-whatever-is-held',
    'An answer is summed over all entries that are held instead of those that it names.',
    FLOOD,
    'includesAll(entries.have, contributors) ? sumOver(entries, context, contributors) : undefined',
    'includesAll(entries.have, contributors) ? sumOver(entries, context, entries.have) : undefined',
  ),
  bug(
    'sum-remembered-for-any-set',
    'The sum that was asked for last is given for every set of as many devices.',
    ENTRIES,
    'if (entries.summed && equalBytes(entries.summed.set, set)) return entries.summed',
    'if (entries.summed && members(entries.summed.set).length === members(set).length) return entries.summed',
  ),
  bug(
    'entry-of-another-epoch',
    'A contribution to another epoch is taken for one to this.',
    ENTRIES,
    '    contribution.epoch === context.epoch &&\n',
    '',
  ),
  bug(
    'epoch-label-ignored',
    'A message is handed to the newest epoch, whichever it belongs to.',
    'agent/core/epochs.ts',
    'job.epochs.find((each) => each.epoch === exchange.epoch) ??',
    'job.epochs.at(-1) ??',
  ),
  bug(
    'vote-not-on-disk',
    'What a device has bound itself to is not written before it is told.',
    'agent/core/reports.ts',
    '    ...[attempt, vote && bytesToHex(vote.hash), lock?.attempt, isReady],\n',
    '',
  ),
  bug(
    'contributes-after-memory-loss',
    'A device that lost its state contributes again, and contradicts itself.',
    'agent/core/epochs.ts',
    'agent.isBlank && member && member.incarnation !== agent.incarnation',
    'agent.isBlank && member && member.incarnation === agent.incarnation + 1',
  ),
  bug(
    'seal-names-the-roster',
    'The seal names the whole roster instead of those who were summed.',
    'agent/core/signing.ts',
    'const answer = { attempt, contributors, tombstones, rows, ...encodeVector(sum) }',
    'const everyone = epoch.context.everyone\n  const answer = { attempt, contributors: everyone, tombstones, rows, ...encodeVector(sum) }',
  ),
]
