import type { Clock } from '../../../agent/io/clock.ts'

/** A clock that stands still until a test turns it. */
export interface HandClock extends Clock {
  /** Lets so many milliseconds pass and runs what is due, in order of time. */
  turn(millis: number): void
  readonly waiting: number
}

/** @param unixStart what the wall clock shows at first */
export function handClock(unixStart = 1_700_000_000_000): HandClock {
  let now = 0
  let serial = 0
  const due: { at: number; serial: number; action: () => void }[] = []
  return {
    now: () => now,
    unix: () => unixStart + now,
    after(delay, action) {
      const entry = { at: now + Math.max(0, delay), serial: serial++, action }
      due.push(entry)
      return () => {
        const i = due.indexOf(entry)
        if (i >= 0) due.splice(i, 1)
      }
    },
    turn(millis) {
      const end = now + millis
      for (;;) {
        due.sort((a, b) => a.at - b.at || a.serial - b.serial)
        const next = due[0]
        if (!next || next.at > end) break
        due.shift()
        now = next.at
        next.action()
      }
      now = end
    },
    get waiting() {
      return due.length
    },
  }
}
