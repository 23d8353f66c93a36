import type { DeviceKey } from '../agent/io/keys.ts'
import { type Log, textOf, traceOf } from '../agent/io/log.ts'
import { checkSender, decodeRecord, encodeRecord } from '../agent/wire/codec.ts'
import { HypernetError } from '../agent/wire/errors.ts'
import { bytesOf, concatBytes, equalBytes, hexOf } from '../agent/wire/hash.ts'
import type { FleetId, JobId, NodeId } from '../agent/wire/ids.ts'
import { AnchorList, Deal } from '../agent/wire/marketMessages.ts'
import type { Order } from '../agent/wire/messages.ts'
import { addressOf } from '../agent/wire/signature.ts'
import { topicName } from '../agent/wire/topics.ts'
import { WORD } from '../agent/wire/typedData.ts'
import { PROTOCOL } from '../agent/wire/version.ts'
import type { JobInput } from './core/jobSeam.ts'
import type { MarketPlace, Opening } from './core/settlement/offer.ts'
import type { SettlementEffect, SettlementInput } from './core/settlement/seam.ts'
import { step } from './core/settlement/settlement.ts'
import { newSettlement, type Settlement } from './core/settlement/state.ts'
import type { Bridge, BridgeEvent } from './io/chain/bridge.ts'
import { encodeCall } from './io/chain/calls.ts'
import type { Deployment } from './io/chain/deployment.ts'
import type { StoredStep } from './io/chainTables.ts'
import type { OpenMarket } from './openMarket.ts'
import type { PinnedNames } from './pinnedNames.ts'

export interface MarketDeskOptions extends PinnedNames {
  readonly fleet: FleetId
  /** The operator's key, which is the buyer's. */
  readonly key: DeviceKey
  readonly deployment: Deployment
  readonly bridge: Bridge
  /** Fee of jobs that are opened now, in hundredths of a percent. @throws HypernetError `CHAIN_LOST` */
  feeBps(): Promise<number>
  readonly recordOf: OpenMarket['recordOf']
  readonly retain: (topic: string, payload: string | Uint8Array) => void
  readonly give: (job: JobId, input: JobInput) => void
  readonly log: Log
}

interface Desk {
  readonly job: JobId
  readonly settlement: Settlement
  /** Address of the contract, lower case. */
  readonly address: `0x${string}`
  /** Keys that the vault is being asked about. */
  readonly reading: Set<string>
  /** Why steps wait on their way to the chain, by their names; and what the settlement itself waits for. */
  readonly held: Map<string, string>
  waits: string | undefined
  toldWaits: string | undefined
}

/** Brings together, for each paid job, what devices say over MQTT and what the chain says. */
export class MarketDesk {
  readonly #options: MarketDeskOptions
  readonly #desks = new Map<JobId, Desk>()

