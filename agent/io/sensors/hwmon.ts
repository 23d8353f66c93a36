import { join } from 'node:path'
import { HypernetError } from '../../wire/errors.ts'
import { quote, type SensorId } from '../../wire/ids.ts'
import { Missing, type Sensor, sensorOf } from './sensor.ts'
import { classDevice, numberAttribute, optionalAttribute, SYSFS_ROOT } from './sysfs.ts'
import { celsius } from './thermal.ts'
import { conversion } from './units.ts'

export interface HwmonOptions {
  readonly id: SensorId
  readonly unit: string
  /** The chip's name (`cpu_thermal`) or its entry (`hwmon0`). */
  readonly device: string
  /** Such as `temp1`, `in0`, `curr1`, `humidity1`, `fan1`, `power1`, `energy1`. */
  readonly channel: string
  readonly sysfsRoot?: string | undefined
}

/** What each kind of channel gives (Linux Documentation/hwmon/sysfs-interface.rst). */
const CHANNELS: Readonly<Record<string, { unit: string; scale: number }>> = {
  temp: { unit: 'Cel', scale: 1000 },
  in: { unit: 'V', scale: 1000 },
  curr: { unit: 'A', scale: 1000 },
  humidity: { unit: '%RH', scale: 1000 },
  power: { unit: 'W', scale: 1e6 },
  energy: { unit: 'J', scale: 1e6 },
  fan: { unit: '1/min', scale: 1 },
}

/** A channel of a hardware monitor chip. @throws HypernetError `BAD_CONFIG` for an unknown channel or unit */
export function hwmonSensor(options: HwmonOptions): Sensor {
  const kind = /^([a-z]+)\d+$/.exec(options.channel)?.[1] ?? ''
  const channel = CHANNELS[kind]
  if (!channel) {
    throw new HypernetError(
      'BAD_CONFIG',
      `sensor ${options.id}: channel is ${quote(options.channel)}, wanted one of ${Object.keys(CHANNELS).join(', ')} and a number, such as temp1`,
    )
  }
  const convert = conversion(options.id, channel.unit, options.unit)
  const chips = join(options.sysfsRoot ?? SYSFS_ROOT, 'class/hwmon')
  return sensorOf(options.id, options.unit, async () => {
    const chip = await classDevice(chips, /^hwmon\d+$/, 'name', options.device)
    const at = join(chip, options.channel)
    const fault = await optionalAttribute(`${at}_fault`)
    if (fault !== undefined && fault !== '0') throw new Missing(`${at}_fault is ${quote(fault)}`)
    const raw = await numberAttribute(`${at}_input`)
    return convert(kind === 'temp' ? celsius(raw, `${at}_input`) : raw / channel.scale)
  })
}
