import { loadavg } from 'node:os'
import { HypernetError } from '../../wire/errors.ts'
import { quote, type SensorId } from '../../wire/ids.ts'
import { type Sensor, sensorOf } from './sensor.ts'
import { conversion } from './units.ts'

const SPANS = ['1m', '5m', '15m'] as const

export interface LoadOptions {
  readonly id: SensorId
  /** `/`: a number of processes has no unit. */
  readonly unit: string
  /** Over how long the load is averaged: `1m`, `5m` or `15m`. Default `1m`. */
  readonly channel?: string | undefined
}

/** The machine's load average, as getloadavg(3) has it. @throws HypernetError `BAD_CONFIG` */
export function loadSensor(options: LoadOptions): Sensor {
  const channel = options.channel ?? '1m'
  const span = SPANS.indexOf(channel as (typeof SPANS)[number]) // -1 for any other text
  if (span < 0) {
    throw new HypernetError(
      'BAD_CONFIG',
      `sensor ${options.id}: channel is ${quote(channel)}, wanted ${SPANS.join(', ')}`,
    )
  }
  conversion(options.id, '/', options.unit)
  return sensorOf(options.id, options.unit, async () => loadavg()[span] ?? Number.NaN)
}
