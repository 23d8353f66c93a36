import type { Clock } from '../../../agent/io/clock.ts'
import { Block } from './answers.ts'
import type { ChainNode, Rpc } from './rpc.ts'

/**
 * Time after which a node should have what others had, milliseconds: blocks go round in seconds. How long a chain
 * takes for a block does not matter, since it is the blocks of others that are counted.
 */
const EVERY_MS = 30_000

/** Whether the node that is asked stands still, or comes late, while others go on. */
export class Lag {
  readonly #rpc: Rpc
  readonly #clock: Clock
  #askedAt: number | undefined
  /** Newest blocks that other nodes had then, as they answered. */
  #heads = new Map<ChainNode, number>()

  constructor(rpc: Rpc, clock: Clock) {
    this.#rpc = rpc
    this.#clock = clock
  }

  /**
   * Whether most other nodes had more half a minute ago than this one has now; one that makes blocks up is no reason
   * to leave where two are not ahead. Does not wait for their answers.
   * @param head number of its newest block
   * @returns how far down the list the first of them stands; nothing while the node keeps up
   */
  behind(head: number): number | undefined {
    const { others } = this.#rpc
    const now = this.#clock.now()
    if (this.#askedAt !== undefined && now - this.#askedAt < EVERY_MS) return undefined
    const before = this.#heads
    this.#askedAt = now
    this.#heads = new Map()
    for (const node of others) void this.#ask(node, this.#heads)
    const known = others.filter((node) => before.has(node))
    const ahead = known.filter((node) => (before.get(node) ?? 0) > head)
    const [first] = ahead
    return first && ahead.length * 2 > known.length ? others.indexOf(first) + 1 : undefined
  }

  async #ask(node: ChainNode, heads: Map<ChainNode, number>): Promise<void> {
    try {
      const { number } = await node.ask('eth_getBlockByNumber', ['latest', false], Block)
      heads.set(node, number)
    } catch {
      // Who does not answer is neither ahead nor behind; whoever needs it says that it is away.
    }
  }
}
