import * as z from 'zod/mini'
import { limitFields, sellerFields } from './sellerConfig.ts'
import {
  addressField,
  checkPair,
  connectionFields,
  fleetField,
  labelsField,
  nodeField,
  operatorsField,
  pathField,
  sensorField,
} from './wire/commonFields.ts'
import type { Millis } from './wire/ids.ts'
import { LIMITS } from './wire/limits.ts'
import { nearest } from './wire/nearest.ts'
import { choice, crossIssue, field, notBuilt, real, whole, word } from './wire/notes.ts'
import { senmlUnit } from './wire/senml.ts'
import { duration, formatDuration } from './wire/units.ts'
import { shown } from './wire/words.ts'

/**
 * agent.yaml: one device, edited by hand. Described once; docs/operating.md and the JSON schema for
 * editors are made from this. Paths count from the folder of the file.
 */

const SECOND = 1000
const DAY = 86_400_000

const broker = z.strictObject(connectionFields()).check(
  z.check(({ value, issues }) => {
    const wrong = checkPair(value)
    const path = [value.cert === undefined ? 'key' : 'cert']
    if (wrong) issues.push({ code: 'custom', message: wrong, path, input: value })
  }),
)

const limits = z
  .strictObject({
    least: field(z.optional(real()), 'Least value that is plausible. Absent: no bound.'),
    most: field(z.optional(real()), 'Largest value that is plausible. Absent: no bound.'),
  })
  .check(
    z.check(({ value, issues }) => {
      const { least, most } = value
      if (least === undefined && most === undefined)
        issues.push(crossIssue([], 'is empty, wanted least, most or both.', value))
      else if (least !== undefined && most !== undefined && least >= most)
        issues.push(
          crossIssue(['least'], `found ${least}, wanted less than "most", ${most}.`, value),
        )
    }),
  )

const sensorBase = () => ({
  id: sensorField('Name of the sensor; jobs use it in expressions.'),
  scale: field(
    z.prefault(
      real().check(z.refine((scale) => scale !== 0, { error: 'found 0, wanted another number.' })),
      1,
    ),
    'Calibration: the value is scale times the reading, plus offset.',
    { range: 'not 0', example: '1.02' },
  ),
  offset: field(z.prefault(real(), 0), 'Calibration: what is added, in the unit of the sensor.', {
    example: '-0.4',
  }),
  limits: field(
    z.optional(limits),
    'Values beyond these are missing: they count as skipped, and `hypernet-agent sensors` tells why.',
    { example: '{ least: -40, most: 85 }' },
  ),
  noise: notBuilt('a noise model is'),
  maxAge: notBuilt('a greatest age of readings is'),
})
const stuck = () =>
  field(
    z.optional(duration({ least: SECOND, most: 30 * DAY })),
    'A reading that has not moved for so long is missing until it does; longer than the sensor can stand still. Absent: it may.',
    { example: '10m' },
  )
const every = () =>
  field(
    z.prefault(duration({ least: 100, most: DAY }), '10s'),
    'How often it is read while a job with a window runs.',
  )
const unit = (usual?: string) =>
  field(
    usual === undefined ? senmlUnit() : z.prefault(senmlUnit(), usual),
    'SenML code of its unit.',
  )
const device = (example: string) =>
  field(
    word(/^[^/\s]{1,64}$/, 'a name without "/" or spaces'),
    `Its name in the kernel, such as ${example}.`,
  )

