import type { Millis } from '../wire/ids.ts'
import type { Observation } from './input.ts'
import type { Row } from './readings.ts'

/** A common time base: steps of so many milliseconds, counted back from where the window closes. */
export interface TimeBase {
  readonly step: Millis
  /** A sensor without a value in a step has its last one before it, if that is at most a window older. */
  readonly hold: boolean
}

/**
 * One row for each step of a window, oldest first: of each sensor the mean of its values in the step, which holds its
 * end and not its start. Sensors that are read apart, and at different rates, so stand side by side, and each step counts
 * once however often a sensor was read. A value that a row lacks is `null`; a step in which nothing at all was read has
 * no row, unless the last values are held.
 * @param until when the window closes; nothing later counts
 * @param size milliseconds of the window, a multiple of the step
 */
export function resampled(
  observations: readonly Observation[],
  sensors: readonly string[],
  until: Millis,
  size: Millis,
  { step, hold }: TimeBase,
): Row[] {
  const steps = Math.round(size / step)
  const columns = sensors.map((id) =>
    meansOf(observations, id, until, step, hold ? 2 * steps : steps),
  )
  const rows: Row[] = []
  for (let i = 0; i < steps; i++) {
    const values = columns.map((means) => (hold ? heldAt(means, i, steps) : (means[i] ?? null)))
    if (values.some((value) => value !== null))
      rows.push(new Map(sensors.map((id, k) => [id, values[k] ?? null])))
  }
  return rows.reverse()
}

/** Mean of a sensor's values in each step that has any, by the number of steps before the window's end. */
function meansOf(
  observations: readonly Observation[],
  sensor: string,
  until: Millis,
  step: Millis,
  steps: number,
): (number | undefined)[] {
  const sums: { sum: number; count: number }[] = []
  for (const { at, sensors, rows, timeless } of observations) {
    const column = (sensors as readonly string[]).indexOf(sensor)
    const i = Math.floor((until - at) / step)
    if (column < 0 || timeless || i < 0 || i >= steps) continue
    for (const row of rows) {
      const value = row[column]
      if (typeof value !== 'number') continue
      const known = sums[i] ?? { sum: 0, count: 0 }
      sums[i] = { sum: known.sum + value, count: known.count + 1 }
    }
  }
  return Array.from({ length: steps }, (_, i) => {
    const known = sums[i]
    return known && known.sum / known.count
  })
}

/** The mean of step i, or of the last step before it within a window. */
function heldAt(means: readonly (number | undefined)[], i: number, steps: number): number | null {
  return means.slice(i, i + steps).find((mean) => mean !== undefined) ?? null
}
