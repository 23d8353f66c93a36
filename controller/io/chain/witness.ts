import type { Hex } from 'viem'
import * as z from 'zod/mini'
import { HypernetError } from '../../../agent/wire/errors.ts'
import type { BlockName } from '../chainTables.ts'
import { Block, toQuantity } from './answers.ts'
import { type ChainLog, inOrder, jobOf } from './events.ts'
import { JobLogs } from './jobLogs.ts'
import type { ChainNode, Rpc } from './rpc.ts'
import type { Blocks } from './spans.ts'

/** What other nodes say. `silent`: none of them could tell. */
export type Word =
  | { readonly kind: 'agreed' }
  /** `by`: the host that says otherwise, of what. */
  | { readonly kind: 'disputed'; readonly by: string; readonly what: string }
  | { readonly kind: 'silent'; readonly why: unknown }

/** Events as one node told them. */
export interface Told {
  /** For each job the first block that counts: what was before it was not looked for. */
  readonly jobs: ReadonlyMap<Hex, number>
  readonly blocks: Blocks
  /** All of these jobs in these blocks, in any order. */
  readonly logs: readonly ChainLog[]
}

/** What one node told, compared with others; where there is one node only, its word is all there is. */
export class Witness {
  readonly #rpc: Rpc
  readonly #contracts: readonly Hex[]
  /** Each node gives as many blocks at a time as it will. */
  readonly #logs = new Map<ChainNode, JobLogs>()
  /** Whoever agreed last is asked first: one that is away takes long not to answer. */
  #last: ChainNode | undefined

  /** @param contracts vault and factory */
  constructor(rpc: Rpc, contracts: readonly Hex[]) {
    this.#rpc = rpc
    this.#contracts = contracts
  }

  /** The other nodes in the order in which they are asked. */
  get others(): readonly ChainNode[] {
    const { others } = this.#rpc
    const last = others.filter((node) => node === this.#last)
    return [...last, ...others.filter((node) => node !== this.#last)]
  }

  /**
   * Whether any other node has the same block and, on its chain, the same events: one that lies does not keep two
   * honest ones from agreeing.
   */
  async word(block: BlockName, told?: Told): Promise<Word> {
    let found: Word | undefined
    for (const node of this.others) {
      const word = await this.#wordOf(node, block, told)
      if (word.kind === 'agreed') {
        this.#last = node
        return word
      }
      if (found?.kind !== 'disputed') found = word
    }
    return found ?? { kind: 'agreed' }
  }

  async #wordOf(node: ChainNode, { number, hash }: BlockName, told?: Told): Promise<Word> {
    const by = node.host
    try {
      const params = [toQuantity(number), false]
      const found = await node.ask('eth_getBlockByNumber', params, z.nullable(Block))
      if (!found) return { kind: 'silent', why: `${by} has no block ${number} yet` }
      if (found.hash !== hash) return { kind: 'disputed', by, what: `block ${number}` }
      if (!told) return { kind: 'agreed' }
      const { from, to } = told.blocks
      const what = `the events of blocks ${from} to ${to}`
      const logs = await this.#logsOf(node).within([...told.jobs.keys()], told.blocks, cannotTell)
      const isSame = textOfAll(logs, told) === textOfAll(told.logs, told)
      return isSame ? { kind: 'agreed' } : { kind: 'disputed', by, what }
    } catch (why) {
      if (!(why instanceof HypernetError) || why.code !== 'CHAIN_LOST') throw why
      return { kind: 'silent', why }
    }
  }

  #logsOf(node: ChainNode): JobLogs {
    const known = this.#logs.get(node)
    if (known) return known
    const logs = new JobLogs(node, this.#contracts)
    this.#logs.set(node, logs)
    return logs
  }
}

/** Who gives fewer events than there may be is no witness. */
function cannotTell(_: Hex, error: unknown): never {
  throw error
}

/** The events that count, in their order, without the numbers by which a node names them. */
function textOfAll(logs: readonly ChainLog[], { jobs }: Told): string {
  const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)
  const facts = logs
    .filter((log) => log.blockNumber >= (jobs.get(jobOf(log)) ?? Number.MAX_SAFE_INTEGER))
    .sort(inOrder)
    .map((log) => [log.blockHash, log.transactionHash, log.address, log.name, log.args])
  return JSON.stringify(facts, plain)
}
