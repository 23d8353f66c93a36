import { SENSOR_PATTERN } from '../wire/ids.ts'
import type { Order } from '../wire/messages.ts'
import type { Settings } from './settings.ts'

/**
 * Why this device does not take part in a job, in a sentence that names the key of agent.yaml to change;
 * `undefined` when it does.
 */
export function refusalOf(settings: Settings, order: Order): string | undefined {
  for (const { id, unit } of order.sensors) {
    if (!SENSOR_PATTERN.test(id))
      return `job ${order.job} refused: ${JSON.stringify(id)} is no sensor id`
    const sensor = settings.sensors.find((each) => each.id === id)
    const { allowedSensors } = settings
    if (allowedSensors !== 'all' && !allowedSensors.includes(id)) {
      const allowed = allowedSensors.join(', ') || 'none'
      return `job ${order.job} refused: reads sensor "${id}"; permissions.sensors allows ${allowed}`
    }
    if (!sensor) {
      const there = settings.sensors.map((each) => each.id).join(', ') || 'none'
      return `job ${order.job} refused: reads sensor "${id}"; this device has ${there}`
    }
    if (unit !== '' && unit !== sensor.unit) {
      return `job ${order.job} refused: wants sensor "${id}" in ${unit}; this device gives ${sensor.unit}`
    }
  }
  return undefined
}
