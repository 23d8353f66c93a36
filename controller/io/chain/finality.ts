import type { Hex } from 'viem'
import * as z from 'zod/mini'
import { type Log, textOf } from '../../../agent/io/log.ts'
import { Block, toQuantity } from './answers.ts'
import type { Rpc } from './rpc.ts'
import type { Witness } from './witness.ts'

/** Where a chain has no `finalized` tag: twice the 64 blocks in which Ethereum makes blocks final at best. */
const FINAL_WITHOUT_TAG = 128

export interface FinalityOptions {
  readonly rpc: Rpc
  readonly witness: Witness
  /** By the chain's own tag, or under so many blocks. */
  readonly confirmations: 'finalized' | number
  /** Hash of a block of the chain as it was followed, where it is still kept. */
  readonly hashAt: (number: number) => Hex | undefined
  readonly log: Log
}

/** Which blocks stay: by the word of one node, and by that of two where there are several. */
export class Finality {
  readonly #options: FinalityOptions
  /** Highest block that two nodes have alike. */
  #agreed = -1
  #isTold = false
  /** Seconds since 1970 of the block that the chain's own tag named last. */
  saidAt: number | undefined

  constructor(options: FinalityOptions) {
    this.#options = options
  }

  /** Highest block that stays by the node that is asked; may be negative. @throws HypernetError `CHAIN_LOST` */
  async said(head: Block): Promise<number> {
    const { confirmations, rpc } = this.#options
    if (confirmations !== 'finalized') return head.number - confirmations
    const params = ['finalized', false]
    const found = await rpc.tryAsk('eth_getBlockByNumber', params, z.nullable(Block))
    if (found.error || !found.value) return head.number - FINAL_WITHOUT_TAG
    this.saidAt = found.value.timestamp
    // The chain may have grown since the head was read.
    return Math.min(found.value.number, head.number)
  }

  /**
   * What of that another node agrees to. Whom a contract hired, and that it ended, is not taken back, so one node that
   * lies must not decide it; while no other one answers, what stayed before is all that stays.
   * @throws HypernetError `CHAIN_LOST` where the node itself does not tell the block
   */
  async agreed(said: number): Promise<number> {
    if (said <= this.#agreed || said < 0) return said
    const { witness, hashAt, log } = this.#options
    const hash = hashAt(said) ?? (await this.#hashOf(said))
    if (hash === undefined) return this.#agreed
    const word = await witness.word({ number: said, hash })
    if (word.kind === 'agreed') {
      this.#isTold = false
      this.#agreed = said
    } else if (word.kind === 'silent') {
      log({ level: 'debug', kind: 'chain', message: textOf(word.why) })
    } else if (!this.#isTold) {
      this.#isTold = true
      const message = `the nodes in chain.rpc do not agree on block ${said}; paid jobs wait until they do`
      log({ level: 'warn', kind: 'chain', message })
    }
    return this.#agreed
  }

  /** The chain has changed above a block. */
  rewound(to: number): void {
    this.#agreed = Math.min(this.#agreed, to)
  }

  async #hashOf(number: number): Promise<Hex | undefined> {
    const params = [toQuantity(number), false]
    const block = await this.#options.rpc.ask('eth_getBlockByNumber', params, z.nullable(Block))
    return block?.number === number ? block.hash : undefined
  }
}
