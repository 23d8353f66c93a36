import type { DeviceKey } from '../agent/io/keys.ts'
import { type Log, textOf, traceOf } from '../agent/io/log.ts'
import { OBJECT } from '../agent/wire/cborCheck.ts'
import { checkSender, decodeRecord, encodeRecord } from '../agent/wire/codec.ts'
import { HypernetError } from '../agent/wire/errors.ts'
import { bytesOf, concatBytes, equalBytes, hexOf } from '../agent/wire/hash.ts'
import type { FleetId, JobId, NodeId } from '../agent/wire/ids.ts'
import { AnchorList, Deal } from '../agent/wire/marketMessages.ts'
import { Order } from '../agent/wire/messages.ts'
import { addressOf } from '../agent/wire/signature.ts'
import { topicName } from '../agent/wire/topics.ts'
import { WORD } from '../agent/wire/typedData.ts'
import { PROTOCOL } from '../agent/wire/version.ts'
import type { JobInput } from './core/jobSeam.ts'
import type { MarketPlace, Opening } from './core/settlement/offer.ts'
import type { MarketBlock, SettlementEffect, SettlementInput } from './core/settlement/seam.ts'
import { step } from './core/settlement/settlement.ts'
import { newSettlement, type Settlement } from './core/settlement/state.ts'
import { type Desk, Desks } from './desks.ts'
import type { Bridge, BridgeEvent } from './io/chain/bridge.ts'
import { encodeCall } from './io/chain/calls.ts'
import type { Deployment } from './io/chain/deployment.ts'
import type { StoredStep } from './io/chainTables.ts'
import type { Store } from './io/store.ts'
import type { OpenMarket } from './openMarket.ts'
import { orderHash } from './orderHash.ts'
import type { PinnedNames } from './pinnedNames.ts'

export interface MarketDeskOptions extends PinnedNames {
  readonly fleet: FleetId
  /** The operator's key, which is the buyer's. */
  readonly key: DeviceKey
  readonly deployment: Deployment
  readonly bridge: Bridge
  /** Keeps the orders that were given up. */
  readonly store: Pick<Store, 'write' | 'saveGivenUp' | 'givenUp' | 'removeGivenUp'>
  readonly rules: OpenMarket['rules']
  readonly recordOf: OpenMarket['recordOf']
  readonly retain: (topic: string, payload: string | Uint8Array) => void
  readonly give: (job: JobId, input: JobInput) => void
  readonly log: Log
}

/** Brings together, for each paid job, what devices say over MQTT and what the chain says. */
export class MarketDesk {
  readonly #options: MarketDeskOptions
  readonly #desks = new Desks()

