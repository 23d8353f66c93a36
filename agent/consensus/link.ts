import { addAll, type Bitset, emptySet } from '../wire/bitset.ts'
import type { Millis } from '../wire/ids.ts'
import { LIMITS } from '../wire/limits.ts'
import type { EpochContext } from './context.ts'

/** What a device knows of one neighbor that it hears. */
export interface Link {
  incarnation: number
  lastSeq: number
  received: number
  /** In the device's time awake (floodState.ts). */
  lastHeard: Millis
  /** A will or an `offline` was seen since: a hint, which halves the patience. */
  offline: boolean
  /** Entries that the neighbor is known to hold. */
  have: Bitset
  evidence: Uint8Array
  /** It is final with an answer that buries us: it stands on another side of a partition. */
  isApart: boolean
}

/** A stray message in a thousand million may be taken for silence. */
const FALSE_SUSPICION = 1e-9
/** No neighbor is waited for longer than this many periods, however lossy its link. */
const MOST_PATIENCE = 120

export const newLink = (size: number, now: Millis): Link => ({
  incarnation: 0,
  lastSeq: 0,
  received: 0,
  lastHeard: now,
  offline: false,
  have: emptySet(size),
  evidence: new Uint8Array(8),
  isApart: false,
})

/**
 * Counts a message in. A newer incarnation forgets what the neighbor held before: it may have lost it.
 * @returns false for a message of an older incarnation, which must be dropped
 */
export function heard(
  link: Link,
  now: Millis,
  incarnation: number,
  seq: number,
  have: Bitset,
): boolean {
  if (incarnation < link.incarnation) return false
  if (incarnation > link.incarnation) {
    Object.assign(link, newLink(have.length * 8, now), {
      incarnation,
      have: have.slice(),
    })
  }
  if (seq > link.lastSeq) {
    link.lastSeq = seq
    link.received++
  }
  link.lastHeard = now
  link.offline = false
  addAll(link.have, have)
  return true
}

/**
 * Periods of silence after which a neighbor is suspected: ln(1e-9)/ln(loss), with the loss of the link as
 * measured from gaps in its sequence numbers (one half, worth four messages, before anything is known),
 * at least LIMITS.silence.
 */
export function patience(link: Link): number {
  // Numbers start at 1 with the epoch, so what came before the first that was heard was lost as well.
  const sent = link.lastSeq
  const loss = (Math.max(0, sent - link.received) + 2) / (sent + 4)
  const periods = Math.min(
    MOST_PATIENCE,
    Math.max(LIMITS.silence, Math.ceil(Math.log(FALSE_SUSPICION) / Math.log(loss))),
  )
  return link.offline ? periods / 2 : periods
}

export const isSilent = (link: Link, awake: Millis, context: EpochContext): boolean =>
  awake - link.lastHeard > patience(link) * context.period