const replay = z.strictObject({
  ...sensorBase(),
  source: field(
    z.literal('replay'),
    'A column of a CSV file. Its rows are past readings: all of them stand in every window, once, or one in each.',
  ),
  file: pathField('The CSV file; its first line holds names.'),
  column: field(
    z.optional(word(/^.{1,128}$/, '1-128 characters')),
    'Name of the column; absent: the id.',
  ),
  row: field(z.optional(whole()), 'Only this row, from 0; absent: all rows.'),
  perWindow: field(
    z.prefault(z.boolean(), false),
    'Whether window k of a job that repeats takes row k alone, counted from 0, however fast its windows follow each other.',
  ),
  missing: field(
    z.optional(z.array(z.string()).check(z.maxLength(16))),
    'Texts that stand for a missing value; absent: nothing and NA.',
    { example: '["-200", ""]' },
  ),
  unit: unit(),
})
const thermal = z.strictObject({
  ...sensorBase(),
  source: field(z.literal('thermal'), 'A zone of /sys/class/thermal.'),
  device: device('cpu-thermal or thermal_zone0'),
  unit: unit('Cel'),
  every: every(),
  stuck: stuck(),
})
const hwmon = z.strictObject({
  ...sensorBase(),
  source: field(z.literal('hwmon'), 'A channel of /sys/class/hwmon.'),
  device: device('cpu_thermal or hwmon0'),
  channel: field(
    word(
      /^(temp|in|curr|humidity|power|energy|fan)\d{1,3}$/,
      'temp, in, curr, humidity, power, energy or fan and a number, such as temp1',
    ),
    'Channel of the chip.',
  ),
  unit: unit(),
  every: every(),
  stuck: stuck(),
})
const load = z.strictObject({
  ...sensorBase(),
  source: field(z.literal('load'), 'Load average of the machine.'),
  channel: field(z.prefault(choice(['1m', '5m', '15m']), '1m'), 'Time over which it is averaged.'),
  unit: unit('/'),
  every: every(),
  stuck: stuck(),
})
const LATER_SOURCES = ['w1', 'iio', 'mqtt', 'virtual', 'command']
const sensor = z.discriminatedUnion('source', [replay, thermal, hwmon, load], {
  error: ({ code, input }) => {
    const source = (input as { source?: unknown } | undefined)?.source
    return code === 'invalid_union' && LATER_SOURCES.includes(String(source))
      ? `found ${shown(source)}, which is not built yet, wanted "replay", "thermal", "hwmon" or "load".`
      : undefined
  },
})

const sensorNames = z.union(
  [
    z.literal('all'),
    z.array(sensorField('Id of a sensor.')).check(z.maxLength(LIMITS.subscriptions)),
  ],
  {
    error: ({ input }) =>
      `found ${shown(input)}, wanted all or a list of sensor ids such as [temp, hum].`,
  },
)

const permissions = z.strictObject({
  sensors: field(z.prefault(sensorNames, []), 'Sensors that jobs may read; absent: none.', {
    kind: 'all or list',
    example: '[temp, hum]',
  }),
  network: notBuilt('a list of hosts is', 'The agent speaks to its broker alone; remove this key.'),
  functions: field(
    z.prefault(
      z.union(
        [z.enum(['none', 'sandboxed']), z.array(z.string().check(z.regex(/^[0-9a-f]{64}$/)))],
        {
          error: ({ input }) =>
            `found ${shown(input)}, wanted none, sandboxed, or a list of SHA-256 in hexadecimal of programs.`,
        },
      ),
      'none',
    ),
    'Programs of users that may run here, in the sandbox: none, sandboxed for any, or those with these SHA-256.',
    { kind: 'none, sandboxed or list', example: 'sandboxed' },
  ),
  processes: notBuilt('programs that travel with jobs are'),
  read: notBuilt('a list of folders is'),
  write: notBuilt('a list of folders is'),
  ...limitFields(),
  hours: notBuilt(
    'hours of all jobs are',
    'market.hours says when the device offers to work for pay; remove this key.',
  ),
  jobs: notBuilt('limits on jobs are'),
  privacy: notBuilt('private sums are'),
})

const location = z.strictObject({
  x: field(real(), 'To the east, or along the first axis.'),
  y: field(real(), 'To the north, or along the second axis.'),
  z: field(z.prefault(real(), 0), 'Upwards.'),
  unit: field(choice(['m'], ['deg', 'lat', 'lon', 'km', 'ft']), 'Unit of all three: metres.'),
})

