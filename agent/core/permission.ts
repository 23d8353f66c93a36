import { SENSOR_PATTERN } from '../wire/ids.ts'
import type { Order } from '../wire/messages.ts'
import { programName } from '../wire/programName.ts'
import { amountText } from '../wire/resources.ts'
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
  const program = programRefusal(settings, order)
  if (program) return `job ${order.job} refused: ${program}`
  const short = shortage(settings, order)
  return short && `job ${order.job} refused: ${short}`
}

/** A program runs only where the owner said so. */
function programRefusal({ allowedPrograms = [] }: Settings, { model }: Order): string | undefined {
  const name = programName(model.code)
  if (name === undefined || allowedPrograms === 'all') return undefined
  if (allowedPrograms.includes(name)) return undefined
  const allowed = allowedPrograms.join(', ') || 'none'
  return `brings the program ${name}; permissions.functions allows ${allowed}`
}

/** The runtime of this version: the models that the agent has itself. */
const RUNTIME = 'builtin'
const RESOURCES = {
  cpus: { what: 'processors', key: 'permissions.cpu.share' },
  memory: { what: 'of memory', key: 'permissions.memory.perJob' },
  storage: { what: 'of disk', key: 'permissions.disk.perJob' },
  bandwidth: { what: 'of bandwidth', key: 'permissions.bandwidth' },
} as const

/** What a job needs and this device does not give, or does not have. */
function shortage({ granted, machine }: Settings, { resources }: Order): string | undefined {
  if (!resources) return undefined
  if (resources.runtime !== RUNTIME)
    return `needs the runtime "${resources.runtime}"; this agent has ${RUNTIME}`
  const names = Object.keys(RESOURCES) as (keyof typeof RESOURCES)[] // its own keys
  for (const name of names) {
    const { what, key } = RESOURCES[name]
    const wanted = resources[name] ?? 0
    const given = granted?.[name] ?? Number.POSITIVE_INFINITY
    const there = machine?.[name] ?? Number.POSITIVE_INFINITY
    const needs = `needs ${amountText(name, wanted)} ${what}`
    if (wanted > given) return `${needs}; ${key} allows ${amountText(name, given)}`
    if (wanted > there) return `${needs}; this machine has ${amountText(name, there)}`
  }
  return undefined
}
