import { encodeFunctionData, type Hex, parseEventLogs, type TransactionReceipt } from 'viem'
import { encodeRecord } from '../../../../agent/wire/codec.ts'
import { bytesOf, hexOf } from '../../../../agent/wire/hash.ts'
import { jobId, nodeId } from '../../../../agent/wire/ids.ts'
import {
  amountBytes,
  chainOfWords,
  escrowAt,
  findingOf,
  jobAddress,
  NO_SHARE,
  packTerms,
  type Terms,
} from '../../../../agent/wire/market.ts'
import {
  type Deal,
  Deal as DealRecord,
  type Finding,
} from '../../../../agent/wire/marketMessages.ts'
import { addressOf } from '../../../../agent/wire/signature.ts'
import { commitmentOf } from '../../../../agent/wire/typedData.ts'
import { type Asked, wantsText } from '../../../../agent/wire/wants.ts'
import { hyperVault } from '../../../../controller/abi/hyperVault.ts'
import { jobEscrow } from '../../../../controller/abi/jobEscrow.ts'
import { jobFactory } from '../../../../controller/abi/jobFactory.ts'
import type {
  MarketBlock,
  SettlementEffect,
  SettlementInput,
} from '../../../../controller/core/settlement/seam.ts'
import { step } from '../../../../controller/core/settlement/settlement.ts'
import { newSettlement, type Settlement } from '../../../../controller/core/settlement/state.ts'
import { encodeCall, longForm } from '../../../../controller/io/chain/calls.ts'
import { readRecord } from '../../../../controller/io/chain/holdings.ts'
import { refusalOf, refusalText } from '../../../../controller/io/chain/refusal.ts'
import { type Actor, actor, callJob, pairOf, type Stage, signMarket } from '../../../chain/stage.ts'

/** A paid job on a real chain, with devices whose words are ours. */
export const ETHER = 10n ** 18n
const PERIOD = 600
const WINDOW = 120
const EVENTS = [...hyperVault.abi, ...jobEscrow.abi, ...jobFactory.abi].filter(
  ({ type }) => type === 'event',
)

export interface Scene {
  readonly stage: Stage
  readonly terms: Terms
  readonly address: Uint8Array
  readonly buyer: Actor
  readonly settlement: Settlement
  /** Everything that was wanted, in order. */
  readonly effects: SettlementEffect[]
  /** Of the newest, what became of the money. */
  ended(): MarketBlock | undefined
  hired(): readonly string[] | undefined
  hear(deal: Deal, key: Actor): Promise<void>
  /** A seller binds what it found by itself, without a relay. */
  bind(who: Actor, place: number, finding: Finding): Promise<void>
  /** The relay of the terms anchors a list, of which it tells or not. */
  anchor(words: readonly Uint8Array[], isTold: boolean): Promise<void>
  /** Time passes to this second of the chain. */
  at(time: number): Promise<void>
  commitBy(): number
  /** The buyer raises the price, and the settlement hears of it. */
  raise(price: bigint): Promise<void>
  /** Another relay that was never there: it has the chain, and what is retained. */
  successor(): Promise<Scene>
  /** Hears what the chain told since, of what other relays sent. */
  catchUp(): Promise<void>
}

let nonce = 0n

