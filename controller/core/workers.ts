import { digest } from '../../agent/wire/hash.ts'
import { CURRENCY, tokensText } from '../../agent/wire/tokens.ts'
import { counted } from '../../agent/wire/words.ts'
import { type Deal, dealOut } from './deal.ts'
import type { Surroundings } from './jobSeam.ts'
import { isPaid, type JobState } from './jobState.ts'
import { select } from './roster.ts'

/** Those of the hired devices whose keys are known, online or not: the contract counts on them. */
export const hiredOf = ({ hired = [] }: JobState, { candidates }: Surroundings) =>
  hired.flatMap(({ node }) => candidates.born?.find(({ id }) => id === node) ?? [])

/** Who takes part, and with which shard where the job deals rows: the groups of a contract are its shards. */
export function workersOf(
  state: JobState,
  around: Surroundings,
): Partial<Deal> & Pick<Deal, 'devices'> {
  const { wanted, order, hired = [] } = state
  if (isPaid(state)) {
    const devices = hiredOf(state, around)
    if (!order.data) return { devices }
    const { replicas } = order.data
    const shards = hired.map(
      ({ node, group, place }) => [node, replicas > 1 ? group : place] as const,
    )
    return { devices, shardOf: new Map(shards) }
  }
  const { devices } = select(around.candidates, wanted)
  const { shards, replicas = 1 } = wanted
  if (shards === undefined) return { devices }
  return dealOut(devices, { shards, replicas }, digest(state.orderPayload))
}

/** How many devices offer to work for a paid job, and why others do not. */
export function offersText({ offers, declined }: JobState): string {
  const refusing = declined ? `; ${declined.devices} refuse, most because ${declined.reason}` : ''
  if (!offers) return `no device offered so far${refusing}`
  const { devices, places, below, dear, busy, from } = offers
  const short = below > 0 ? `, ${below} with less than minStake or minScore` : ''
  const more =
    from === undefined
      ? ''
      : `, ${dear} for more than the price, from ${tokensText(from)} ${CURRENCY}`
  const away = busy > 0 ? `, ${busy} of them short of collateral or at work for another job` : ''
  const wanted = counted(places, 'device')
  return `${devices} of ${wanted} offered so far${away}${short}${more}${refusing}`
}

/** Who works for a paid job, and until when. */
export function hiredText(state: JobState): string {
  const { rosters, waits, isStopping, isOverdue } = state
  const who = counted(rosters[0]?.roster.members.length ?? 0, 'device')
  const why = isOverdue ? deadlineText(state) : 'it is being cancelled'
  const until = isStopping ? `, until the running checkpoint is paid: ${why}` : ''
  const text = `runs on ${who} that were hired${until}`
  return waits === undefined ? text : `${text}; ${waits}`
}

/** Why a job ends that has taken too long. */
export const deadlineText = ({ deadline = 0 }: JobState): string =>
  `the deadline of ${deadline / 1000} s has passed`
