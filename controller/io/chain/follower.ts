import type { Hex } from 'viem'
import * as z from 'zod/mini'
import { HypernetError } from '../../../agent/wire/errors.ts'
import type { BlockName } from '../chainTables.ts'
import type { Store } from '../store.ts'
import { Block, toQuantity } from './answers.ts'
import type { Deployment } from './deployment.ts'
import { type ChainLog, inOrder, jobOf } from './events.ts'
import { JobLogs, RANGE } from './jobLogs.ts'
import type { ChainNode, Rpc } from './rpc.ts'
import type { Told } from './witness.ts'

/**
 * Follows the chain: which blocks it has seen, and the events of watched jobs in them.
 *
 * Every block that is taken in names the one before it as its parent, down to the last one of the round before, so
 * what was told is always of one chain. The last 128 hashes are kept in the store. When the chain has another block
 * where the last one stood, the highest kept block that both have is found; the events above it are told as
 * `removed`, newest first; then `rewound`; then, again, all events of watched jobs up to that block, in order; the
 * rounds that follow go on from there. So a handler may either take single events back, or forget everything at
 * `rewound`.
 *
 * After a restart the events of a job, with those of vault and factory about it, are told from its first block on when
 * it is watched again.
 */
export interface FollowerEvents {
  log(log: ChainLog): void
  removed(log: ChainLog): void
  rewound(to: number): void
  /** A job is not watched any more in this life: its events in one block are more than any node's answer takes. */
  gaveUp(job: Hex, error: unknown): void
  /** Whether other nodes agree to what of it is in blocks that count as final already; else it is read again. */
  isAgreed(past: Told): Promise<boolean>
}

/** Hashes of blocks that are kept: no chain of ours reorganises deeper (Ethereum is final after 64 to 96). */
export const KEPT_BLOCKS = 128
/** Newest blocks that are asked for by hash: a node that lacks one says so, where by number it would leave it out. */
const BY_HASH = 8

interface Watch {
  readonly address: Hex
  fromBlock: number | undefined
  /** All events about it so far; nothing before they were fetched. */
  logs: ChainLog[] | undefined
}

export class Follower {
  readonly #rpc: Rpc
  readonly #store: Store
  readonly #logs: JobLogs
  readonly #events: FollowerEvents
  readonly #watches = new Map<Hex, Watch>()
  /** Nodes that would not tell all events of a job in one block. */
  readonly #refusedBy = new Map<Hex, Set<ChainNode>>()
  /** Block above which nothing is believed; it is read again from the node that is asked then. */
  #doubted: number | undefined
  /** Lowest first. */
  #blocks: BlockName[] = []

  constructor(rpc: Rpc, { vault, factory }: Deployment, store: Store, events: FollowerEvents) {
    this.#rpc = rpc
    this.#store = store
    this.#logs = new JobLogs(rpc, [vault, factory])
    this.#events = events
  }

  load(): void {
    this.#blocks = this.#store.blocks()
  }

  /** The block up to which everything was told. */
  get last(): BlockName | undefined {
    return this.#blocks.at(-1)
  }

  hashAt(number: number): Hex | undefined {
    return this.#blocks.find((block) => block.number === number)?.hash
  }

  /** @param fromBlock absent: that of an earlier watch, else the last block */
  watch(address: Hex, fromBlock?: number): void {
    const lower = address.toLowerCase() as Hex
    if (this.#watches.has(lower)) return
    const stored = this.#store.watches().find((each) => each.address === lower)?.fromBlock
    const watch: Watch = {
      address: lower,
      fromBlock: stored ?? fromBlock ?? this.last?.number,
      logs: undefined,
    }
    if (stored === undefined && watch.fromBlock !== undefined) this.#keep(watch)
    this.#watches.set(lower, watch)
  }

  unwatch(address: Hex): void {
    const lower = address.toLowerCase() as Hex
    this.#watches.delete(lower)
    this.#store.write(false, () => this.#store.removeWatch(lower))
  }

  #keep({ address, fromBlock }: Watch): void {
    if (fromBlock === undefined) return
    this.#store.write(true, () => this.#store.saveWatch(address, fromBlock))
  }

