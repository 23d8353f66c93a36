import type { Hex } from 'viem'
import * as z from 'zod/mini'
import { type Log, textOf } from '../../../agent/io/log.ts'
import { HypernetError } from '../../../agent/wire/errors.ts'
import type { BlockName } from '../chainTables.ts'
import { Block, toQuantity } from './answers.ts'
import { Dispute } from './dispute.ts'
import type { ChainNode, Rpc } from './rpc.ts'
import type { Told, Witness } from './witness.ts'

/** Where a chain has no `finalized` tag: twice the 64 blocks in which Ethereum makes blocks final at best. */
const FINAL_WITHOUT_TAG = 128
/** Looks in a row without a second answer after which it is told: a node that starts again takes less. */
const MOST_SILENT = 15
const NOTHING = { number: -1, hash: undefined }

export interface FinalityOptions {
  readonly rpc: Rpc
  readonly witness: Witness
  /** By the chain's own tag, or under so many blocks. */
  readonly confirmations: 'finalized' | number
  /** Hash of a block of the chain as it was followed, where it is still kept. */
  readonly hashAt: (number: number) => Hex | undefined
  /** What was told of watched jobs in the next blocks after one, up to another. */
  readonly told: (after: number, to: number) => Told | undefined
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
  /** Up to this one events of watched jobs were compared. */
  #compared: { readonly number: number; readonly hash: Hex | undefined } = NOTHING
  readonly #disputes = new Dispute()
  /** What was heard in this look. */
  #dispute: string | undefined
  #isHeard = false
  #mayTurn = false
  #silentLooks = 0
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
    const { others } = this.#options.witness
    let failure: unknown
    let answers = 0
    let found = others.length === 0 ? own : this.#said
    for (const node of others) {
      if (found.number >= own.number) break
      try {
        const other = await tagOf(node, head)
        answers++
        if (other.number > found.number) found = other.number < own.number ? other : own
      } catch (error) {
        if (!(error instanceof HypernetError) || error.code !== 'CHAIN_LOST') throw error
        failure = error
      }
    }
    if (failure !== undefined && answers === 0) this.#silent(textOf(failure))
    this.#said = found
    return found
  }

  /**
   * What of that another node agrees to, with all events of watched jobs up to it. Whom a contract hired, and that it
   * ended, is not taken back, so one node that lies must not decide it; while no other one agrees, what stayed before
   * is all that stays.
   * @throws HypernetError `CHAIN_LOST` where the node itself does not tell the block
   */
  async agreed(said: number): Promise<number> {
    const found = await this.#upTo(said)
    if (this.#dispute) this.#mayTurn = this.#disputes.goesOn(this.#dispute)
    else if (this.#isHeard) this.#disputes.ended()
    this.#dispute = undefined
    this.#isHeard = false
    return found
  }

  async #upTo(said: number): Promise<number> {
    if (said <= this.#agreed || said < 0) return said
    const { hashAt, told } = this.#options
    const hash = hashAt(said) ?? (await this.#hashOf(said))
    if (hash === undefined) return this.#agreed
    const block = { number: said, hash }
    while (this.#compared.number < said) {
      const next = told(this.#compared.number, said)
      if (!(await this.#isSure(block, next))) return this.#agreed
      // Of the blocks below it the hash is as sure, but not at hand.
      const isAll = next === undefined || next.blocks.to === said
      this.#compared = isAll ? block : { number: next.blocks.to, hash: undefined }
    }
    this.#agreed = said
    return said
  }

  /** Whether another node agrees to what was told of a job late, so far as it is in blocks that are compared already. */
  async isAgreed({ jobs, blocks, logs }: Told): Promise<boolean> {
    const { number } = this.#compared
    if (number < blocks.from) return true
    const hash = this.#compared.hash ?? (await this.#hashOf(number))
    const known = logs.filter(({ blockNumber }) => blockNumber <= number)
    const past = { jobs, logs: known, blocks: { from: blocks.from, to: number } }
    return hash !== undefined && this.#isSure({ number, hash }, past)
  }

  async #isSure(block: BlockName, told: Told | undefined): Promise<boolean> {
    const { witness, rpc } = this.#options
    const word = await witness.word(block, told)
    if (word.kind === 'silent') this.#silent(textOf(word.why))
    else this.#silentLooks = 0
    if (word.kind === 'agreed') this.#isHeard = true
    if (word.kind === 'disputed')
      this.#dispute = `the nodes ${rpc.host} and ${word.by} in chain.rpc do not agree on ${word.what}, and no other one decides it; check them, or add one`
    return word.kind === 'agreed'
  }

  /** Nobody says otherwise, but nothing becomes final either, which people should know. */
  #silent(reason: string): void {
    const { log } = this.#options
    log({ level: 'debug', kind: 'chain', message: reason })
    if (++this.#silentLooks !== MOST_SILENT) return
    const message = `no second node in chain.rpc confirms what is final (${reason}); paid jobs wait until one does`
    log({ level: 'warn', kind: 'chain', message })
  }

  /** What nodes do not agree on, once it has lasted. */
  get trouble(): string | undefined {
    return this.#disputes.trouble
  }

  /** Block up to which another node agreed to all that was told; negative: none yet. */
  get compared(): number {
    return this.#compared.number
  }

  /** Whether another node should be heard out, since they contradict each other; asked once after each look. */
  takeTurn(): boolean {
    const mayTurn = this.#mayTurn
    this.#mayTurn = false
    return mayTurn
  }

  /** The chain has changed above a block. */
  rewound(to: number): void {
    this.#agreed = Math.min(this.#agreed, to)
    if (this.#compared.number > to) this.#compared = { number: to, hash: undefined }
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
