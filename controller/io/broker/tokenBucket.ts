import type { Millis } from '../../../agent/wire/ids.ts'

/** A token bucket: so many a second on the long run, and a burst that is forgiven. Starts full. */
export interface TokenBucket {
  /** Takes a token at a monotonic time; false when there is none left. */
  take(now: Millis): boolean
}

/** @param perSecond refill, tokens a second @param burst size of the bucket, tokens */
export function tokenBucket(perSecond: number, burst: number, start: Millis): TokenBucket {
  let tokens = burst
  let filled = start
  return {
    take(now) {
      tokens = Math.min(burst, tokens + (Math.max(0, now - filled) * perSecond) / 1000)
      filled = now
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
  }
}
