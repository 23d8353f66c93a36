/** Answers in a row after which more blocks are asked for again: a node that bounds them refuses only some requests. */
const GROWS_AFTER = 8

/** How many blocks a node is asked for at once: fewer after a refusal, more again after answers. */
export class Span {
  readonly #most: number
  #size: number
  #answers = 0

  /** @param most blocks, at least 1 */
  constructor(most: number) {
    this.#most = most
    this.#size = most
  }

  get size(): number {
    return this.#size
  }

  answered(): void {
    if (++this.#answers < GROWS_AFTER) return
    this.#answers = 0
    this.#size = Math.min(this.#most, this.#size * 2)
  }

  /** @param blocks that were too many, at least 2 */
  refused(blocks: number): void {
    this.#answers = 0
    this.#size = Math.floor(blocks / 2)
  }
}

/** Numbers of blocks, both included. */
export interface Blocks {
  readonly from: number
  readonly to: number
}

/**
 * Reads blocks in order, as many at a time as a node gives, down to a single one.
 * @param isTooMuch whether fewer blocks may be given where so many failed like this; not asked about a single one
 */
export async function inSpans<T>(
  { from, to }: Blocks,
  span: Span,
  read: (blocks: Blocks) => Promise<readonly T[]>,
  isTooMuch: (error: unknown, blocks: number) => boolean,
): Promise<T[]> {
  const found: T[] = []
  for (let first = from; first <= to; ) {
    const last = Math.min(first + span.size - 1, to)
    const count = last - first + 1
    try {
      for (const each of await read({ from: first, to: last })) found.push(each)
    } catch (error) {
      if (count === 1 || !isTooMuch(error, count)) throw error
      span.refused(count)
      continue
    }
    span.answered()
    first = last + 1
  }
  return found
}
