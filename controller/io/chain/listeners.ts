import { type Log, traceOf } from '../../../agent/io/log.ts'
import { HypernetError } from '../../../agent/wire/errors.ts'

export interface Listeners<Event> {
  /** @returns a function that takes the listener away */
  add(listener: (event: Event) => void): () => void
  /** Tells all of them, whatever one of them throws. @throws HypernetError `STORE_FAILED`, since nothing may go on then */
  tell(event: Event): void
}

/** Those who hear of a chain: what one of them makes of it keeps neither the others nor what is to be sent. */
export function listenersOf<Event>(log: Log): Listeners<Event> {
  const all = new Set<(event: Event) => void>()
  return {
    add(listener) {
      all.add(listener)
      return () => all.delete(listener)
    },
    tell(event) {
      for (const listener of [...all])
        try {
          listener(event)
        } catch (error) {
          if (error instanceof HypernetError && error.code === 'STORE_FAILED') throw error
          log({ level: 'error', kind: 'chain', message: traceOf(error) })
        }
    },
  }
}
