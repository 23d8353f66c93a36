import type { Observation } from '../../core/input.ts'
import type { Millis, SensorId } from '../../wire/ids.ts'
import type { RowSource, Sensor } from './sensor.ts'

/** All that a device can read, as the driver asks for it. */
export interface Sensors {
  /** Every sensor with its unit, permitted or not. */
  readonly list: readonly { readonly id: SensorId; readonly unit: string }[]
  /**
   * Reads what was asked for, each source once: first a batch of rows for each row source, with all of
   * its permitted columns, so that it is known again; then one row of the sensors that are read live.
   * Ids that are not there are left out.
   * @param now gives the time of a reading
   */
  observe(ids: readonly string[], now: () => Millis): Promise<Observation[]>
  /** Sensors that are read by the clock rather than when a job asks. */
  readonly schedule: readonly { readonly ids: readonly string[]; readonly every: Millis }[]
  /** Why readings are missing, by sensor. */
  faults(): Map<string, string>
}

/**
 * @param allowed sensors that jobs may read; nothing else is ever opened on their behalf
 * @param every how often a live sensor is read by the clock; the others are read when a job asks
 */
export function sensorsOf(
  live: readonly Sensor[],
  batches: readonly RowSource[],
  allowed: readonly string[] | 'all',
  every: ReadonlyMap<string, Millis> = new Map(),
): Sensors {
  const permitted = (id: string) => allowed === 'all' || allowed.includes(id)
  const periods = new Map<Millis, string[]>()
  for (const { id } of live) {
    const period = every.get(id)
    if (period !== undefined && permitted(id)) {
      periods.set(period, [...(periods.get(period) ?? []), id])
    }
  }
  return {
    list: [
      ...batches.flatMap(({ sensors }) => sensors),
      ...live.map(({ id, unit }) => ({ id, unit })),
    ],
    schedule: [...periods].map(([period, ids]) => ({ ids, every: period })),
    async observe(ids, now) {
      const wanted = (id: string) => ids.includes(id) && permitted(id)
      const observations: Observation[] = []
      for (const batch of batches) {
        if (!batch.sensors.some(({ id }) => wanted(id))) continue
        const columns = batch.sensors.flatMap(({ id }, i) => (permitted(id) ? [i] : []))
        observations.push({
          at: now(),
          ...pick(batch, columns),
          timeless: true,
          ...(batch.perWindow && { perWindow: true }),
        })
      }
      const sensors = live.filter(({ id }) => wanted(id))
      if (sensors.length) {
        const row = await Promise.all(sensors.map((sensor) => sensor.read()))
        observations.push({
          at: now(),
          sensors: sensors.map(({ id }) => id),
          units: sensors.map(({ unit }) => unit),
          rows: [row],
        })
      }
      return observations
    },
    faults: () =>
      new Map(
        [
          ...batches.flatMap(({ sensors, fault }) => sensors.map(({ id }) => ({ id, fault }))),
          ...live,
        ].flatMap(({ id, fault }) => (fault === undefined ? [] : [[id, fault]])),
      ),
  }
}

function pick({ sensors, rows }: RowSource, columns: readonly number[]): Omit<Observation, 'at'> {
  const chosen = columns.flatMap((i) => sensors[i] ?? [])
  return {
    sensors: chosen.map(({ id }) => id),
    units: chosen.map(({ unit }) => unit),
    rows: rows.map((row) => columns.map((i) => row[i] ?? null)),
  }
}
