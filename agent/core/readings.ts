import type { Millis } from '../wire/ids.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Observation } from './input.ts'
import { resampled, type TimeBase } from './resample.ts'

/** Values of one phenomenon time by sensor; `null` is missing. */
export type Row = ReadonlyMap<string, number | null>

/** The observations that an agent remembers, oldest first, within LIMITS.rows rows in all. */
export interface Readings {
  readonly observations: Observation[]
  rows: number
}

export const newReadings = (): Readings => ({ observations: [], rows: 0 })

export function remember(readings: Readings, observation: Observation): void {
  if (observation.timeless) forgetCopy(readings, observation)
  readings.observations.push(observation)
  readings.rows += Math.max(1, observation.rows.length)
  const { observations } = readings
  while (
    observations.length > 1 &&
    (readings.rows > LIMITS.rows || observations.length > LIMITS.observations)
  ) {
    readings.rows -= Math.max(1, readings.observations.shift()?.rows.length ?? 0)
  }
}

/** A file that is read again for another job is the same readings, not more of them. */
function forgetCopy(readings: Readings, { sensors }: Observation): void {
  const { observations } = readings
  const at = observations.findIndex(
    (each) => each.timeless && each.sensors.every((id, i) => id === sensors[i]),
  )
  const [copy] = at < 0 ? [] : observations.splice(at, 1)
  readings.rows -= copy ? Math.max(1, copy.rows.length) : 0
}

/** Which of its readings a device sums. */
export interface WhichRows {
  /** Milliseconds before the window closes that count, and all timeless rows with them; absent: the latest reading, which may be a batch of rows. */
  readonly size?: Millis | undefined
  /** Absent: rows as they were read. */
  readonly base?: TimeBase | undefined
}

/**
 * The rows that a job sums.
 * @param window number of the job's window, which takes its own row of what is `perWindow`; absent: the job does not repeat
 * @returns `undefined` while some sensor has not been read at all
 */
export function rowsFor(
  readings: Readings,
  sensors: readonly string[],
  until: Millis,
  { size, base }: WhichRows,
  window?: number,
): Row[] | undefined {
  if (sensors.length === 0) return [new Map()]
  const known = readings.observations
    .filter((each) => each.at <= until)
    .map((each) => (each.perWindow && window !== undefined ? rowOf(each, window) : each))
  const whole = known.filter((each) => sensors.every((id) => each.sensors.some((s) => s === id)))
  if (size === undefined) {
    const latest = whole.at(-1)
    if (latest) return rowsOf(latest)
    const rows = joined(known, sensors).slice(-1)
    return rows.length > 0 ? rows : undefined
  }
  const within = (each: Observation): boolean => !!each.timeless || each.at > until - size
  const isRead = (id: string): boolean => known.some((each) => each.sensors.some((s) => s === id))
  if (!sensors.every(isRead)) return undefined
  if (base) {
    const ofFiles = whole.filter(({ timeless }) => timeless).flatMap(rowsOf)
    return [...ofFiles, ...resampled(known, sensors, until, size, base)]
  }
  if (whole.length > 0) return whole.filter(within).flatMap(rowsOf)
  return joined(known.filter(within), sensors)
}

const rowOf = (observation: Observation, row: number): Observation => ({
  ...observation,
  rows: observation.rows.slice(row, row + 1),
})

function rowsOf(observation: Observation): Row[] {
  return observation.rows.map(
    (row) => new Map(observation.sensors.map((id, k) => [id, row[k] ?? null])),
  )
}

/**
 * Joins sensors that are read apart: a row stands as soon as each has a value that no earlier row used.
 * None stands while a sensor has not been read.
 */
function joined(observations: readonly Observation[], sensors: readonly string[]): Row[] {
  const rows: Row[] = []
  let open = new Map<string, number | null>()
  for (const observation of observations) {
    for (const row of rowsOf(observation)) {
      for (const id of sensors) {
        const value = row.get(id)
        if (value !== undefined) open.set(id, value)
      }
      if (open.size === sensors.length) {
        rows.push(open)
        open = new Map()
      }
    }
  }
  return rows
}