const market = z.strictObject({
  chainId: field(whole({ least: 1 }), 'Id of the chain.'),
  vault: addressField('Contract that holds all money. `hypernet chain status` prints the three.'),
  factory: addressField('Contract that makes jobs.'),
  escrow: addressField('Code that all jobs share.'),
  ...sellerFields(),
})

const neighbors = z.union(
  [z.literal('auto'), z.array(nodeField('Id of a device.')).check(z.maxLength(256))],
  {
    error: ({ input }) =>
      `found ${shown(input)}, wanted auto or a list of node ids such as [node-06, node-08].`,
  },
)

/** The file agent.yaml. */
export const AgentConfig = z
  .strictObject({
    node: nodeField('Id of this device, unique in its fleet; also its MQTT client id.'),
    fleet: fleetField(),
    broker: field(broker, 'The connection to the broker.'),
    operators: operatorsField(),
    labels: labelsField(
      'Labels that jobs select devices by. In a fleet with several brokers, `broker` names the one that the device is behind: those of one stay together in a tree.',
    ),
    location: field(z.optional(location), 'Where the device stands; `position.x` in expressions.'),
    neighbors: field(
      z.prefault(neighbors, 'auto'),
      'Devices that it exchanges with where a job says `neighbors: declared`.',
      { kind: 'auto or list', example: '[node-06, node-08]' },
    ),
    sensors: field(
      z.prefault(z.array(sensor).check(z.maxLength(LIMITS.subscriptions)), []),
      'What the device can read.',
    ),
    permissions: field(
      z.prefault(permissions, {}),
      'What jobs may do here. What is not granted is refused.',
    ),
    state: field(
      z.prefault(pathField('Folder.'), 'state'),
      'Folder for the key (made at the first start) and the memory of the device.',
    ),
    market: field(
      z.optional(market),
      'What this device sells; absent: it takes no part in paid jobs.',
    ),
  })
  .check(
    z.check(({ value, issues }) => {
      issues.push(...crossIssues(value))
    }),
  )
/** agent.yaml with its defaults; times in milliseconds, paths as written. */
export type AgentConfig = z.output<typeof AgentConfig>
export type SensorConfig = AgentConfig['sensors'][number]

interface Cross {
  readonly node: string
  readonly neighbors: string | readonly string[]
  readonly sensors: readonly {
    readonly id: string
    readonly every?: Millis
    readonly stuck?: Millis | undefined
  }[]
  readonly permissions: { readonly sensors: string | readonly string[] }
}

/** What no single field can see. */
function crossIssues(value: Cross): z.core.$ZodRawIssue[] {
  const issues: z.core.$ZodRawIssue[] = []
  const refuse = (path: (string | number)[], message: string) =>
    issues.push(crossIssue(path, message, value))
  const ids = value.sensors.map(({ id }) => id)
  ids.forEach((id, i) => {
    const first = ids.indexOf(id)
    if (first < i) refuse(['sensors', i, 'id'], `"${id}" is the id of sensors[${first}] already.`)
  })
  value.sensors.forEach(({ every = 0, stuck }, i) => {
    if (stuck !== undefined && stuck < 2 * every)
      refuse(
        ['sensors', i, 'stuck'],
        `found ${formatDuration(stuck)}, wanted at least twice "every", ${formatDuration(2 * every)}: two readings can be alike.`,
      )
  })
  const granted = value.permissions.sensors
  if (typeof granted !== 'string')
    granted.forEach((id, i) => {
      if (ids.includes(id)) return
      const meant = nearest(id, ids)
      const hint = meant
        ? ` Did you mean "${meant}"?`
        : ids.length > 0
          ? ` Sensors are ${ids.join(', ')}.`
          : ''
      refuse(['permissions', 'sensors', i], `there is no sensor "${id}" in this file.${hint}`)
    })
  if (typeof value.neighbors !== 'string')
    value.neighbors.forEach((id, i) => {
      if (id === value.node)
        refuse(['neighbors', i], 'a device is no neighbor of itself. Remove it.')
    })
  return issues
}
