import { HypernetError } from './errors.ts'
import { printable } from './printable.ts'

/** Milliseconds, of a monotonic clock unless a name says `unix`. */
export type Millis = number
export type NodeId = string & { readonly brand: 'NodeId' }
export type JobId = string & { readonly brand: 'JobId' }
export type FleetId = string & { readonly brand: 'FleetId' }
export type SensorId = string & { readonly brand: 'SensorId' }

/** What node, job and fleet ids look like: one MQTT topic level, safe in file names and host names. */
export const ID_PATTERN = /^[a-z0-9-]{1,32}$/
/** What sensor ids look like on the wire: a name that an expression can hold. */
export const SENSOR_PATTERN = /^[A-Za-z_][A-Za-z0-9_]{0,31}$/
/** The same without what no sensor may be called: `position` is taken, `__proto__` is no key of an object. */
export const SENSOR_ID = /^(?!(?:position|__proto__)$)[A-Za-z_][A-Za-z0-9_]{0,31}$/

/** @throws HypernetError `BAD_ID` */
export const nodeId = (text: string): NodeId => checked('node', text) as NodeId
/** @throws HypernetError `BAD_ID` */
export const jobId = (text: string): JobId => checked('job', text) as JobId
/** @throws HypernetError `BAD_ID` */
export const fleetId = (text: string): FleetId => checked('fleet', text) as FleetId

/** @throws HypernetError `BAD_ID` */
export function sensorId(text: string): SensorId {
  if (SENSOR_ID.test(text)) return text as SensorId
  throw new HypernetError(
    'BAD_ID',
    `sensor id must be a letter or _ and up to 31 letters, digits or _, and neither "position" nor "__proto__"; found ${quote(text)}`,
  )
}

function checked(kind: string, text: string): string {
  if (ID_PATTERN.test(text)) return text
  throw new HypernetError(
    'BAD_ID',
    `${kind} id must be 1-32 of a-z, 0-9 and -, found ${quote(text)}`,
  )
}

/** Quotes text that we did not write, cut to a length that fits a log line; `printable` besides. */
export const quote = (text: string): string => printable(JSON.stringify(cut(text)))

/** Cuts text that we did not write, such as a number of a thousand digits, to the same length. */
export const cut = (text: string, most = 60): string =>
  text.length > most ? `${text.slice(0, most)}…` : text