export async function openScene(
  stage: Stage,
  buyer: Actor,
  change: Partial<Terms>,
  asked: Asked = {},
): Promise<Scene> {
  const { at } = stage
  const terms: Terms = {
    buyer: bytesOf(buyer.address),
    price: 4n * ETHER,
    feeBps: 50n,
    relay: bytesOf(stage.relay.address),
    collateral: 2n * ETHER,
    replicas: 1n,
    spec: new Uint8Array(32).fill(7),
    relayFee: 0n,
    period: BigInt(PERIOD),
    window: BigInt(WINDOW),
    joinBy: BigInt((await stage.now()) + 3600),
    sellers: 3n,
    checkpoints: 1n,
    payEvery: 1n,
    nonce: ++nonce,
    ...change,
  }
  const offer = {
    chainId: at.chainId,
    vault: bytesOf(at.vault),
    factory: bytesOf(at.factory),
    escrow: bytesOf(at.escrow),
    terms: packTerms(terms),
  }
  const address = jobAddress(terms, offer.factory, offer.escrow, wantsText(asked))
  const logs: SettlementInput[] = []
  const deals = new Map<string, SettlementInput>()
  const lists: SettlementInput[] = []
  const records: SettlementInput[] = []

  const play = (settlement: Settlement): Scene => {
    const effects: SettlementEffect[] = []
    const called = new Set<string>()
    let heard = 0
    const scene: Scene = {
      stage,
      terms,
      address,
      buyer,
      settlement,
      effects,
      ended: () => effects.flatMap((each) => (each.kind === 'ended' ? [each.market] : [])).at(-1),
      hired: () =>
        effects
          .flatMap((each) => (each.kind === 'hired' ? [each.sellers.map(({ node }) => node)] : []))
          .at(-1),
      async bind(who, place, { index, commitment }) {
        const message = { job: address, index: BigInt(index), commitment }
        const signature = pairOf(signMarket(stage, who, 'Commit', message))
        const sellers = settlement.chain.sellers as Hex[] // addresses
        const places = 1n << BigInt(place)
        const own = { places, commitments: [hexOf(commitment)], signatures: [signature] }
        const args = [BigInt(index), own, sellers] as const
        const data = encodeFunctionData({ abi: jobEscrow.abi, functionName: 'commit', args })
        await hearOf(await stage.send(hexOf(address), data))
      },
      async anchor(commitments, isTold) {
        const { index } = settlement.chain
        if (isTold) await give({ kind: 'list', index, commitments })
        const args = [BigInt(index), chainOfWords(commitments)]
        await hearOf(await callJob(stage, hexOf(address), 'anchor', args))
      },
      async hear(deal, key) {
        const input: SettlementInput = {
          kind: 'deal',
          node: nodeId(deal.from),
          key: addressOf(key.publicKey),
          deal,
        }
        deals.set(deal.from, input)
        await give(input)
      },
      async at(time) {
        await stage.warp(time)
        await stage.mine()
        const number = await stage.height()
        await give({ kind: 'head', number, time, final: number })
      },
      commitBy: () => settlement.chain.commitBy,
      async raise(price) {
        const fund = { job: address, amount: escrowAt(terms, price) }
        const signature = longForm(signMarket(stage, buyer, 'Fund', fund))
        await hearOf(await callJob(stage, hexOf(address), 'raise', [price, signature]))
      },
      async successor() {
        const next = play(newSettlement(offer, asked, terms.relay))
        const told = [...lists, ...deals.values(), ...records, ...logs]
        for (const input of told) step(next.settlement, input, [])
        return next
      },
      async catchUp() {
        for (const told of logs.slice(heard)) await give(told)
        heard = logs.length
      },
    }
    /** Gives an input, and does what is wanted until nothing more is. */
    async function give(input: SettlementInput): Promise<void> {
      const out: SettlementEffect[] = []
      step(settlement, input, out)
      for (const effect of out) {
        effects.push(effect)
        if (effect.kind === 'list')
          lists.push({ kind: 'list', index: effect.index, commitments: effect.commitments })
        if (effect.kind === 'record') {
          const key = effect.key as Hex // as a settlement names keys
          const record = await readRecord(stage.client, at, key)
          records.push({ kind: 'record', key, record })
          await give({ kind: 'record', key, record })
        }
        if (effect.kind !== 'call' || called.has(effect.call.step)) continue
        called.add(effect.call.step)
        await callNow(effect.call)
      }
    }
    async function hearOf({ logs: raw }: TransactionReceipt): Promise<void> {
      const job = hexOf(address)
      for (const log of parseEventLogs({ abi: EVENTS, logs: raw })) {
        const args = log.args as Record<string, unknown>
        const about = String(args.job ?? log.address).toLowerCase()
        if (about !== job) continue
        const block = Number(log.blockNumber)
        const told: SettlementInput = { kind: 'log', log: { name: log.eventName, args }, block }
        logs.push(told)
        heard = logs.length
        await give(told)
      }
      const number = await stage.height()
      await give({ kind: 'head', number, time: await stage.now(), final: number })
    }
    async function callNow(call: Extract<SettlementEffect, { kind: 'call' }>['call']) {
      const vault = { chainId: BigInt(at.chainId), vault: bytesOf(at.vault) }
      const data = encodeCall(call, address, { ...vault, privateKey: buyer.privateKey })
      try {
        const to = call.to === 'factory' ? at.factory : hexOf(address)
        await hearOf(await stage.send(to, data))
      } catch (error) {
        const refusal = refusalOf(error)
        if (!refusal) throw error
        if (call.done.includes(refusal.name)) return
        const reason = refusalText(refusal)
        await give({ kind: 'refused', step: call.step, reason, block: await stage.height() })
      }
    }
    return scene
  }
  const scene = play(newSettlement(offer, asked, terms.relay))
  await scene.at((await stage.now()) + 1)
  return scene
}

/** A device of the scene: what it says is built here, and may be changed by a test. */
export function device(name: string): Actor & { readonly node: string } {
  return { ...actor(name), node: name }
}

export type Device = ReturnType<typeof device>

/** A device's bid. */
export function bidOf({ stage, terms, address }: Scene, who: Device, minPrice = ETHER): Deal {
  const message = { job: address, minPrice, collateral: terms.collateral, deadline: terms.joinBy }
  const signature = signMarket(stage, who, 'Join', message)
  return dealOf(who, {
    bid: { minPrice: amountBytes(minPrice), deadline: Number(terms.joinBy), signature },
    findings: [],
  })
}

/** What a device found at a checkpoint: bound only, or shown. `sum` and `contributors` say what. */
export function findingBy(
  { stage, address }: Scene,
  who: Device,
  index: number,
  {
    sum = 1,
    contributors = 7,
    group = 0,
    share = NO_SHARE,
  }: { sum?: number; contributors?: number; group?: number; share?: Uint8Array } = {},
): { bound: Finding; shown: Finding } {
  const found = findingOf(
    new Uint8Array(32).fill(9),
    index,
    Uint8Array.of(contributors),
    new Uint8Array(32).fill(4),
    Uint8Array.of(sum),
  )
  const work = { group: BigInt(group), share }
  const checkpoint = { job: address, index: BigInt(index), ...work, ...found }
  const signature = signMarket(stage, who, 'Checkpoint', checkpoint)
  const commitment = commitmentOf(signature)
  const commit = signMarket(stage, who, 'Commit', {
    job: address,
    index: BigInt(index),
    commitment,
  })
  const bound = { index, commitment, commit }
  return { bound, shown: { ...bound, group, share, ...found, signature } }
}

export function dealOf(who: Device, said: Pick<Deal, 'bid' | 'findings'>): Deal {
  const deal: Deal = {
    version: 1,
    job: jobId('job'),
    from: nodeId(who.node),
    order: new Uint8Array(32),
    ...said,
  }
  encodeRecord(DealRecord, deal) // it is one that could be sent
  return deal
}
