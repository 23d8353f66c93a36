import * as z from 'zod/mini'
import { HypernetError } from '../../../agent/wire/errors.ts'
import type { BlockName } from '../chainTables.ts'
import { Block, toQuantity } from './answers.ts'
import type { ChainNode, Rpc } from './rpc.ts'

/** What other nodes say. `silent`: none of them could tell. */
export type Word =
  | { readonly kind: 'agreed' }
  /** `by`: the host that says otherwise, of what. */
  | { readonly kind: 'disputed'; readonly by: string; readonly what: string }
  | { readonly kind: 'silent'; readonly why: unknown }

/** What one node told, to be compared with others; where there is one node only, its word is all there is. */
export class Witness {
  readonly #rpc: Rpc
  /** Whoever agreed last is asked first: one that is away takes long not to answer. */
  #last: ChainNode | undefined

  constructor(rpc: Rpc) {
    this.#rpc = rpc
  }

  /** The other nodes in the order in which they are asked. */
  get others(): readonly ChainNode[] {
    const { others } = this.#rpc
    const last = others.filter((node) => node === this.#last)
    return [...last, ...others.filter((node) => node !== this.#last)]
  }

  /** Whether any other node has the same block: one that lies does not keep two honest ones from agreeing. */
  async word(block: BlockName): Promise<Word> {
    const { others } = this
    if (others.length === 0) return { kind: 'agreed' }
    let found: Word | undefined
    for (const node of others) {
      const word = await wordOf(node, block)
      if (word.kind === 'agreed') {
        this.#last = node
        return word
      }
      if (found?.kind !== 'disputed') found = word
    }
    return found ?? { kind: 'agreed' }
  }
}

async function wordOf(node: ChainNode, { number, hash }: BlockName): Promise<Word> {
  try {
    const params = [toQuantity(number), false]
    const found = await node.ask('eth_getBlockByNumber', params, z.nullable(Block))
    if (!found) return { kind: 'silent', why: `${node.host} has no block ${number} yet` }
    if (found.hash === hash) return { kind: 'agreed' }
    return { kind: 'disputed', by: node.host, what: `block ${number}` }
  } catch (why) {
    if (!(why instanceof HypernetError) || why.code !== 'CHAIN_LOST') throw why
    return { kind: 'silent', why }
  }
}
