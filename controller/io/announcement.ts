import { needsBlob, splitBlob } from '../../agent/wire/blob.ts'
import { encodeRecord } from '../../agent/wire/codec.ts'
import { bytesToHex } from '../../agent/wire/hash.ts'
import type { FleetId, JobId } from '../../agent/wire/ids.ts'
import { BlobPart, Signed } from '../../agent/wire/messages.ts'
import { topicName } from '../../agent/wire/topics.ts'
import { PROTOCOL } from '../../agent/wire/version.ts'

/** A retained message: topic name and payload. */
export type Retained = readonly [topic: string, payload: Uint8Array]

/**
 * The retained messages that announce a signed order or roster: one, or its parts and then the
 * message that names them.
 * @param signed COSE_Sign1 array
 * @param key address (20 bytes) of the key that signed it
 */
export function announcement(
  what: 'order' | 'roster',
  fleet: FleetId,
  job: JobId,
  signed: Uint8Array,
  key: Uint8Array,
): Retained[] {
  const topic = topicName({ kind: what, fleet, job })
  if (!needsBlob(signed)) return [[topic, encodeRecord(Signed, { version: PROTOCOL, key, signed })]]
  const parts = splitBlob(signed)
  const messages = parts.map((part): Retained => {
    const hash = bytesToHex(part.hash)
    const name = topicName({ kind: 'blob', fleet, job, hash, part: String(part.part) })
    return [name, encodeRecord(BlobPart, part)]
  })
  const blob = parts[0]?.hash
  const pointer = {
    version: PROTOCOL,
    key,
    ...(blob ? { blob } : {}),
    parts: parts.length,
  } as const
  return [...messages, [topic, encodeRecord(Signed, pointer)]]
}
