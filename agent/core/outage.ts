import type { Millis } from '../wire/ids.ts'
import type { EpochState } from './state.ts'

/** A device tries to reach the broker again after about a second, then at doubling distances up to a minute. */
const RECONNECT: Millis = 1000
const LONGEST_RECONNECT: Millis = 60_000

/** Nobody is to blame for silence while our own link was down; the others may need as long to return. */
export function forgiveSilence(epoch: EpochState, now: Millis, outage: Millis): void {
  epoch.method.forgive(epoch.exchange, now, graceAfter(outage))
}

/** What the silence of others is forgiven for, after so long an outage of our own link. */
export function graceAfter(outage: Millis): Millis {
  const others = outage === 0 ? 0 : RECONNECT + 3 * outage
  return Math.min(others, LONGEST_RECONNECT)
}
