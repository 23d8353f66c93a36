import type { Terms } from '../wire/market.ts'

/** When a device offers to work for pay. */

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const MINUTES = { day: 1440, week: 10_080 } as const
/** Longest time that places of a job are open, seconds (contracts/src/JobFactory.sol). */
export const MOST_JOIN_TIME = 90n * 86_400n

export interface Hours {
  /** Minutes since midnight. Where `to` is not later, they end on the next day; the same: 24 hours. */
  readonly from: number
  readonly to: number
  /** Days on which they begin; absent: all. */
  readonly days?: readonly (typeof DAYS)[number][] | undefined
  /** Of the IANA list; absent: that of the machine. Whoever tells the time counts by it. */
  readonly zone?: string | undefined
}

/** What the wall says. */
export interface WallTime {
  /** Seconds since 1970. */
  readonly unix: number
  /** Minutes since Monday, 00:00, in the zone of the hours. */
  readonly minute: number
}

/**
 * Why a device does not offer now: the hour, or a clock that cannot be right. A job is offered for where it would be
 * over in time if it began now; what a device has joined it finishes.
 * @param wall absent: nobody has told the time
 * @returns the end of a sentence that names the key of agent.yaml; nothing where it may offer
 */
export function hoursRefusal(
  hours: Hours,
  wall: WallTime | undefined,
  { joinBy, checkpoints, period, window }: Terms,
): string | undefined {
  // A board without a battery wakes up in 1970, or when it was last on: orders tell it so.
  const unix = BigInt(wall?.unix ?? 0)
  if (!wall || unix > joinBy || unix < joinBy - MOST_JOIN_TIME)
    return 'market.hours needs the time, and by the clock of this device no place of the job is open; if they are, set the clock'
  const left = minutesLeft(hours, wall.minute)
  if (left === 0)
    return `market.hours allows ${hoursText(hours)}, and it is ${dayText(wall.minute)}`
  const needed = Number((checkpoints * period + window + 59n) / 60n)
  if (needed <= left) return undefined
  return `it may run for ${needed} minutes, and market.hours (${hoursText(hours)}) end in ${left}`
}

/** Minutes for which the hours last from a minute of the week on; endless where they never end. */
export function minutesLeft({ from, to, days = DAYS }: Hours, minute: number): number {
  const length = ((to - from + MINUTES.day - 1) % MINUTES.day) + 1
  const leftAt = (at: number): number =>
    Math.max(
      0,
      ...days.map((day) => {
        const begin = DAYS.indexOf(day) * MINUTES.day + from
        return length - ((at - begin + MINUTES.week) % MINUTES.week)
      }),
    )
  let left = 0
  // One day's hours may begin where another's end.
  for (let more = leftAt(minute); more > 0; more = leftAt((minute + left) % MINUTES.week)) {
    left += more
    if (left > MINUTES.week) return Number.POSITIVE_INFINITY
  }
  return left
}

/** `22:00 to 06:00 on mon, fri (Europe/Berlin)`. */
export function hoursText({ from, to, days, zone }: Hours): string {
  const which = days ? ` on ${days.join(', ')}` : ''
  return `${clockText(from)} to ${clockText(to)}${which}${zone === undefined ? '' : ` (${zone})`}`
}

const dayText = (minute: number): string =>
  `${DAYS[Math.floor(minute / MINUTES.day)]} ${clockText(minute % MINUTES.day)}`

const clockText = (minute: number): string =>
  [Math.floor(minute / 60), minute % 60].map((part) => `${part}`.padStart(2, '0')).join(':')
