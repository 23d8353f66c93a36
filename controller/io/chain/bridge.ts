import type { Hex } from 'viem'
import type { Clock } from '../../../agent/io/clock.ts'
import { type Log, textOf, traceOf } from '../../../agent/io/log.ts'
import { HypernetError } from '../../../agent/wire/errors.ts'
import type { StepState, StoredStep } from '../chainTables.ts'
import type { Store } from '../store.ts'
import { Block } from './answers.ts'
import { DEV_CHAIN } from './anvil.ts'
import type { Deployment } from './deployment.ts'
import type { ChainLog } from './events.ts'
import { weiOf } from './fees.ts'
import { Finality } from './finality.ts'
import { Follower, isMoved } from './follower.ts'
import { type GasAccount, openGasAccount } from './gasAccount.ts'
import { bindStore, checkIdentity } from './identity.ts'
import { Lag } from './lag.ts'
import { Link } from './link.ts'
import { type Listeners, listenersOf } from './listeners.ts'
import { MOST_OPEN, Outbox } from './outbox.ts'
import { openRpc, type Rpc } from './rpc.ts'
import { Sender } from './sender.ts'
import { Witness } from './witness.ts'

export interface BridgeOptions {
  /** JSON-RPC addresses of nodes of one chain, at least one. With several, two must agree before a block is final. */
  readonly urls: readonly string[]
  readonly deployment: Deployment
  /** Key of the account that sends and pays for gas, 32 bytes; nobody else should use it. */
  readonly relayKey: Uint8Array
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** When a transaction counts as final: by the chain's own tag, or under so many blocks. */
  readonly confirmations: 'finalized' | number
  /** Most that one unit of gas may cost, in 1e-9 of the chain's coin. */
  readonly maxFeeGwei: number
  /** Time between two looks at the chain, milliseconds. */
  readonly pollMs: number
  /** Something failed that no other look can mend, such as the store; the bridge has stopped. */
  readonly broke?: (error: unknown) => void
}

/** A step of a job that is to be done on the chain. */
export interface Wanted {
  readonly job: string
  /** Names the step within its job, such as `anchor/1`. */
  readonly step: string
  readonly to: Hex
  /** A function is called once, where the step is new. */
  readonly data: Hex | (() => Hex)
  /** Names of custom errors which mean that somebody else, or an earlier life, did it already. */
  readonly done: readonly string[]
}

export interface Head {
  readonly number: number
  /** Seconds since 1970. */
  readonly timestamp: number
  /** Highest block that stays; negative: none yet. */
  readonly finalized: number
  /** Seconds since 1970 of that block, where the chain itself says which it is. */
  readonly finalizedAt?: number | undefined
}

/** Told in the order in which it happened; a listener is synchronous, and may call the bridge. */
export type BridgeEvent =
  | {
      readonly kind: 'step'
      readonly job: string
      readonly step: string
      readonly state: StepState
      /** Of a refusal, or why it waits. */
      readonly reason: string | undefined
      /** Where it was mined, or the block at which it was found done or refused. */
      readonly block: number | undefined
    }
  | { readonly kind: 'log'; readonly log: ChainLog }
  /** An event that was told is no longer on the chain. */
  | { readonly kind: 'removed'; readonly log: ChainLog }
  /** After all `removed`: the chain has changed above block `to`, or a node told it otherwise. All events of watched jobs are told anew. */
  | { readonly kind: 'rewound'; readonly to: number }
  /** The events of a job cannot be read any more, in this life. */
  | { readonly kind: 'unread'; readonly job: Hex; readonly reason: string }
  /** A new newest block; its events were told before. */
  | { readonly kind: 'head'; readonly head: Head }
  /** Down: nobody answers, or nodes contradict each other, and nothing more becomes final. */
  | { readonly kind: 'link'; readonly up: boolean; readonly reason: string | undefined }

/** Between a controller and a chain: what is wanted goes out once, what happened comes in. */
export interface Bridge {
  /** The newest block; zeros before the first look. */
  readonly head: Head
  /** Address of the account that sends. */
  readonly relay: Hex
  /**
   * Takes up what the store holds, and begins. A chain that does not answer yet is no error: nothing is sent before
   * it was checked.
   * @throws HypernetError `CHAIN_LOST` for another chain than was meant, `CHAIN_REFUSED` for other contracts, or where
   *   the store belongs to another market, `STORE_FAILED`
   */
  start(): Promise<void>
  /**
   * Has a step done; the same job and step again is nothing new, but for one that an earlier life saw refused. On the
   * disk when it returns.
   * @returns false where a thousand steps wait already: it may be wanted again with a later block
   * @throws HypernetError `STORE_FAILED`
   */
  want(wanted: Wanted): boolean
  /** What became of a job's steps, in the order in which they were wanted. */
  steps(job: string): StoredStep[]
  /** Forgets a job's steps; what was signed is still followed to its end, but not told. */
  drop(job: string): void
  /**
   * Tells the events of a job's contract, and those of vault and factory about it, from a block on; once in a life.
   * @param fromBlock absent: that of an earlier watch, else the newest block
   */
  watch(address: Hex, fromBlock?: number): void
  unwatch(address: Hex): void
  /** @returns a function that takes the listener away */
  listen(listener: (event: BridgeEvent) => void): () => void
  /** Stops at once; resolves when nothing uses the store any more. */
  close(): Promise<void>
}

