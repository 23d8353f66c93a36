import * as z from 'zod/mini'
import { type FleetId, ID_PATTERN, type NodeId, quote, SENSOR_ID, type SensorId } from './ids.ts'
import { namedMap } from './namedMap.ts'
import { type Field, field, word } from './notes.ts'

/** Fields that several kinds of files share. */

/** Labels: keys and values as a device announces them. */
export const LABEL_PATTERN = /^[A-Za-z0-9._-]{1,64}$/
export const LABEL_WORDS = '1-64 letters, digits, ".", "_" or "-"'
const ID_WORDS = '1-32 of a-z, 0-9 and -'

export const labelsField = (description: string) =>
  field(
    z.prefault(namedMap(word(LABEL_PATTERN, LABEL_WORDS), word(LABEL_PATTERN, LABEL_WORDS)), {}),
    description,
    { example: '{ site: meuse }' },
  )

export const nodeField = (description: string): Field<NodeId> =>
  field(word<NodeId>(ID_PATTERN, ID_WORDS), description, { example: 'node-07' })

export const fleetField = (): Field<FleetId> =>
  field(word<FleetId>(ID_PATTERN, ID_WORDS), 'Id of the fleet.', { example: 'lab' })

export const sensorField = (description: string): Field<SensorId> =>
  field(
    word<SensorId>(
      SENSOR_ID,
      'a sensor id: a letter or _, then letters, digits or _, at most 32, and neither "position" nor "__proto__"',
    ),
    description,
    { example: 'temp' },
  )

/** Path of a file or folder; a relative one counts from the file that it stands in. */
export const pathField = (description: string) =>
  field(
    word(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a path holds none
      /^[^\u0000-\u001f]{1,1024}$/,
      'a path',
    ),
    description,
  )

/** A secret stands in a file of its own, of mode 600, never in YAML. */
export const secretField = (description: string) =>
  field(
    z.strictObject(
      { file: pathField('File of mode 600 that holds it, and nothing else.') },
      {
        error: ({ input }) =>
          typeof input === 'string'
            ? 'found text, wanted { file: PATH }. A secret never stands in YAML; put it in a file of mode 600.'
            : undefined,
      },
    ),
    description,
    { example: '{ file: broker.password }' },
  )

/** Address of a broker: `mqtt://host:port` or `mqtts://host:port`. */
export const brokerUrl = () =>
  field(
    z.string().check(
      z.refine(isBrokerUrl, {
        error: ({ input }) =>
          `found ${quote(String(input).replace(/\/\/[^/]*@/, '//***@'))}, wanted mqtt://host:port or mqtts://host:port.${urlHint(String(input))}`,
      }),
    ),
    'Where the broker is; mqtts is TLS. Ports 1883 and 8883 where none is given.',
    {
      example: 'mqtts://broker.lab:8883',
      range: 'mqtt://host:port or mqtts://host:port',
    },
  )

function isBrokerUrl(text: string): boolean {
  const found = /^mqtts?:\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?\/?$/.exec(text)
  return found !== null && Number(found[2] ?? 1) >= 1 && Number(found[2] ?? 1) <= 65_535
}

function urlHint(text: string): string {
  if (/\/\/[^/]*@/.test(text)) return ' A password belongs in password: { file: PATH }.'
  if (/^(tcp|http|ws):\/\//.test(text)) return ` Write ${text.replace(/^\w+:/, 'mqtt:')}.`
  if (/^(ssl|tls|https|wss):\/\//.test(text)) return ` Write ${text.replace(/^\w+:/, 'mqtts:')}.`
  if (/^[A-Za-z0-9.-]+(:\d+)?$/.test(text)) return ` Write mqtt://${text}.`
  return ''
}

/** Certificates and credentials of a connection to a broker. */
export const connectionFields = () => ({
  url: brokerUrl(),
  ca: z.optional(
    pathField(
      'PEM file of the authorities that the broker is checked against; absent: those of the system.',
    ),
  ),
  cert: z.optional(pathField('PEM file of our certificate, where the broker asks for one.')),
  key: z.optional(pathField('PEM file of its private key, mode 600.')),
  password: z.optional(secretField('Password for the broker.')),
})

/** What is wrong where only one half of a key pair is there. */
export function checkPair(value: { cert?: unknown; key?: unknown }): string | undefined {
  if ((value.cert === undefined) === (value.key === undefined)) return undefined
  return value.cert === undefined
    ? 'stands without "cert", wanted both or none.'
    : 'stands without "key", wanted both or none.'
}

/** Ethereum addresses of the keys whose orders are obeyed. */
/** An address on a chain. */
export const addressField = (description: string) =>
  field(
    z.pipe(
      word(/^0x[0-9a-fA-F]{40}$/, 'an address: 0x and 40 hexadecimal digits'),
      z.transform((address: string) => address.toLowerCase()),
    ),
    description,
    { example: '"0x5fbdb2315678afecb367f032d93f642f64180aa3"' },
  )

export const operatorsField = () =>
  field(
    z
      .array(
        z.pipe(
          word(/^0x[0-9a-fA-F]{40}$/, 'an address: 0x and 40 hexadecimal digits'),
          z.transform((address: string) => address.toLowerCase()),
        ),
      )
      .check(
        z.refine((list) => list.length >= 1 && list.length <= 16, {
          error: () => 'wanted 1 to 16 addresses. "hypernet up" prints that of the controller.',
        }),
      ),
    'Addresses of the keys whose orders this device obeys.',
    { range: '1 to 16 addresses' },
  )
