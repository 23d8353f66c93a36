/** Looks in a row after which a contradiction is no mere delay: nodes get a block within seconds of each other. */
const FEW_LOOKS = 3
/** Longest wait between two turns, in looks: some nine minutes, since each turn reads again what is not confirmed. */
const MOST_LOOKS = 256

/** A contradiction between nodes of one chain, which may be one that lies, or one that is late for a moment. */
export class Dispute {
  #looks = 0
  #patience = FEW_LOOKS
  #trouble: string | undefined

  /** What nodes do not agree on, once it has lasted; nothing while they agree. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  /**
   * One more look found it.
   * @returns whether another node should be believed instead: rarer each time, as where two nodes are all there are,
   *   neither is better
   */
  goesOn(reason: string): boolean {
    if (++this.#looks < this.#patience) return false
    this.#looks = 0
    this.#patience = Math.min(this.#patience * 2, MOST_LOOKS)
    this.#trouble = reason
    return true
  }

  ended(): void {
    this.#looks = 0
    this.#patience = FEW_LOOKS
    this.#trouble = undefined
  }
}
