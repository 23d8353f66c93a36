import { type Abi, type Log as ChainLog, type Hex, type PublicClient, parseEventLogs } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { Clock } from '../../../agent/io/clock.ts'
import { type Log, textOf } from '../../../agent/io/log.ts'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { bytesToHex } from '../../../agent/wire/hash.ts'
import { hyperVault } from '../../abi/hyperVault.ts'
import { jobEscrow } from '../../abi/jobEscrow.ts'
import { jobFactory } from '../../abi/jobFactory.ts'
import { checkDeployment } from './client.ts'
import type { Deployment } from './deployment.ts'
import { Outbox, type OutboxStore, type Row } from './outbox.ts'
import { Sender } from './sender.ts'

export interface BridgeOptions {
  readonly client: PublicClient
  readonly deployment: Deployment
  /** Key of the account that sends and pays for gas, 32 bytes; this bridge alone may use it. */
  readonly relayKey: Uint8Array
  readonly store: OutboxStore
  readonly clock: Clock
  readonly log: Log
  /** When a transaction counts as final: by the chain's own tag, or after so many blocks. */
  readonly confirmations: 'finalized' | number
  /** Most that one unit of gas may cost, in 1e-9 of the chain's coin. */
  readonly maxFeeGwei: number
  /** Time between two looks at the chain, milliseconds. */
  readonly pollMs: number
  /** Something failed that no other look can mend, such as the store. */
  readonly broke: (error: unknown) => void
}

/** A step of a job that is to be done on the chain. */
export interface Wanted {
  readonly job: string
  readonly step: string
  readonly to: Hex
  /** Called once, where the step is new. */
  readonly data: () => Hex
  readonly done: readonly string[]
}

export interface Head {
  readonly number: number
  /** Seconds since 1970. */
  readonly timestamp: number
}

export type BridgeEvent =
  /** A new newest block; its logs were told before. */
  | { kind: 'head'; head: Head }
  | { kind: 'log'; log: { name: string; args: Record<string, unknown>; address: Hex } }
  /** The chain was reorganised: forget all logs, they are told anew. */
  | { kind: 'rewound' }
  | { kind: 'step'; job: string; step: string; state: Row['state']; reason?: string | undefined }
  | { kind: 'link'; up: boolean; reason?: string }

/** Between a controller and a chain: what is wanted goes out once, what happened comes in. */
export interface Bridge {
  readonly head: Head
  /** Address of the account that sends. */
  readonly relay: Hex
  /** Checks that the chain and its contracts are those that were meant, and begins. @throws HypernetError `CHAIN_LOST`, `CHAIN_REFUSED` */
  start(): Promise<void>
  /** Has a step done; the same step again is nothing new. */
  want(wanted: Wanted): void
  /** Tells the events of a job's contract, too. */
  watch(address: Hex): void
  /** @returns a function that takes the listener away */
  listen(listener: (event: BridgeEvent) => void): () => void
  close(): Promise<void>
}

const EVENTS: Abi = [hyperVault, jobEscrow, jobFactory].flatMap(({ abi }) =>
  (abi as Abi).filter(({ type }) => type === 'event'),
)
/** Blocks of one request for logs. */
const RANGE = 1000
/** Hashes of the newest blocks that are kept, to see a reorganisation. */
const KEPT = 128
/** Longest time between two tries while nobody answers, milliseconds. */
const BACKOFF_MOST = 30_000

export const openBridge = (options: BridgeOptions): Bridge => new ChainBridge(options)

