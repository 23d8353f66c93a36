import type { Log } from '../../../agent/io/log.ts'

export interface LinkOptions {
  /** How many nodes there are: as many have to fail before the chain counts as away. */
  readonly nodes: number
  /** Time between two looks at a chain that answers, milliseconds. */
  readonly pollMs: number
  readonly log: Log
  /** Hears of each change, and of the first answer. */
  readonly tell: (up: boolean, reason: string | undefined) => void
}

/** Longest time between two tries while nobody answers, milliseconds. */
const MOST_BACKOFF_MS = 30_000

/** Whether a chain can be relied on: its nodes answer, and do not contradict each other. */
export class Link {
  readonly #options: LinkOptions
  #isUp: boolean | undefined
  #faults = 0

  constructor(options: LinkOptions) {
    this.#options = options
  }

  /** Whether the last look failed. */
  get isFaulty(): boolean {
    return this.#faults > 0
  }

  /** A look went through. @param trouble what the nodes do not agree on */
  answered(trouble?: string): void {
    this.#faults = 0
    if (trouble !== undefined) {
      this.#down(trouble, 'Paid jobs wait until they agree.')
      return
    }
    if (this.#isUp) return
    const { log, tell } = this.#options
    if (this.#isUp === false) log({ level: 'info', kind: 'chain', message: 'the chain answers' })
    this.#isUp = true
    tell(true, undefined)
  }

  /** A look failed. */
  failed(reason: string): void {
    this.#faults++
    this.#options.log({ level: 'debug', kind: 'chain', message: reason })
    if (this.#faults >= this.#options.nodes) this.#down(reason, 'Paid jobs wait until it answers.')
  }

  /** Time until the next try, milliseconds. */
  backoff(): number {
    const most = Math.min(this.#options.pollMs * 2 ** this.#faults, MOST_BACKOFF_MS)
    // Half of it at random, so that many controllers do not come back at once.
    return most * (0.5 + Math.random() / 2)
  }

  #down(reason: string, until: string): void {
    if (this.#isUp === false) return
    this.#isUp = false
    const { log, tell } = this.#options
    log({ level: 'warn', kind: 'chain', message: `${reason}. ${until}` })
    tell(false, reason)
  }
}