  /**
   * Whether a head is older than what was seen, on the same chain. That is a node that lags behind, so nothing may be
   * learned from it.
   */
  isOld(head: BlockName): boolean {
    if (this.#doubted !== undefined) return head.number < this.#doubted
    if (!this.last || head.number >= this.last.number) return false
    const ours = this.hashAt(head.number)
    return ours === undefined || ours === head.hash
  }

  /** What is told above a block may be false. */
  doubt(above: number): void {
    if (this.last && this.last.number > above) this.#doubted = above
  }

  /**
   * What is known of watched jobs in the next blocks after one, for others to compare.
   * @param to the last block at most
   * @returns nothing where no job is watched in them
   */
  told(after: number, to: number): Told | undefined {
    const jobs = new Map<Hex, number>()
    for (const { address, logs, fromBlock } of this.#watches.values())
      if (logs && fromBlock !== undefined) jobs.set(address, fromBlock)
    const from = Math.max(after + 1, Math.min(...jobs.values()))
    if (from > to) return undefined
    const blocks = { from, to: Math.min(to, from + RANGE - 1) }
    const logs = [...this.#watches.values()]
      .flatMap(({ logs }) => logs ?? [])
      .filter(({ blockNumber }) => blockNumber >= blocks.from && blockNumber <= blocks.to)
    return { jobs, blocks, logs }
  }

  /**
   * Takes in everything up to a head.
   * @param rewind is run in the write that forgets blocks, with the last one that stays; what it gives is run after it
   * @throws HypernetError `CHAIN_LOST` where the chain moved meanwhile, or the node lacks a block: ask again
   */
  async follow(head: Block, rewind: (to: number) => () => void): Promise<void> {
    if (!this.last) this.#take([head])
    else if (this.#doubted !== undefined) await this.#reread(this.#doubted, head, rewind)
    else if (!(await this.#isOnTop(head))) await this.#rewind(head, rewind)
    while (this.last && this.last.number < head.number) await this.#advance(this.last, head)
    await this.#catchUp()
    this.#refusedBy.clear()
  }

  async #isOnTop(head: Block): Promise<boolean> {
    const last = this.last
    if (!last) return true
    if (head.number < last.number) return false
    if (head.number === last.number) return head.hash === last.hash
    if (head.number === last.number + 1) return head.parentHash === last.hash
    return (await this.#block(last.number)).hash === last.hash
  }

  async #rewind(head: Block, rewind: (to: number) => () => void): Promise<void> {
    // Asked twice: one spoiled answer is no reorganisation.
    if ((await this.#block(head.number)).hash !== head.hash) throw moved(head.number)
    let base: BlockName | undefined
    for (const block of [...this.#blocks].reverse()) {
      if (block.number > head.number) continue
      const found = block.number === head.number ? head : await this.#block(block.number)
      if (found.hash === block.hash) {
        base = block
        break
      }
    }
    await this.#cut(base, head, rewind)
  }

  /** Goes back to the last block that is sure, so that the next round takes in the rest once more. */
  async #reread(to: number, head: Block, rewind: (to: number) => () => void): Promise<void> {
    const isThere = to >= 0 && to <= head.number
    const kept = this.#blocks.find(({ number }) => number === to)
    await this.#cut(kept ?? (isThere ? await this.#block(to) : undefined), head, rewind)
    this.#doubted = undefined
  }

  /** @param base the highest block that stays; absent: none of those that are kept */
  async #cut(
    base: BlockName | undefined,
    head: Block,
    rewind: (to: number) => () => void,
  ): Promise<void> {
    // Deeper than all that is kept: everything that we know of may have changed.
    const to = base?.number ?? -1
    const lowest = Math.max(0, Math.min(this.#blocks[0]?.number ?? 0, head.number) - 1)
    const { number, hash } = base ?? (await this.#block(lowest))
    const isKept = this.hashAt(number) === hash
    const told = this.#store.write(true, () => {
      this.#store.keepBlocks(0, isKept ? number : -1)
      if (!isKept) this.#store.saveBlock({ number, hash })
      return rewind(to)
    })
    this.#blocks = isKept
      ? this.#blocks.filter((each) => each.number <= number)
      : [{ number, hash }]
    this.#forget(to)
    told()
  }

  /** Takes back the events above a block, and tells again those of watched jobs that stay. */
  #forget(number: number): void {
    const known = [...this.#watches.values()].flatMap(({ logs }) => logs ?? [])
    const gone = known.filter((log) => log.blockNumber > number).sort(inOrder)
    for (const watch of this.#watches.values())
      watch.logs = number < 0 ? undefined : watch.logs?.filter((log) => log.blockNumber <= number)
    for (const log of gone.reverse()) this.#events.removed(log)
    this.#events.rewound(number)
    const stay = [...this.#watches.values()].flatMap(({ logs }) => logs ?? []).sort(inOrder)
    for (const log of stay) this.#events.log(log)
  }

  /** Takes in the next blocks: a range while there are many, then the newest one by one. */
  async #advance(last: BlockName, head: Block): Promise<void> {
    const from = last.number + 1
    const jobs = this.#fetched()
    if (head.number - last.number > BY_HASH) {
      const to = Math.min(from + RANGE - 1, head.number - BY_HASH)
      const headers = await this.#headers(Math.max(from, to - KEPT_BLOCKS + 1), to, head)
      const first = headers[0]
      if (first?.number === from) this.#link(last, first)
      const logs = await this.#logs.within(jobs, { from, to }, this.#giveUp)
      const end = headers.at(-1)
      // Moved since the headers were read: what was read may be of two chains.
      if (end && (await this.#block(to)).hash !== end.hash) throw moved(to)
      if ((await this.#block(last.number)).hash !== last.hash) throw moved(last.number)
      this.#tell(logs, from, to, headers)
      return
    }
    const headers = await this.#headers(from, head.number, head)
    if (headers[0]) this.#link(last, headers[0])
    const logs: ChainLog[] = []
    for (const { hash } of headers)
      logs.push(...(await this.#logs.inBlock(jobs, { blockHash: hash }, this.#giveUp)))
    this.#tell(logs, from, head.number, headers)
  }

  #tell(logs: ChainLog[], from: number, to: number, headers: readonly Block[]): void {
    const hashes = new Map(headers.map(({ number, hash }) => [number, hash]))
    for (const { blockNumber, blockHash } of logs) {
      if (blockNumber < from || blockNumber > to) throw moved(blockNumber)
      if ((hashes.get(blockNumber) ?? blockHash) !== blockHash) throw moved(blockNumber)
    }
    for (const log of logs.sort(inOrder)) {
      // What a new watch missed is told in one go, from its first block on; others were given up meanwhile.
      const known = this.#watches.get(jobOf(log))?.logs
      if (!known) continue
      known.push(log)
      this.#events.log(log)
    }
    this.#take(headers)
  }

  #take(headers: readonly Block[]): void {
    const names = headers.map(({ number, hash }) => ({ number, hash }))
    const blocks = [...this.#blocks, ...names].slice(-KEPT_BLOCKS)
    const lowest = blocks[0]?.number ?? 0
    this.#store.write(false, () => {
      for (const name of names) this.#store.saveBlock(name)
      this.#store.keepBlocks(lowest, Number.MAX_SAFE_INTEGER)
    })
    this.#blocks = blocks
  }

  /** Fetches what new watches missed, up to the last block, and tells it. */
  async #catchUp(): Promise<void> {
    const last = this.last
    if (!last) return
    for (const watch of [...this.#watches.values()]) {
      if (watch.logs) continue
      if (watch.fromBlock === undefined) {
        watch.fromBlock = last.number
        this.#keep(watch)
      }
      const blocks = { from: watch.fromBlock, to: last.number }
      const logs = await this.#logs.within([watch.address], blocks, this.#giveUp)
      if ((await this.#block(last.number)).hash !== last.hash) throw moved(last.number)
      for (const { blockNumber, blockHash } of logs)
        if ((this.hashAt(blockNumber) ?? blockHash) !== blockHash) throw moved(blockNumber)
      const jobs = new Map([[watch.address, watch.fromBlock]])
      if (!(await this.#events.isAgreed({ jobs, blocks, logs }))) continue
      watch.logs = logs.sort(inOrder)
      // It may have been given up meanwhile.
      if (this.#watches.get(watch.address) !== watch) continue
      for (const log of logs) this.#events.log(log)
    }
  }

  /**
   * Where no node is left that may tell them, others go on. The store keeps the watch: a next life, perhaps with
   * another node, tries again.
   * @throws what the node said, while there is another one to be asked: the next look turns to it
   */
  readonly #giveUp = (job: Hex, error: unknown): void => {
    const refused = this.#refusedBy.get(job) ?? new Set()
    this.#refusedBy.set(job, refused.add(this.#rpc.current))
    if (refused.size <= this.#rpc.others.length) throw error
    if (this.#watches.delete(job)) this.#events.gaveUp(job, error)
  }

  #fetched(): Hex[] {
    return [...this.#watches.values()].flatMap(({ address, logs }) => (logs ? [address] : []))
  }

  /** Blocks that name each other as parents; the last is the head, where it belongs to them. */
  async #headers(from: number, to: number, head: Block): Promise<Block[]> {
    const headers: Block[] = []
    for (let number = from; number <= to; number++) {
      const block = number === head.number ? head : await this.#block(number)
      const before = headers.at(-1)
      if (before) this.#link(before, block)
      headers.push(block)
    }
    return headers
  }

  #link(before: BlockName, block: Block): void {
    if (block.parentHash !== before.hash) throw moved(block.number)
  }

  async #block(number: number): Promise<Block> {
    const params = [toQuantity(number), false]
    const block = await this.#rpc.ask('eth_getBlockByNumber', params, z.nullable(Block))
    if (block?.number !== number) throw moved(number)
    return block
  }
}

const MOVED = Symbol('moved')
const moved = (number: number): HypernetError =>
  new HypernetError(
    'CHAIN_LOST',
    `block ${number} of the chain moved while it was read, or the node lacks it; asked again`,
    MOVED,
  )
/** Whether an error means that the chain grew or turned while it was read: usual, and gone at the next look. */
export const isMoved = (error: unknown): boolean =>
  error instanceof HypernetError && error.cause === MOVED
