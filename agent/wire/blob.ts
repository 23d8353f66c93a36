import { HypernetError } from './errors.ts'
import { digest, equalBytes } from './hash.ts'
import { LIMITS } from './limits.ts'
import type { BlobPart } from './messages.ts'
import { PROTOCOL } from './version.ts'

/** Objects that fit in one message need no blob; what surrounds them there is below this many bytes. */
const ENVELOPE = 256
/** Whether an object must travel as a blob. */
export const needsBlob = (object: Uint8Array): boolean => object.length > LIMITS.message - ENVELOPE

/**
 * Cuts an object into parts: all of `LIMITS.blobPart` bytes but the last. The parts hold views.
 * @throws HypernetError `TOO_LARGE` when it is empty or larger than `LIMITS.blob`
 */
export function splitBlob(object: Uint8Array): BlobPart[] {
  if (object.length === 0 || object.length > LIMITS.blob)
    throw new HypernetError(
      'TOO_LARGE',
      `object of ${object.length} bytes, wanted 1 to ${LIMITS.blob}`,
    )
  const hash = digest(object)
  const of = Math.ceil(object.length / LIMITS.blobPart)
  return Array.from({ length: of }, (_, part) => ({
    version: PROTOCOL,
    hash,
    part,
    of,
    bytes: object.subarray(part * LIMITS.blobPart, (part + 1) * LIMITS.blobPart),
  }))
}

/** Puts the parts of one object together again. */
export interface BlobCollector {
  /**
   * Takes a part, in any order, also twice; the bytes are copied.
   * @returns the whole object once it is complete and has the hash that was asked for
   * @throws HypernetError `BAD_MESSAGE` for a part of another object or of the wrong size, and when
   * the whole has another hash: a part was forged, and all are forgotten
   */
  add(part: BlobPart): Uint8Array | undefined
  /** Parts that have not come yet. */
  readonly missing: number
}

/**
 * Collects the object with this SHA-256, which was announced to have `parts` parts.
 * @throws HypernetError `TOO_LARGE` when so many parts exceed `LIMITS.blob`
 */
export function blobCollector(hash: Uint8Array, parts: number): BlobCollector {
  const most = LIMITS.blob / LIMITS.blobPart
  if (!Number.isInteger(parts) || parts < 1 || parts > most)
    throw new HypernetError('TOO_LARGE', `a blob of ${parts} parts, wanted 1 to ${most}`)
  const wanted = hash.slice()
  const held = new Set<number>()
  const whole = new Uint8Array(parts * LIMITS.blobPart)
  let length = 0
  return {
    get missing() {
      return parts - held.size
    },
    add(part) {
      checkPart(part, wanted, parts)
      whole.set(part.bytes, part.part * LIMITS.blobPart)
      if (part.part === parts - 1) length = part.part * LIMITS.blobPart + part.bytes.length
      held.add(part.part)
      if (held.size < parts) return undefined
      const object = whole.slice(0, length)
      if (equalBytes(digest(object), wanted)) return object
      held.clear()
      throw new HypernetError('BAD_MESSAGE', 'the parts of a blob do not have its hash')
    },
  }
}

function checkPart(part: BlobPart, hash: Uint8Array, parts: number): void {
  if (!equalBytes(part.hash, hash))
    throw new HypernetError('BAD_MESSAGE', 'part of another blob than was asked for')
  if (part.of !== parts || part.part >= parts)
    throw new HypernetError(
      'BAD_MESSAGE',
      `part ${part.part} of ${part.of}, wanted one of ${parts}`,
    )
  const last = part.part === parts - 1
  if (part.bytes.length > LIMITS.blobPart || (!last && part.bytes.length < LIMITS.blobPart))
    throw new HypernetError(
      'BAD_MESSAGE',
      `part ${part.part} has ${part.bytes.length} bytes, wanted ${LIMITS.blobPart}`,
    )
}
