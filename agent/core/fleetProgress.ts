import type { Survey } from '../consensus/method.ts'
import { type Bitset, count, members, minus, union } from '../wire/bitset.ts'
import type { NodeId } from '../wire/ids.ts'
import type { FleetProgress } from './effect.ts'
import type { EpochState } from './state.ts'

/** Most devices that are named as slowest. */
const MOST_NAMED = 5

/**
 * How far the whole fleet is, as one device knows it: least, mean and slowest over all who are not gone. The
 * sets behind it ride on the messages (method.ts), so that a buyer may ask any one device.
 */
export function fleetProgress({ method, exchange, context, roster }: EpochState): FleetProgress {
  const survey = method.survey(exchange)
  const { contributed, voted, final, gone, bitsApart } = survey
  // Whoever was heard of is not left out for being gone since.
  const live = minus(context.everyone, minus(gone, union(contributed, final)))
  const behind = firstLacking(live, survey)
  const lives = count(live)
  const taken = [contributed, voted, final].map((set) => count(minus(set, minus(set, live))))
  const mean = taken.reduce((sum, each) => sum + each, 0) / (3 * Math.max(1, lives))
  return {
    contributed: count(contributed),
    voted: count(voted),
    final: count(final),
    least: behind.least,
    mean: Math.round(mean * 1000) / 1000,
    behind: count(behind.set),
    slowest: members(behind.set)
      .slice(0, MOST_NAMED)
      .map((i): NodeId => roster.roster.members[i]?.id ?? (`#${i}` as NodeId)),
    ...(bitsApart === undefined ? {} : { bitsApart }),
  }
}

/** The step that all have taken, and who has not taken the next. */
function firstLacking(
  live: Bitset,
  { contributed, voted, final }: Survey,
): { least: FleetProgress['least']; set: Bitset } {
  const steps = [
    ['waiting', contributed],
    ['contributed', voted],
    ['voted', final],
  ] as const
  for (const [least, reached] of steps) {
    const set = minus(live, reached)
    if (count(set) > 0) return { least, set }
  }
  return { least: 'final', set: new Uint8Array(live.length) }
}