class ChainBridge implements Bridge {
  head: Head = { number: 0, timestamp: 0 }
  readonly relay: Hex
  readonly #options: BridgeOptions
  readonly #outbox: Outbox
  readonly #sender: Sender
  readonly #watched = new Set<Hex>()
  readonly #listeners = new Set<(event: BridgeEvent) => void>()
  /** Hashes of blocks whose logs were told. */
  readonly #told = new Map<number, Hex>()
  #next: number
  #failures = 0
  #cancel: (() => void) | undefined
  #turn: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: BridgeOptions) {
    this.#options = options
    const { deployment, store, relayKey } = options
    const account = privateKeyToAccount(`0x${bytesToHex(relayKey)}`)
    this.relay = account.address
    this.#outbox = new Outbox(store)
    this.#sender = new Sender(options, account, this.#outbox, (row) => this.#tellStep(row))
    this.#next = deployment.block
    for (const address of [deployment.vault, deployment.factory]) this.watch(address)
  }

  async start(): Promise<void> {
    const { client, deployment } = this.#options
    await checkDeployment(client, deployment)
    await this.#look()
    this.#plan()
  }

  want({ job, step, to, data, done }: Wanted): void {
    if (this.#isClosed || this.#outbox.has(job, step)) return
    this.#outbox.add({
      job,
      step,
      to,
      data: data(),
      done: [...done],
      state: 'intent',
      tries: 0,
      signed: [],
    })
    this.#soon()
  }

  watch(address: Hex): void {
    this.#watched.add(address.toLowerCase() as Hex) // an address stays one
  }

  listen(listener: (event: BridgeEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancel?.()
    await this.#turn
  }

  #plan(): void {
    if (this.#isClosed) return
    const { clock, pollMs } = this.#options
    // Jitter, so that many controllers do not come back at once.
    const wait = Math.min(pollMs * 2 ** this.#failures, BACKOFF_MOST) * (0.9 + Math.random() / 5)
    this.#cancel?.()
    this.#cancel = clock.after(this.#failures === 0 ? pollMs : wait, () => this.#soon())
  }

  /** Looks at the chain as soon as the look that is under way has ended. */
  #soon(): void {
    this.#turn = this.#turn.then(async () => {
      if (this.#isClosed) return
      try {
        await this.#look()
        if (this.#failures > 0) this.#tell({ kind: 'link', up: true })
        this.#failures = 0
      } catch (error) {
        this.#failed(error)
      }
      this.#plan()
    })
  }

  #failed(error: unknown): void {
    if (error instanceof HypernetError && error.code !== 'CHAIN_LOST') {
      this.#isClosed = true
      this.#options.broke(error)
      return
    }
    if (this.#failures++ > 0) return
    const reason = textOf(error).split('\n')[0] ?? ''
    this.#options.log({
      level: 'warn',
      kind: 'chain',
      message: `the chain does not answer: ${reason}`,
    })
    this.#tell({ kind: 'link', up: false, reason })
  }

  /** One look: what happened, then what is to be done. */
  async #look(): Promise<void> {
    const { client } = this.#options
    const block = await client.getBlock({ blockTag: 'latest' })
    const head = { number: Number(block.number), timestamp: Number(block.timestamp) }
    if (await this.#isRewound(head.number)) {
      this.#told.clear()
      this.#next = this.#options.deployment.block
      this.#tell({ kind: 'rewound' })
    }
    // An old node behind the same address: what it says was heard before.
    if (head.number < this.#next - 1) return
    await this.#tellLogs(head.number)
    const isNew = head.number !== this.head.number
    this.head = head
    this.#told.set(head.number, block.hash)
    this.#told.delete(head.number - KEPT)
    if (isNew) this.#tell({ kind: 'head', head })
    await this.#sender.work(head)
  }

  /** Whether a block whose logs were told is no longer the chain's. */
  async #isRewound(newest: number): Promise<boolean> {
    const last = [...this.#told].filter(([number]) => number <= newest).at(-1)
    if (!last) return false
    const [number, hash] = last
    const block = await this.#options.client.getBlock({ blockNumber: BigInt(number) })
    return block.hash !== hash
  }

  async #tellLogs(newest: number): Promise<void> {
    const { client } = this.#options
    while (this.#next <= newest) {
      const to = Math.min(this.#next + RANGE - 1, newest)
      const logs = await client.getLogs({
        address: [...this.#watched],
        fromBlock: BigInt(this.#next),
        toBlock: BigInt(to),
      })
      this.#next = to + 1
      for (const log of logs) this.#tellLog(log)
    }
  }

  #tellLog(log: ChainLog): void {
    const [parsed] = parseEventLogs({ abi: EVENTS, logs: [log] }) as unknown as [
      { eventName: string; args: Record<string, unknown> } | undefined,
    ]
    if (!parsed) return
    const { eventName: name, args } = parsed
    this.#tell({ kind: 'log', log: { name, args, address: log.address } })
  }

  #tellStep({ job, step, state, reason }: Row): void {
    this.#tell({ kind: 'step', job, step, state, reason })
  }

  #tell(event: BridgeEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }
}
