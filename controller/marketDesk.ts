import type { DeviceKey } from '../agent/io/keys.ts'
import { type Log, textOf } from '../agent/io/log.ts'
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
import type { OpenMarket } from './openMarket.ts'

export interface MarketDeskOptions {
  readonly fleet: FleetId
  /** The operator's key, which is the buyer's. */
  readonly key: DeviceKey
  readonly deployment: Deployment
  readonly bridge: Bridge
  /** Fee of jobs that are opened now, in hundredths of a percent. @throws HypernetError `CHAIN_LOST` */
  feeBps(): Promise<number>
  readonly recordOf: OpenMarket['recordOf']
  readonly retain: (topic: string, payload: string | Uint8Array) => void
  /** The key that a device's name is pinned to, 33 bytes. */
  readonly keyOf: (node: NodeId) => Uint8Array | undefined
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
    return { buyer: addressOf(key.publicKey), feeBps: fee, time: bridge.head.timestamp }
  }

  /**
   * Takes up a paid job: a new one, or after a restart one whose contract may have begun.
   * @param fromBlock where its events begin; absent: where an earlier life saw them begin, else now
   */
  begin(order: Order, fromBlock?: number): void {
    const { job, offer } = order
    if (!offer || this.#desks.has(job)) return
    const settlement = newSettlement(offer, order, bytesOf(this.#options.bridge.relay))
    const address = hexOf(settlement.address)
    this.#desks.set(job, { job, settlement, address, reading: new Set() })
    this.#options.bridge.watch(address, fromBlock)
    this.#hearHead(job, this.#options.bridge.head)
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

  #hearHead(job: JobId, { number, timestamp }: Bridge['head']): void {
    this.#step(job, { kind: 'head', number: Number(number), time: timestamp })
  }

  #hearChain(event: BridgeEvent): void {
    switch (event.kind) {
      case 'head':
        for (const job of this.#desks.keys()) this.#hearHead(job, event.head)
        break
      case 'log': {
        const { name, args, address } = event.log
        const about = typeof args.job === 'string' ? args.job : address
        const desk = this.#deskAt(about)
        if (desk) this.#step(desk.job, { kind: 'log', log: { name, args } })
        break
      }
      case 'rewound':
        for (const job of this.#desks.keys()) this.#step(job, { kind: 'rewound' })
        break
      case 'step': {
        if (event.state !== 'refused') break
        const { step, reason = 'the contract refuses it' } = event
        const desk = this.#deskAt(event.job)
        if (desk) this.#step(desk.job, { kind: 'refused', step, reason })
        break
      }
      case 'unread':
      case 'removed':
      case 'link':
        break
    }
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
    for (const effect of effects) this.#act(desk, effect)
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
    const { bridge, deployment, key, retain, fleet, give, log } = this.#options
    switch (effect.kind) {
      case 'call': {
        const { call } = effect
        // Only the buyer opens a job, hires, takes it back or stops it.
        const isBuyers = equalBytes(settlement.terms.buyer, addressOf(key.publicKey))
        if (!isBuyers && BUYERS.has(call.name)) break
        const buyer = { ...settlement.market, privateKey: key.privateKey }
        bridge.want({
          job: address,
          step: call.step,
          to: call.to === 'factory' ? deployment.factory : address,
          data: () => encodeCall(call, settlement.address, buyer),
          done: call.done,
        })
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
      case 'offered':
        give(job, effect)
        break
      case 'hired':
        give(job, { kind: 'hired', sellers: effect.sellers })
        break
      case 'ended':
        give(job, { kind: 'settled', market: effect.market })
        retain(topicName({ kind: 'anchor', fleet, job }), '')
        this.#desks.delete(job)
        break
      case 'failed':
        give(job, { kind: 'unhired', reason: effect.reason })
        this.#desks.delete(job)
        break
      case 'note':
        log({ level: effect.level, kind: 'market', job, message: effect.message })
        break
    }
  }
}

const BUYERS: ReadonlySet<string> = new Set(['create', 'fill', 'cancel', 'stop'])
