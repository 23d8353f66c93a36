import type { Millis } from '../../wire/ids.ts'
import { formatDuration } from '../../wire/units.ts'
import { Missing, type RowSource, type Sensor, sensorOf } from './sensor.ts'

/** What is done to a reading before anybody gets it, as agent.yaml has it. */
export interface Calibration {
  /** Value = scale times reading plus offset. */
  readonly scale: number
  readonly offset: number
  /** A value beyond them is missing. */
  readonly limits?: Limits | undefined
  /** A reading that has stood still for so long is missing until it moves; of sensors that are read live. */
  readonly stuck?: Millis | undefined
}
export interface Limits {
  readonly least?: number | undefined
  readonly most?: number | undefined
}

/** A sensor whose readings are calibrated and plausible, or missing. @param now a clock that never goes back */
export function checkedSensor(sensor: Sensor, calibration: Calibration, now: () => Millis): Sensor {
  const { stuck } = calibration
  let last: number | undefined
  let since = 0
  let seen = 0
  return sensorOf(sensor.id, sensor.unit, async () => {
    const reading = await sensor.read()
    if (reading === null) throw new Missing(sensor.fault)
    const at = now()
    // After a pause nobody knows whether it moved meanwhile.
    const isSeen = stuck !== undefined && at - seen <= stuck / 2
    if (reading !== last || !isSeen) since = at
    last = reading
    seen = at
    if (stuck !== undefined && at - since >= stuck)
      throw new Missing(
        `has shown ${reading} for ${formatDuration(stuck)} and more, which agent.yaml calls stuck`,
      )
    const value = calibrated(reading, calibration)
    if (!isWithin(value, calibration.limits)) throw new Missing(beyond(value, calibration.limits))
    return value
  })
}

/** The same for columns of past readings, one calibration for each, whose times nobody knows. */
export function checkedRows(source: RowSource, calibrations: readonly Calibration[]): RowSource {
  const odd: string[] = []
  const rows = source.rows.map((row) =>
    row.map((reading, k) => {
      const calibration = calibrations[k]
      if (reading === null || !calibration) return reading
      const value = calibrated(reading, calibration)
      if (Number.isFinite(value) && isWithin(value, calibration.limits)) return value
      odd.push(`${source.sensors[k]?.id}: ${beyond(value, calibration.limits)}`)
      return null
    }),
  )
  const [first, ...others] = odd
  if (first === undefined) return { ...source, rows }
  const more = others.length === 0 ? '' : `, and ${others.length} more such`
  const fault = `${first}${more}: they are missing`
  return { ...source, rows, fault: source.fault ? `${source.fault}; ${fault}` : fault }
}

const calibrated = (reading: number, { scale, offset }: Calibration): number =>
  scale * reading + offset

const isWithin = (value: number, { least = -Infinity, most = Infinity }: Limits = {}): boolean =>
  value >= least && value <= most

function beyond(value: number, { least, most }: Limits = {}): string {
  if (least === undefined && most === undefined) return `${value} is not a finite number`
  const range = [
    ...(least === undefined ? [] : [`least ${least}`]),
    ...(most === undefined ? [] : [`most ${most}`]),
  ]
  return `${value} lies beyond its limits (${range.join(', ')})`
}