  constructor(options: MarketDeskOptions) {
    this.#options = options
    options.bridge.listen((event) => this.#hearChain(event))
  }

  /** The market that orders are made for now. */
  get place(): MarketPlace {
    const { deployment, bridge } = this.#options
    const { chainId, vault, factory, escrow } = deployment
    return {
      chainId,
      vault: bytesOf(vault),
      factory: bytesOf(factory),
      escrow: bytesOf(escrow),
      relay: bytesOf(bridge.relay),
    }
  }

  /** What an order is opened with now. @throws HypernetError `CHAIN_LOST` while nobody answers */
  async opening(): Promise<Opening> {
    const { bridge, key, feeBps } = this.#options
    const fee = await feeBps()
    if (bridge.head.timestamp === 0)
      throw new HypernetError('CHAIN_LOST', 'the chain was not heard yet. Try again in a moment.')
    const { timestamp: time, finalizedAt } = bridge.head
    const finality = finalizedAt === undefined ? undefined : Math.max(0, time - finalizedAt)
    return { buyer: addressOf(key.publicKey), feeBps: fee, time, finality }
  }

  /**
   * Takes up a paid job: a new one, or after a restart one whose contract may have begun.
   * @param fromBlock where its events begin; absent: where an earlier life saw them begin, else now
   */
  begin(order: Order, fromBlock?: number): void {
    const { job, offer } = order
    if (!offer || this.#desks.has(job)) return
    const settlement = newSettlement(offer, order, bytesOf(this.#options.bridge.relay))
    const { bridge } = this.#options
    const address = hexOf(settlement.address)
    const nothing = { held: new Map(), waits: undefined, toldWaits: undefined }
    const desk: Desk = { job, settlement, address, reading: new Set(), ...nothing }
    this.#desks.set(job, desk)
    bridge.watch(address, fromBlock)
    if (order.cancelled) this.cancel(job)
    for (const known of bridge.steps(address)) this.#hold(desk, known)
    this.#hearHead(job, bridge.head)
  }

  /** Takes the payload of a `deal` topic. */
  hearDeal(job: JobId, node: NodeId, payload: Uint8Array): void {
    if (payload.length === 0 || !this.#desks.has(job)) return
    const key = this.#options.keyOf(node)
    if (!key) return
    const deal = decodeRecord(Deal, payload)
    checkSender({ kind: 'deal', fleet: this.#options.fleet, job, node }, deal)
    this.#step(job, { kind: 'deal', node, key: addressOf(key), deal })
  }

  /** Takes the payload of an `anchor` topic: what another relay, or an earlier life, bound. */
  hearAnchor(job: JobId, payload: Uint8Array): void {
    if (payload.length === 0 || !this.#desks.has(job)) return
    const list = decodeRecord(AnchorList, payload)
    if (list.job !== job)
      throw new HypernetError('BAD_MESSAGE', `a list of ${list.job} under ${job}`)
    const commitments = Array.from({ length: list.commitments.length / WORD }, (_, i) =>
      list.commitments.slice(i * WORD, (i + 1) * WORD),
    )
    this.#step(job, { kind: 'list', index: list.index, commitments })
  }

  /** The buyer ends a job. */
  cancel(job: JobId): void {
    this.#step(job, { kind: 'cancel' })
  }

  #hearHead(job: JobId, { number, timestamp, finalized }: Bridge['head']): void {
    this.#step(job, { kind: 'head', number, time: timestamp, final: finalized })
  }

  #hearChain(event: BridgeEvent): void {
    switch (event.kind) {
      case 'head':
        this.#forEach((job) => this.#hearHead(job, event.head))
        break
      case 'log': {
        const { name, args, address, blockNumber: block } = event.log
        const about = typeof args.job === 'string' ? args.job : address
        const desk = this.#deskAt(about)
        if (desk) this.#step(desk.job, { kind: 'log', log: { name, args }, block })
        break
      }
      case 'rewound':
        this.#forEach((job) => this.#step(job, { kind: 'rewound', to: event.to }))
        break
      case 'step': {
        const desk = this.#deskAt(event.job)
        if (desk) this.#hearStep(desk, event)
        break
      }
      case 'unread': {
        const desk = this.#deskAt(event.job)
        if (desk) this.#wait(desk, event.reason)
        break
      }
      case 'removed':
      case 'link':
        break
    }
  }

  /** What fails in one job keeps the others from nothing. @throws HypernetError `STORE_FAILED` */
  #forEach(tell: (job: JobId) => void): void {
    for (const job of [...this.#desks.keys()])
      try {
        tell(job)
      } catch (error) {
        if (error instanceof HypernetError && error.code === 'STORE_FAILED') throw error
        this.#options.log({ level: 'error', kind: 'market', job, message: traceOf(error) })
      }
  }

  #hearStep(desk: Desk, event: BridgeEvent & { kind: 'step' }): void {
    const { step, state, reason = 'the contract refuses it', block } = event
    this.#hold(desk, event)
    if (state === 'signed' || state === 'sent') this.#step(desk.job, { kind: 'sent', step })
    if (state === 'refused' && block !== undefined)
      this.#step(desk.job, { kind: 'refused', step, reason, block })
  }

  /** Notes whether a step waits for something that people must mend, such as coins for its gas. */
  #hold(desk: Desk, { step, state, reason }: Pick<StoredStep, 'step' | 'state' | 'reason'>): void {
    if (reason === undefined || CLOSED.has(state)) desk.held.delete(step)
    else desk.held.set(step, reason)
    this.#tellWaits(desk)
  }

  #wait(desk: Desk, reason: string | undefined): void {
    desk.waits = reason
    this.#tellWaits(desk)
  }

  #tellWaits(desk: Desk): void {
    const [held] = desk.held.values()
    const reason = held ?? desk.waits
    if (reason === desk.toldWaits) return
    desk.toldWaits = reason
    this.#options.give(desk.job, { kind: 'waits', reason })
  }

  /** Nothing about it is sent or heard any more, in this life or a later one. */
  #close({ job, address }: Desk): void {
    this.#desks.delete(job)
    this.#options.bridge.drop(address)
    this.#options.bridge.unwatch(address)
  }

  /** An order that was taken back: what may have gone out is followed until the contract can be cancelled. */
  #withdraw(desk: Desk): void {
    const steps = this.#options.bridge.steps(desk.address)
    if (!steps.every(({ state }) => state === 'intent' || state === 'refused')) return
    this.#close(desk)
    this.#options.give(desk.job, { kind: 'unhired', reason: 'the order was taken back' })
  }

  /** The bridge knows jobs by the address of their contract. */
  #deskAt(address: string): Desk | undefined {
    return [...this.#desks.values()].find((desk) => desk.address === address.toLowerCase())
  }

  #step(job: JobId, input: SettlementInput): void {
    const desk = this.#desks.get(job)
    if (!desk) return
    const effects: SettlementEffect[] = []
    step(desk.settlement, input, effects)
    for (const effect of effects) if (this.#desks.get(job) === desk) this.#act(desk, effect)
  }

  /** Reads what a key has in the vault; where that fails, it is asked for again with the next block. */
  #read({ job, reading }: Desk, key: string): void {
    if (reading.has(key)) return
    reading.add(key)
    const { recordOf, log } = this.#options
    recordOf(key as `0x${string}`) // as a settlement names keys
      .then((record) => this.#step(job, { kind: 'record', key, record }))
      .catch((error: unknown) => {
        const message = `cannot read what ${key} has in the vault: ${textOf(error)}`
        log({ level: 'warn', kind: 'market', job, message })
      })
      .finally(() => reading.delete(key))
  }

  #act(desk: Desk, effect: SettlementEffect): void {
    const { job, settlement, address } = desk
    const { bridge, deployment, key, retain, fleet, give, log, nodesOf } = this.#options
    switch (effect.kind) {
      case 'call': {
        const { call } = effect
        // Only the buyer opens a job, hires, takes it back or stops it.
        const isBuyers = equalBytes(settlement.terms.buyer, addressOf(key.publicKey))
        if (!isBuyers && BUYERS.has(call.name)) break
        const buyer = { ...settlement.market, privateKey: key.privateKey }
        const isTaken = bridge.want({
          job: address,
          step: call.step,
          to: call.to === 'factory' ? deployment.factory : address,
          data: () => encodeCall(call, settlement.address, buyer),
          done: call.done,
        })
        if (!isTaken) this.#step(job, { kind: 'unsent', step: call.step })
        break
      }
      case 'list': {
        const { index, commitments } = effect
        const label = { version: PROTOCOL, job, index } as const
        const list = { ...label, commitments: concatBytes(...commitments) }
        retain(topicName({ kind: 'anchor', fleet, job }), encodeRecord(AnchorList, list))
        break
      }
      case 'record':
        this.#read(desk, effect.key)
        break
      case 'names': {
        const nodes = nodesOf(effect.keys)
        if (nodes.size > 0) this.#step(job, { kind: 'names', nodes })
        break
      }
      case 'offered':
        give(job, effect)
        break
      case 'hired':
        give(job, effect)
        break
      case 'ended':
        give(job, { kind: 'settled', market: effect.market })
        retain(topicName({ kind: 'anchor', fleet, job }), '')
        this.#close(desk)
        break
      case 'failed':
        give(job, { kind: 'unhired', reason: effect.reason })
        this.#close(desk)
        break
      case 'withdraw':
        this.#withdraw(desk)
        break
      case 'waits':
        this.#wait(desk, effect.reason)
        break
      case 'note':
        log({ level: effect.level, kind: 'market', job, message: effect.message })
        break
    }
  }
}

/** A step that is not on its way any more. */
const CLOSED: ReadonlySet<StoredStep['state']> = new Set(['final', 'done', 'refused'])
const BUYERS: ReadonlySet<string> = new Set(['create', 'fill', 'cancel', 'stop'])
