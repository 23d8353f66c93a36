import type { NodeId } from '../../agent/wire/ids.ts'
import type { JobState } from './jobState.ts'

/** Jobs whose windows follow each other rather than the clock (window.pace: result; agent/core/pace.ts). */
export const isPaced = ({ order: { window } }: JobState): boolean => window.paced === true

/** Whether the epoch after the last one that closed may close: once that one has ended. */
export const mayFollow = ({ epochs, nextEpoch }: JobState): boolean => {
  const last = epochs.get(nextEpoch - 1)
  return last === undefined || last.document !== undefined
}

/**
 * A device reports of an epoch far ahead of ours: it went on while we were away. Where more than half of the roster has,
 * we go on from the one in the middle, so that no single device can send us anywhere.
 * @returns the epochs that passed meanwhile, of which nothing will be told
 */
export function catchUp(
  state: JobState,
  from: NodeId,
  epoch: number,
): { from: number; to: number } | undefined {
  const members = new Set<NodeId>(state.rosters[0]?.roster.members.map(({ id }) => id))
  if (!members.has(from)) return undefined
  state.ahead.set(from, epoch)
  const further = [...state.ahead].filter(([node, at]) => members.has(node) && at > state.nextEpoch)
  if (2 * further.length <= members.size) return undefined
  const epochs = further.map(([, at]) => at).sort((a, b) => a - b)
  const next = epochs[(epochs.length - 1) >> 1] ?? state.nextEpoch
  state.ahead.clear()
  const passed = [...state.epochs].filter(([each, { document }]) => each < next && !document)
  for (const [each] of passed) state.epochs.delete(each)
  const first = Math.min(state.nextEpoch, ...passed.map(([each]) => each))
  state.nextEpoch = next
  return { from: first, to: next - 1 }
}
