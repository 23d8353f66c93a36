import { hash } from 'node:crypto'
import { OBJECT } from '../wire/cborCheck.ts'
import { decodeRecord } from '../wire/codec.ts'
import type { RecordType } from '../wire/record.ts'

/** The payload of an order or roster, its SHA-256, and what it says. */
export interface Opened<T> {
  readonly bytes: Uint8Array
  readonly hash: Uint8Array
  readonly record: T
}

/** Payloads that are remembered: orders and rosters of the jobs that run. */
const REMEMBERED = 64
const opened = new Map<string, Opened<unknown>>()

/**
 * Decodes the payload of an order or roster. All devices of a process are sent the same few, some of
 * thousands of members: each is decoded once. Nobody changes what is decoded.
 * @throws HypernetError `BAD_MESSAGE`
 */
export function openPayload<T>(type: RecordType<T>, payload: Uint8Array): Opened<T> {
  const digest = hash('sha256', payload, 'buffer')
  const name = `${type.name}/${digest.toString('base64')}`
  const known = opened.get(name)
  if (known) return known as Opened<T> // the name tells the type
  const bytes = payload.slice()
  const made = { bytes, hash: new Uint8Array(digest), record: decodeRecord(type, bytes, OBJECT) }
  if (opened.size >= REMEMBERED) opened.delete(opened.keys().next().value ?? '')
  opened.set(name, made)
  return made
}