  constructor(options: MarketDeskOptions) {
    this.#options = options
    options.bridge.listen((event) => this.#hearChain(event))
    for (const { order } of options.store.givenUp()) this.#watchGivenUp(order)
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
    const { bridge, key, rules } = this.#options
    const { feeBps, leastWindow, mostWindow } = await rules()
    if (bridge.head.timestamp === 0)
      throw new HypernetError('CHAIN_LOST', 'the chain was not heard yet. Try again in a moment.')
    const { timestamp: time, finalizedAt } = bridge.head
    const finality = finalizedAt === undefined ? undefined : Math.max(0, time - finalizedAt)
    const buyer = addressOf(key.publicKey)
    return { buyer, feeBps, time, finality, leastWindow, mostWindow }
  }

  /**
   * Takes up a paid job: a new one, or after a restart one whose contract may have begun.
   * @param fromBlock where its events begin; absent: where an earlier life saw them begin, else now
   */
  begin(order: Order, fromBlock?: number): void {
    const { job, offer } = order
    if (!offer) return
    const { bridge, give } = this.#options
    const settlement = newSettlement(offer, order, bytesOf(bridge.relay))
    const known = this.#desks.at(hexOf(settlement.address))
    // The last life ended before the job knew of it.
    if (known?.settlement.isGivenUp) give(job, UNHIRED)
    if (known) return
    const desk = this.#open(order, settlement, fromBlock)
    if (order.cancelled) this.#step(desk, { kind: 'cancel' })
    for (const each of bridge.steps(desk.address)) this.#hold(desk, each)
    this.#hearHead(desk, bridge.head)
  }

  #watchGivenUp(payload: Uint8Array): void {
    const order = decodeRecord(Order, payload, OBJECT)
    if (!order.offer) return
    const relay = bytesOf(this.#options.bridge.relay)
    const desk = this.#open(order, newSettlement(order.offer, order, relay))
    this.#step(desk, { kind: 'giveUp' })
    this.#hearHead(desk, this.#options.bridge.head)
  }

  /** Whether a job has an order that is not given up. */
  has(job: JobId): boolean {
    return this.#desks.of(job).length > 0
  }

  #open(order: Order, settlement: Settlement, fromBlock?: number): Desk {
    const { bridge, key } = this.#options
    // A megabyte at most, of which nothing is needed here.
    const { data, ...kept } = order
    const desk: Desk = {
      ...{ job: order.job, settlement, address: hexOf(settlement.address) },
      ...{ order: kept, hash: orderHash(order) },
      isOurs: equalBytes(settlement.terms.buyer, addressOf(key.publicKey)),
      ...{ reading: new Set(), held: new Map(), waits: undefined, toldWaits: undefined },
      isUnread: false,
    }
    for (const oldest of this.#desks.add(desk)) this.#close(oldest)
    bridge.watch(desk.address, fromBlock)
    return desk
  }

  /** Takes the payload of a `deal` topic. */
  hearDeal(job: JobId, node: NodeId, payload: Uint8Array): void {
    if (payload.length === 0 || !this.has(job)) return
    const key = this.#options.keyOf(node)
    if (!key) return
    const deal = decodeRecord(Deal, payload)
    checkSender({ kind: 'deal', fleet: this.#options.fleet, job, node }, deal)
    // What is bound is signed for one contract, but the bound word itself says nothing of that.
    for (const desk of this.#desks.of(job))
      if (equalBytes(desk.hash, deal.order))
        this.#step(desk, { kind: 'deal', node, key: addressOf(key), deal })
  }

  /** Takes the payload of an `anchor` topic: what another relay, or an earlier life, bound. */
  hearAnchor(job: JobId, payload: Uint8Array): void {
    if (payload.length === 0 || !this.has(job)) return
    const list = decodeRecord(AnchorList, payload)
    if (list.job !== job)
      throw new HypernetError('BAD_MESSAGE', `a list of ${list.job} under ${job}`)
    const commitments = Array.from({ length: list.commitments.length / WORD }, (_, i) =>
      list.commitments.slice(i * WORD, (i + 1) * WORD),
    )
    const { index } = list
    for (const desk of this.#desks.of(job)) this.#step(desk, { kind: 'list', index, commitments })
  }

  /** The buyer ends a job. */
  cancel(job: JobId): void {
    for (const desk of this.#desks.of(job)) this.#step(desk, { kind: 'cancel' })
  }

  #hearHead(desk: Desk, { number, timestamp, finalized }: Bridge['head']): void {
    this.#step(desk, { kind: 'head', number, time: timestamp, final: finalized })
  }

  #hearChain(event: BridgeEvent): void {
    switch (event.kind) {
      case 'head':
        this.#forEach((desk) => this.#hearHead(desk, event.head))
        break
      case 'log': {
        const { name, args, address, blockNumber: block } = event.log
        const about = typeof args.job === 'string' ? args.job : address
        const desk = this.#desks.at(about)
        if (desk) this.#step(desk, { kind: 'log', log: { name, args }, block })
        break
      }
      case 'rewound':
        this.#forEach((desk) => this.#step(desk, { kind: 'rewound', to: event.to }))
        break
      case 'step': {
        const desk = this.#desks.at(event.job)
        if (desk) this.#hearStep(desk, event)
        break
      }
      case 'unread': {
        const desk = this.#desks.at(event.job)
        if (!desk) break
        desk.isUnread = true
        this.#wait(desk, event.reason)
        break
      }
      case 'removed':
      case 'link':
        break
    }
  }

  /** What fails in one order keeps the others from nothing. @throws HypernetError `STORE_FAILED` */
  #forEach(tell: (desk: Desk) => void): void {
    for (const desk of this.#desks.all)
      try {
        tell(desk)
      } catch (error) {
        if (error instanceof HypernetError && error.code === 'STORE_FAILED') throw error
        this.#options.log({
          level: 'error',
          kind: 'market',
          job: desk.job,
          message: traceOf(error),
        })
      }
  }

  #hearStep(desk: Desk, event: BridgeEvent & { kind: 'step' }): void {
    const { step, state, reason = 'the contract refuses it', block } = event
    this.#hold(desk, event)
    if (state === 'signed' || state === 'sent') this.#step(desk, { kind: 'sent', step })
    if (state === 'refused' && block !== undefined)
      this.#step(desk, { kind: 'refused', step, reason, block })
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
    if (!desk.settlement.isGivenUp) this.#options.give(desk.job, { kind: 'waits', reason })
    else if (reason !== undefined) this.#note(desk, 'warn', `${desk.address}: ${reason}`)
  }

  /** Nothing about it is sent or heard any more, in this life or a later one. */
  #close(desk: Desk): void {
    const { bridge, store } = this.#options
    this.#desks.remove(desk)
    if (desk.settlement.isGivenUp) store.write(true, () => store.removeGivenUp(desk.address))
    bridge.drop(desk.address)
    bridge.unwatch(desk.address)
  }

