import type { ErrorWithSubackPacket } from 'mqtt'
import { HypernetError } from '../wire/errors.ts'

/** MQTT 3.1.1, table 3.1: what the broker's refusal means for the person who reads it. */
const REFUSALS: Readonly<Record<number, string>> = {
  1: 'the broker does not speak MQTT 3.1.1',
  2: 'the broker refuses the node id as client id',
  3: 'the broker is not available',
  4: 'the broker refuses user name or password; check the password file',
  5: 'the broker refuses this device; is it approved, and does the password fit the node id?',
}

/** The filters that a SUBACK refuses (return code 0x80, MQTT-3.9.3). */
export function refusedOf(error: Error, filters: readonly string[]): string[] {
  const { granted } = (error as Partial<ErrorWithSubackPacket>).packet ?? {}
  return filters.filter((_, i) => ((granted?.[i] as number | undefined) ?? 0) >= 0x80)
}

/** Why a connection failed, for people. */
export function reasonOf(error: Error): string {
  const { code } = error as { code?: unknown }
  const refusal = typeof code === 'number' ? REFUSALS[code] : undefined
  if (refusal) return refusal
  if (error instanceof HypernetError || typeof code !== 'string') return error.message
  return error.message && error.message !== code ? `${code} (${error.message})` : code
}
