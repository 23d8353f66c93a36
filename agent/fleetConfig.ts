import * as z from 'zod/mini'
import { sellerFields } from './sellerConfig.ts'
import {
  brokerUrl,
  fleetField,
  LABEL_PATTERN,
  LABEL_WORDS,
  labelsField,
  operatorsField,
  pathField,
  secretField,
  sensorField,
} from './wire/commonFields.ts'
import { LIMITS } from './wire/limits.ts'
import { namedMap } from './wire/namedMap.ts'
import { crossIssue, field, notBuilt, whole, word } from './wire/notes.ts'
import { senmlUnit } from './wire/senml.ts'
import { shown } from './wire/words.ts'

/** A fleet of virtual devices, which run the code of real ones on the rows of a CSV file. */

/** Node ids are the prefix, "-" and a number from 0. */
const PREFIX = /^[a-z0-9][a-z0-9-]{0,24}$/
/** Devices that one machine can host: two threads of ten thousand connections are its sockets. */
const DEVICES = 10_000

const columnName = (description: string) =>
  field(word(/^.{1,128}$/, 'the name of a column'), description)

const column = z.strictObject({
  column: z.optional(columnName('Name of the column; absent: the id.')),
  unit: field(senmlUnit(), 'SenML code of its unit.'),
})

const devices = z.union([z.literal('rows'), whole({ least: 1, most: DEVICES })], {
  error: ({ input }) =>
    `${input === undefined ? 'missing' : `found ${shown(input)}`}, wanted rows (one device a row) or a number of devices.`,
})

const SEED = 2 ** 32 - 1
const seed = z.union(
  [whole({ least: 0, most: SEED }), secretField('Seed of keys that nobody else can know.')],
  {
    error: ({ input }) =>
      // It may be a secret, so it is not quoted.
      `found ${typeof input === 'number' ? input : 'something else'}, wanted 0 to ${SEED}, or { file: PATH } with 64 hexadecimal digits.`,
  },
)

const spec = z
  .strictObject({
    fleet: fleetField(),
    broker: field(
      z.optional(z.strictObject({ url: brokerUrl() })),
      'The broker; absent: that of the controller that starts the fleet.',
    ),
    operators: field(
      z.optional(operatorsField()),
      'Addresses of the keys whose orders the devices obey; absent: that of the controller.',
    ),
    devices: field(
      z.prefault(devices, 'rows'),
      'How many devices; `rows`: one for each row. A number deals the rows out in turn.',
      { kind: 'rows or whole number', range: `rows, or 1 to ${DEVICES}` },
    ),
    prefix: field(
      z.prefault(word(PREFIX, '1-25 of a-z, 0-9 and -, with a letter or digit first'), 'device'),
      'Beginning of the node ids: probe gives probe-0, probe-1 and so on.',
      { example: 'probe' },
    ),
    rows: z.optional(pathField('CSV file of readings; its first line holds names.')),
    columns: field(
      z.prefault(namedMap(sensorField('Sensor id.'), column), {}),
      'Sensors by id, each a column of the rows.',
      { example: '{ zinc: { unit: ppm } }' },
    ),
    perWindow: field(
      z.prefault(z.boolean(), false),
      "Whether window k of a job that repeats takes each device's row k alone, counted from 0; otherwise all its rows stand in every window.",
    ),
    labels: labelsField('Labels of every device.'),
    labelColumns: field(
      z.prefault(
        namedMap(word(LABEL_PATTERN, LABEL_WORDS), columnName('Column of the label.')),
        {},
      ),
      'Further labels, each a column of the rows; a device has what stands in its first row.',
      { example: '{ place: room }' },
    ),
    position: field(
      z.optional(
        z.strictObject({
          x: columnName('Column of position.x.'),
          y: columnName('Column of position.y.'),
          z: z.optional(columnName('Column of position.z.')),
        }),
      ),
      'Columns that say where a device stands, in metres.',
    ),
    processes: field(
      z.prefault(whole({ least: 1, most: 64 }), 2),
      'Processes that the devices are spread over.',
    ),
    seed: field(
      z.prefault(seed, 1),
      'Keys of the devices are drawn from it. Those of a number are no secret: where the devices sell on a chain that is no development chain, a file has to hold it, 64 hexadecimal digits.',
      { kind: 'whole number or { file: PATH }', range: `0 to ${SEED}` },
    ),
    market: field(
      z.optional(z.strictObject(sellerFields())),
      'What the devices sell, on the market of the controller; absent: they take no part in paid jobs.',
    ),
    neighbors: notBuilt('declared neighbors of virtual devices are'),
  })
  .check(
    z.check(({ value, issues }) => {
      const refuse = (path: string[], message: string) =>
        issues.push(crossIssue(path, message, value))
      const sensors = Object.keys(value.columns).length
      const labels = Object.keys(value.labelColumns).length
      if (value.rows === undefined && value.devices === 'rows')
        refuse(['rows'], 'missing, wanted the path of a CSV file, or a number of devices.')
      else if (value.rows === undefined && (sensors > 0 || labels > 0 || value.position))
        refuse(['rows'], 'missing, wanted the path of a CSV file that holds the columns.')
      if (sensors > LIMITS.subscriptions)
        refuse(['columns'], `found ${sensors} sensors, wanted at most ${LIMITS.subscriptions}.`)
    }),
  )

/** The file fleet.yaml. */
export const FleetConfig = z.strictObject({
  apiVersion: field(z.literal('hypernet.dev/v1'), 'Version of this format.'),
  kind: field(z.literal('VirtualFleet'), 'What this document is.'),
  metadata: field(
    z.prefault(
      z.strictObject({
        name: field(z.optional(word(/^.{1,64}$/, '1-64 characters')), 'Name, for people.'),
      }),
      {},
    ),
    'Name.',
  ),
  spec: field(spec, 'The devices.'),
})
/** fleet.yaml with its defaults; paths as written. */
export type FleetConfig = z.output<typeof FleetConfig>