/** Time after which a chain is believed that is shorter than it was: lagging nodes catch up sooner. */
const OLD_MS = 60_000
/** Looks in a row at a chain that moves, after which it counts as away. */
const MOST_MOVED = 20

/** @throws HypernetError `KEY_UNSAFE` for a key that is none */
export const openBridge = (options: BridgeOptions): Bridge => new ChainBridge(options)

class ChainBridge implements Bridge {
  head: Head = { number: 0, timestamp: 0, finalized: -1 }
  readonly relay: Hex
  readonly #options: BridgeOptions
  readonly #rpc: Rpc
  readonly #account: GasAccount
  readonly #outbox: Outbox
  readonly #follower: Follower
  readonly #finality: Finality
  readonly #sender: Sender
  readonly #listeners: Listeners<BridgeEvent>
  readonly #link: Link
  readonly #lag: Lag
  #isLoaded = false
  #isChecked = false
  #moves = 0
  #oldSince: number | undefined
  #headHash: Hex | undefined
  #cancel: (() => void) | undefined
  #running: Promise<void> | undefined
  #isAsked = false
  #isCrowded = false
  #isClosed = false

  constructor(options: BridgeOptions) {
    this.#options = options
    const { urls, deployment, relayKey, store, clock, log, maxFeeGwei, pollMs } = options
    this.#listeners = listenersOf(log)
    this.#rpc = openRpc(urls, clock)
    this.#lag = new Lag(this.#rpc, clock)
    const tell = (up: boolean, reason?: string) => this.#tell({ kind: 'link', up, reason })
    this.#link = new Link({ nodes: urls.length, pollMs, log, tell })
    const bound = weiOf(maxFeeGwei)
    this.#account = openGasAccount(this.#rpc, deployment.chainId, relayKey, bound)
    this.relay = this.#account.address
    this.#outbox = new Outbox(store, ({ job, step, state, reason, block }) =>
      this.#tell({ kind: 'step', job, step, state, reason, block: block?.number }),
    )
    this.#follower = new Follower(this.#rpc, deployment, store, {
      log: (each) => this.#tell({ kind: 'log', log: each }),
      removed: (each) => this.#tell({ kind: 'removed', log: each }),
      rewound: (to) => {
        // Whoever waits for what is final must hear of the head again, even of one that was there before.
        this.#headHash = undefined
        this.#finality.rewound(to)
        this.#tell({ kind: 'rewound', to })
      },
      gaveUp: (job, error) => this.#gaveUp(job, error),
      isAgreed: (past) => this.#finality.isAgreed(past),
    })
    const hashAt = (number: number) => this.#follower.hashAt(number)
    const { confirmations } = options
    const witness = new Witness(this.#rpc, [deployment.vault, deployment.factory])
    const told = (after: number, to: number) => this.#follower.told(after, to)
    this.#finality = new Finality({ rpc: this.#rpc, witness, confirmations, hashAt, told, log })
    this.#sender = new Sender({
      rpc: this.#rpc,
      witness,
      outbox: this.#outbox,
      account: this.#account,
      log,
      hashAt,
    })
  }

  async start(): Promise<void> {
    try {
      await this.#check()
    } catch (error) {
      if (error instanceof HypernetError) throw error
      this.#failed(error)
    }
    this.#outbox.load()
    this.#follower.load()
    this.#isLoaded = true
    this.#plan(this.#isChecked ? 0 : this.#link.backoff())
  }

  want({ job, step, to, data, done }: Wanted): boolean {
    if (this.#isClosed || this.#outbox.isKnown({ job, step })) return true
    const hasRoom = this.#outbox.hasRoom
    if (!hasRoom && !this.#isCrowded) {
      const message = `${MOST_OPEN} steps wait for the chain, so ${step} of ${job} and all others wait for a place; check chain.rpc and the coins of the relay's account`
      this.#options.log({ level: 'error', kind: 'chain', message })
    }
    this.#isCrowded = !hasRoom
    if (!hasRoom) return false
    const bytes = typeof data === 'function' ? data() : data
    this.#outbox.want({ job, step, to, data: bytes, done })
    this.#soon()
    return true
  }

  steps(job: string): StoredStep[] {
    return this.#outbox.all().filter((each) => each.job === job && !each.isDropped)
  }

  drop(job: string): void {
    this.#outbox.drop(job)
  }

  watch(address: Hex, fromBlock?: number): void {
    this.#follower.watch(address, fromBlock)
    this.#soon()
  }

  unwatch(address: Hex): void {
    this.#follower.unwatch(address)
  }

  listen(listener: (event: BridgeEvent) => void): () => void {
    return this.#listeners.add(listener)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancel?.()
    this.#rpc.close()
    await this.#running
  }

  /** Looks at the chain without waiting for the time, unless it is away. */
  #soon(): void {
    this.#isAsked = true
    if (!this.#running && this.#cancel && !this.#link.isFaulty) this.#plan(0)
  }

  #plan(delay: number): void {
    this.#cancel?.()
    if (this.#isClosed) return
    this.#cancel = this.#options.clock.after(delay, () => {
      this.#isAsked = false
      this.#running = this.#look().then((next) => {
        this.#running = undefined
        this.#plan(this.#isAsked && !this.#link.isFaulty ? 0 : next)
      })
    })
  }

  /** @returns the time until the next look, milliseconds */
  async #look(): Promise<number> {
    try {
      if (!this.#isChecked) await this.#check()
      await this.#round()
      if (this.#isClosed) return 0
      this.#moves = 0
      this.#link.answered(this.#finality.trouble)
      return this.#options.pollMs
    } catch (error) {
      if (this.#isClosed) return 0
      if (isMoved(error) && ++this.#moves < MOST_MOVED) return this.#options.pollMs
      this.#failed(error)
      return this.#link.backoff()
    }
  }

  async #check(): Promise<void> {
    const { deployment, store, log } = this.#options
    const identity = await checkIdentity(this.#rpc, deployment)
    if (this.#isClosed) return
    const mayForget = deployment.chainId === DEV_CHAIN && !this.#isLoaded
    if (bindStore(store, identity, mayForget))
      log({
        level: 'warn',
        kind: 'chain',
        message: 'the development chain is a new one; what was known of the old one is forgotten',
      })
    this.#isChecked = true
    // A node that comes back may have lost what it was sent, as it may after a reorganisation.
    this.#sender.sendAgain()
  }

  /** One look: what happened, then what is to be done. */
  async #round(): Promise<void> {
    const head = await this.#rpc.ask('eth_getBlockByNumber', ['latest', false], Block)
    const ahead = this.#lag.behind(head.number)
    if (ahead !== undefined) {
      const message = `${this.#rpc.host} is behind what other nodes in chain.rpc had half a minute ago; another one is asked`
      this.#options.log({ level: 'info', kind: 'chain', message })
      this.#turn(ahead)
      return
    }
    if (this.#follower.isOld(head) && !this.#isOldFor(OLD_MS)) {
      this.#turn()
      return
    }
    this.#oldSince = undefined
    const final = await this.#finality.said(head)
    await this.#follower.follow(head, (to) => {
      this.#sender.sendAgain()
      return this.#outbox.rewind(to)
    })
    const finalized = await this.#finality.agreed(final)
    const { number, timestamp, hash } = head
    const isNew = hash !== this.#headHash || finalized !== this.head.finalized
    this.#headHash = hash
    this.head = { number, timestamp, finalized, finalizedAt: this.#finality.saidAt }
    if (isNew) this.#tell({ kind: 'head', head: this.head })
    await this.#sender.work({ head, final })
    if (!this.#finality.takeTurn()) return
    this.#follower.doubt(this.#finality.compared)
    this.#turn()
  }

  #gaveUp(job: Hex, error: unknown): void {
    const reason = `its contract ${job} has more events in one block than any node in chain.rpc gives, so it is not followed any more (${textOf(error)}); start the controller again with another node there`
    this.#options.log({ level: 'error', kind: 'chain', message: reason })
    this.#tell({ kind: 'unread', job, reason })
  }

  #isOldFor(millis: number): boolean {
    const now = this.#options.clock.now()
    this.#oldSince ??= now
    return now - this.#oldSince >= millis
  }

  #failed(error: unknown): void {
    const lost = lostIn(error)
    if (!lost) {
      this.#break(error)
      return
    }
    this.#turn()
    this.#isChecked = false
    this.#link.failed(lost.message)
  }

  /** Asks another node from now on, which is checked first. */
  #turn(by = 1): void {
    this.#rpc.turn(by)
    this.#isChecked = this.#options.urls.length === 1
  }

  /** The store failed, or we are wrong: memory may be ahead of the store. */
  #break(error: unknown): void {
    this.#isClosed = true
    this.#rpc.close()
    this.#options.log({ level: 'error', kind: 'chain', message: traceOf(error) })
    this.#options.broke?.(error)
  }

  #tell(event: BridgeEvent): void {
    if (!this.#isClosed) this.#listeners.tell(event)
  }
}

/** What says that the chain is away or another one, in an error or its causes. */
function lostIn(error: unknown): HypernetError | undefined {
  for (let each = error; each instanceof Error; each = each.cause)
    if (each instanceof HypernetError)
      return each.code === 'CHAIN_LOST' || each.code === 'CHAIN_REFUSED' ? each : undefined
  return undefined
}
