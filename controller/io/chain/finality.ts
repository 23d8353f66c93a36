import type { Hex } from 'viem'
import * as z from 'zod/mini'
import { type Log, textOf } from '../../../agent/io/log.ts'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { Block, toQuantity } from './answers.ts'
import type { ChainNode, Rpc } from './rpc.ts'
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

/** The block that a node calls final. */
interface Tag {
  readonly number: number
  /** Absent: the node has no such tag, so it is one that lies deep enough. */
  readonly timestamp: number | undefined
}

/** Which blocks stay: by the word of one node, and by that of two where there are several. */
export class Finality {
  readonly #options: FinalityOptions
  /** Highest block that two nodes call final. */
  #said: Tag = { number: -1, timestamp: undefined }
  /** Highest block that two nodes have alike. */
  #agreed = -1
  #isTold = false
  /** Seconds since 1970 of the block that the chain's own tag named last. */
  saidAt: number | undefined

  constructor(options: FinalityOptions) {
    this.#options = options
  }

  /**
   * Highest block that stays by the node that is asked and, where there are several, by any other one; may be
   * negative. While no other one answers, that of before.
   * @throws HypernetError `CHAIN_LOST`
   */
  async said(head: Block): Promise<number> {
    const { confirmations, rpc } = this.#options
    if (confirmations !== 'finalized') return head.number - confirmations
    const own = await tagOf(rpc.current, head)
    const tag = own.number > this.#said.number ? await this.#saidByTwo(own, head) : own
    if (tag.timestamp !== undefined) this.saidAt = tag.timestamp
    return tag.number
  }

  /** The lower of two nodes' words: one of them could call its newest block final. */
  async #saidByTwo(own: Tag, head: Block): Promise<Tag> {
    const { witness, log } = this.#options
    const { others } = witness
    let found = others.length === 0 ? own : this.#said
    for (const node of others) {
      if (found.number >= own.number) break
      try {
        const other = await tagOf(node, head)
        if (other.number > found.number) found = other.number < own.number ? other : own
      } catch (error) {
        if (!(error instanceof HypernetError) || error.code !== 'CHAIN_LOST') throw error
        log({ level: 'debug', kind: 'chain', message: textOf(error) })
      }
    }
    this.#said = found
    return found
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
    if (this.#said.number > to) this.#said = { number: to, timestamp: undefined }
  }

  async #hashOf(number: number): Promise<Hex | undefined> {
    const params = [toQuantity(number), false]
    const block = await this.#options.rpc.ask('eth_getBlockByNumber', params, z.nullable(Block))
    return block?.number === number ? block.hash : undefined
  }
}

async function tagOf(node: ChainNode, head: Block): Promise<Tag> {
  const params = ['finalized', false]
  const found = await node.tryAsk('eth_getBlockByNumber', params, z.nullable(Block))
  if (found.error || !found.value)
    return { number: head.number - FINAL_WITHOUT_TAG, timestamp: undefined }
  const { number, timestamp } = found.value
  // The chain may have grown since the head was read.
  return { number: Math.min(number, head.number), timestamp }
}
