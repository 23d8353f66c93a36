import type { Millis } from '../wire/ids.ts'
import { type Clock, LONGEST_DELAY } from './clock.ts'

/** Timers by name, at times of the monotonic clock. */
export interface Timers {
  /** Sets or moves the timer; Infinity forgets it. */
  set(name: string, at: Millis): void
  clear(): void
  readonly size: number
}

/** @param fire is called once a timer, never before its time */
export function timers(clock: Clock, fire: (name: string) => void): Timers {
  const waiting = new Map<string, () => void>()
  const set = (name: string, at: Millis) => {
    waiting.get(name)?.()
    waiting.delete(name)
    if (at === Number.POSITIVE_INFINITY) return
    const cancel = clock.after(Math.min(at - clock.now(), LONGEST_DELAY), () => {
      // A timer of the system may fire a little early, and a far one is set in steps.
      if (clock.now() < at) return set(name, at)
      waiting.delete(name)
      fire(name)
    })
    waiting.set(name, cancel)
  }
  return {
    set,
    clear() {
      for (const cancel of waiting.values()) cancel()
      waiting.clear()
    },
    get size() {
      return waiting.size
    },
  }
}
