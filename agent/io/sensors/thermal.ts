import { join } from 'node:path'
import type { SensorId } from '../../wire/ids.ts'
import { Missing, type Sensor, sensorOf } from './sensor.ts'
import { classDevice, numberAttribute, optionalAttribute, SYSFS_ROOT } from './sysfs.ts'
import { conversion } from './units.ts'

export interface ThermalOptions {
  readonly id: SensorId
  /** `Cel` or `K`. */
  readonly unit: string
  /** The zone's type (`cpu-thermal`) or its name (`thermal_zone0`). */
  readonly device: string
  readonly sysfsRoot?: string | undefined
}

/** Below absolute zero lies what the kernel gives for "no value" (THERMAL_TEMP_INVALID, -274000). */
export const COLDEST_MILLIDEGREES = -273_150
/** No thermometer of a board reads more; above lie 16-bit and 32-bit fault patterns. */
export const HOTTEST_MILLIDEGREES = 1_000_000

/** A thermal zone: millidegrees Celsius (Linux Documentation/driver-api/thermal/sysfs-api.rst). */
export function thermalSensor(options: ThermalOptions): Sensor {
  const convert = conversion(options.id, 'Cel', options.unit)
  const zones = join(options.sysfsRoot ?? SYSFS_ROOT, 'class/thermal')
  return sensorOf(options.id, options.unit, async () => {
    const zone = await classDevice(zones, /^thermal_zone\d+$/, 'type', options.device)
    if ((await optionalAttribute(join(zone, 'mode'))) === 'disabled') {
      throw new Missing(`${zone} is disabled`)
    }
    return convert(celsius(await numberAttribute(join(zone, 'temp')), zone))
  })
}

/** @throws Missing when it is no temperature */
export function celsius(millidegrees: number, where: string): number {
  if (millidegrees >= COLDEST_MILLIDEGREES && millidegrees <= HOTTEST_MILLIDEGREES) {
    return millidegrees / 1000
  }
  throw new Missing(`${where} gives ${millidegrees} millidegrees, which is no temperature`)
}
