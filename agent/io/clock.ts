import type { Millis } from '../wire/ids.ts'

/** Time as the driver sees it; a test gives one that it turns by hand. */
export interface Clock {
  /** Monotonic milliseconds; only differences mean anything. */
  now(): Millis
  /** Milliseconds since 1970 by the wall clock: for people to read, and for the hours that they set. */
  unix(): Millis
  /** Runs the action once after the delay. @returns a function that forgets it */
  after(delay: Millis, action: () => void): () => void
}

/** What setTimeout holds: a longer delay would fire at once (Node documentation, Timers). */
export const LONGEST_DELAY: Millis = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => performance.now(),
  unix: () => Date.now(),
  after(delay, action) {
    const timer = setTimeout(action, Math.min(Math.max(0, delay), LONGEST_DELAY))
    return () => clearTimeout(timer)
  },
}
