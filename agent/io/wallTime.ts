import type { Hours, WallTime } from '../core/hours.ts'
import type { Input } from '../core/input.ts'
import type { Millis } from '../wire/ids.ts'
import type { Clock } from './clock.ts'

/** Tells an agent what time it is where its hours count. */
export const wallInput = (clock: Clock, { zone }: Hours): Input => ({
  kind: 'wall',
  now: clock.now(),
  wall: wallTime(clock.unix(), zone),
})

/**
 * The time on the wall of some place.
 * @param unix milliseconds since 1970
 * @param zone of the IANA list; absent: that of the machine
 */
export function wallTime(unix: Millis, zone: string | undefined): WallTime {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(unix)
  const [year = 0, month = 0, day = 0, hour, minute] = FIELDS.map((field) =>
    Number(parts.find(({ type }) => type === field)?.value),
  )
  const minutes = Date.UTC(year, month - 1, day, hour, minute) / 60_000
  // 1970 began on a Thursday.
  return { unix: Math.floor(unix / 1000), minute: (minutes + 3 * 1440) % 10_080 }
}

const FIELDS = ['year', 'month', 'day', 'hour', 'minute'] as const
