import type { SensorId } from '../../wire/ids.ts'

/**
 * A thing that can be read. A value that cannot be had (read error, empty or junk text, fault flag,
 * out of range) is `null`, never 0; `fault` then says why, for `hypernet-agent sensors`.
 */
export interface Sensor {
  readonly id: SensorId
  /** SenML unit (RFC 8428, section 12.1). */
  readonly unit: string
  /** Why the last reading was missing. */
  readonly fault: string | undefined
  read(): Promise<number | null>
}

/** A source that gives whole rows at a time, such as a file of past readings. */
export interface RowSource {
  readonly sensors: readonly { readonly id: SensorId; readonly unit: string }[]
  /** All rows, values in the order of `sensors`. */
  readonly rows: readonly (readonly (number | null)[])[]
  /** Window k of a job that repeats takes row k; absent: all rows stand in every window. */
  readonly perWindow?: boolean | undefined
  /** Why rows of it have no values. */
  readonly fault?: string | undefined
}

/** What goes wrong inside a reading; it ends there as a missing value. */
export class Missing extends Error {}

/** Makes a sensor of a function that gives a value or throws; every failure is a missing value. */
export function sensorOf(id: SensorId, unit: string, measure: () => Promise<number>): Sensor {
  let fault: string | undefined
  return {
    id,
    unit,
    get fault() {
      return fault
    },
    async read() {
      try {
        const value = await measure()
        if (!Number.isFinite(value)) throw new Missing(`${value} is not a finite number`)
        fault = undefined
        return value
      } catch (error) {
        fault = reason(error)
        return null
      }
    },
  }
}

function reason(error: unknown): string {
  const { code, path, message } = error as NodeJS.ErrnoException
  if (error instanceof Missing || !code) return message
  return `${code}${path ? ` at ${path}` : ''}`
}
