import type { Millis } from '../../wire/ids.ts'
import type { Final } from '../../wire/messages.ts'

/** What a device knows of one neighbor that it hears. */
export interface Link {
  /** What `leastCut` found when so many devices were gone. */
  cut: { readonly gone: number; readonly links: number } | undefined
  incarnation: number
  lastSeq: number
  received: number
  /** In the device's time awake (agreement.ts). */
  lastHeard: Millis
  /** A will or an `offline` was seen since: a hint, which halves the patience. */
  offline: boolean
  evidence: Uint8Array
  /** The answer that it last said to be final with, or to vote for. */
  holds: { readonly answer: Final; readonly isFinal: boolean } | undefined
}

/** Least and most periods between two sendings of what is not acknowledged. */
export const RESEND = { least: 1, most: 8 } as const

/** Digest of one who was told of nobody's end. */
export const NO_EVIDENCE: Uint8Array = new Uint8Array(8)

export const newLink = (now: Millis): Link => ({
  cut: undefined,
  incarnation: 0,
  lastSeq: 0,
  received: 0,
  lastHeard: now,
  offline: false,
  evidence: NO_EVIDENCE,
  holds: undefined,
})

/**
 * Counts a message in.
 * @returns `stale` for a message of an older incarnation, which must be dropped; `reborn` for the first
 * of a newer one, which may have lost what it held before
 */
export function heard(
  link: Link,
  now: Millis,
  incarnation: number,
  seq: number,
): 'stale' | 'reborn' | 'same' {
  if (incarnation < link.incarnation) return 'stale'
  const isReborn = incarnation > link.incarnation
  if (isReborn) Object.assign(link, newLink(now), { incarnation })
  if (seq > link.lastSeq) {
    link.lastSeq = seq
    link.received++
  }
  link.lastHeard = now
  link.offline = false
  return isReborn ? 'reborn' : 'same'
}

/** Numbers start at 1 with the epoch, so what came before the first that was heard was lost as well. */
export const countsOf = ({ lastSeq, received }: Link) => ({
  sent: lastSeq,
  lost: Math.max(0, lastSeq - received),
})

/**
 * Periods between two sendings over this link at most: long where little is lost, so that a late
 * acknowledgement is not taken for a loss; one where most is, since nothing else helps.
 */
export function longestResend(link: Link): number {
  return Math.max(RESEND.least, RESEND.most * deliveryOf(link) ** 2)
}

/** Share of a neighbor's messages that arrives, as far as is known. */
export function deliveryOf(link: Link): number {
  const { sent, lost } = countsOf(link)
  return 1 - (lost + 1) / (sent + 2)
}
