import type { Log } from '../agent/io/log.ts'
import { takeMessage } from './outside.ts'

/** Jobs of one device that are kept in mind: it may bid for some, and works for one. */
export const MOST_OF_ONE = 64
/** In all; a `deal` is at most a few kilobytes. */
export const MOST_IN_ALL = 32_768

/** Who said something, and about which job. */
export interface About {
  readonly job: string
  readonly from: string
}

interface Kept extends About {
  readonly take: () => void
}

/**
 * What was said of jobs before all was known that it depends on, by the names of its topics. Devices may speak of any
 * name, so that what is kept of each is bounded: the oldest goes first.
 */
export class KeptMessages {
  readonly #log: Log
  /** Oldest first. */
  readonly #kept = new Map<string, Kept>()
  /** How many there are of each sender. */
  readonly #counts = new Map<string, number>()

  constructor(log: Log) {
    this.#log = log
  }

  get size(): number {
    return this.#kept.size
  }

  /** Keeps the newest message of a topic, and takes it at once, too. */
  keep(topic: string, { job, from }: About, take: () => void): void {
    this.forget(topic)
    if ((this.#counts.get(from) ?? 0) >= MOST_OF_ONE) this.#forgetOldest(from)
    if (this.#kept.size >= MOST_IN_ALL) this.#forgetOldest()
    this.#kept.set(topic, { job, from, take })
    this.#counts.set(from, (this.#counts.get(from) ?? 0) + 1)
    this.#take(topic, take)
  }

  /** Takes again what is kept of a job or of a sender, or all; one that fails is forgotten, and keeps back no other. */
  again(about: Partial<About> = {}): void {
    for (const [topic, { job, from, take }] of [...this.#kept])
      if ((about.job ?? job) === job && (about.from ?? from) === from) this.#take(topic, take)
  }

  #take(topic: string, take: () => void): void {
    let isTaken = false
    takeMessage(topic, this.#log, () => {
      take()
      isTaken = true
    })
    if (!isTaken) this.forget(topic)
  }

  forget(topic: string): void {
    const known = this.#kept.get(topic)
    if (!known) return
    this.#kept.delete(topic)
    const left = (this.#counts.get(known.from) ?? 1) - 1
    if (left > 0) this.#counts.set(known.from, left)
    else this.#counts.delete(known.from)
  }

  /** A job is over. */
  forgetJob(job: string): void {
    for (const [topic, kept] of [...this.#kept]) if (kept.job === job) this.forget(topic)
  }

  #forgetOldest(from?: string): void {
    for (const [topic, kept] of this.#kept) {
      if (from !== undefined && kept.from !== from) continue
      this.forget(topic)
      break
    }
  }
}