  /** An order that was taken back: what may have gone out is followed until the contract can be cancelled. */
  #withdraw(desk: Desk): void {
    const steps = this.#options.bridge.steps(desk.address)
    if (!steps.every(({ state }) => state === 'intent' || state === 'refused')) return
    this.#step(desk, { kind: 'giveUp' })
    this.#giveUp(desk, UNHIRED.reason)
  }

  /** Nothing of it is sent any more; it is watched, in later lives too, until nobody can open it. */
  #giveUp(desk: Desk, reason: string): void {
    const { bridge, store, give } = this.#options
    bridge.drop(desk.address)
    const payload = encodeRecord(Order, desk.order, OBJECT)
    store.write(true, () => store.saveGivenUp(desk.address, payload))
    const until = new Date(Number(desk.settlement.terms.joinBy) * 1000).toISOString()
    const message = `the order ${desk.address} is given up; should anybody open it before ${until}, its money is fetched back`
    this.#note(desk, 'info', message)
    give(desk.job, { kind: 'unhired', reason })
  }

  #note({ job }: Desk, level: 'info' | 'warn', message: string): void {
    this.#options.log({ level, kind: 'market', job, message })
  }

  /** The contract of an order has ended. */
  #ended(desk: Desk, market: MarketBlock): void {
    const { job, settlement, address } = desk
    const { give, retain, fleet } = this.#options
    this.#close(desk)
    if (settlement.isGivenUp) {
      const money = `${market.returned} ${market.currency}`
      this.#note(
        desk,
        'info',
        `the order ${address}, which was given up, has ended: ${money} are back`,
      )
      return
    }
    if (!this.has(job)) retain(topicName({ kind: 'anchor', fleet, job }), '')
    give(job, { kind: 'settled', market })
  }

  /** Nobody can open it any more. The operator's own orders are tried until the chain refuses them. */
  #unopened(desk: Desk): void {
    const { isOurs, isUnread, settlement, job } = desk
    if (isUnread || (isOurs && !settlement.isGivenUp)) return
    this.#close(desk)
    if (!isOurs) this.#options.give(job, { kind: 'unhired', reason: 'nobody opened the order' })
  }

  #step(desk: Desk, input: SettlementInput): void {
    const effects: SettlementEffect[] = []
    step(desk.settlement, input, effects)
    for (const effect of effects) if (this.#desks.at(desk.address) === desk) this.#act(desk, effect)
  }

  /** Reads what a key has in the vault; where that fails, it is asked for again with the next block. */
  #read(desk: Desk, key: string): void {
    const { job, reading } = desk
    if (reading.has(key)) return
    reading.add(key)
    const { recordOf, log } = this.#options
    recordOf(key as `0x${string}`) // as a settlement names keys
      .then((record) => {
        if (this.#desks.at(desk.address) === desk) this.#step(desk, { kind: 'record', key, record })
      })
      .catch((error: unknown) => {
        const message = `cannot read what ${key} has in the vault: ${textOf(error)}`
        log({ level: 'warn', kind: 'market', job, message })
      })
      .finally(() => reading.delete(key))
  }

  #act(desk: Desk, effect: SettlementEffect): void {
    const { job, settlement, address } = desk
    const { bridge, deployment, key, retain, fleet, give, nodesOf } = this.#options
    switch (effect.kind) {
      case 'call': {
        const { call } = effect
        // Only the buyer opens a job, hires, takes it back or stops it.
        if (!desk.isOurs && BUYERS.has(call.name)) break
        const buyer = { ...settlement.market, privateKey: key.privateKey }
        const isTaken = bridge.want({
          job: address,
          step: call.step,
          to: call.to === 'factory' ? deployment.factory : address,
          data: () => encodeCall(call, settlement.address, buyer),
          done: call.done,
        })
        if (!isTaken) this.#step(desk, { kind: 'unsent', step: call.step })
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
        if (nodes.size > 0) this.#step(desk, { kind: 'names', nodes })
        break
      }
      case 'offered':
        give(job, effect)
        break
      case 'hired':
        give(job, effect)
        break
      case 'ended':
        this.#ended(desk, effect.market)
        break
      case 'failed':
        this.#giveUp(desk, effect.reason)
        break
      case 'unopened':
        this.#unopened(desk)
        break
      case 'withdraw':
        this.#withdraw(desk)
        break
      case 'waits':
        this.#wait(desk, effect.reason)
        break
      case 'note':
        this.#note(desk, effect.level, effect.message)
        break
    }
  }
}

/** A step that is not on its way any more. */
const CLOSED: ReadonlySet<StoredStep['state']> = new Set(['final', 'done', 'refused'])
const BUYERS: ReadonlySet<string> = new Set(['create', 'fill', 'cancel', 'stop'])
/** What a job hears of an order that is not opened. */
const UNHIRED = { kind: 'unhired', reason: 'the order was taken back' } as const
