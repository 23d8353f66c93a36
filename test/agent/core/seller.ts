import { newAgent, step } from '../../../agent/core/agent.ts'
import type { Effect, Outbox } from '../../../agent/core/effect.ts'
import type { Input, Message } from '../../../agent/core/input.ts'
import type { SellerTerms, Settings } from '../../../agent/core/settings.ts'
import type { Snapshot } from '../../../agent/core/snapshot.ts'
import { deriveKey } from '../../../agent/io/keys.ts'
import { OBJECT } from '../../../agent/wire/cborCheck.ts'
import { encodeRecord } from '../../../agent/wire/codec.ts'
import { digest } from '../../../agent/wire/hash.ts'
import { fleetId, jobId, nodeId, sensorId } from '../../../agent/wire/ids.ts'
import { packTerms, type Terms } from '../../../agent/wire/market.ts'
import { Order, Roster } from '../../../agent/wire/messages.ts'
import { coseOf } from '../../../agent/wire/signature.ts'
import { signCompact } from '../../../agent/wire/typedData.ts'
import { sampleTerms } from '../../../docs/generator/marketSamples.ts'

/** A device that sells, alone with a job that is paid. */

export const ETHER = 10n ** 18n
export const key = deriveKey('deals', 'probe-1')
export const market: SellerTerms = {
  chainId: 31_337n,
  vault: new Uint8Array(20).fill(1),
  factory: new Uint8Array(20).fill(2),
  escrow: new Uint8Array(20).fill(3),
  minPrice: ETHER,
  maxCollateral: 2n * ETHER,
}
export const settings: Settings = {
  node: nodeId('probe-1'),
  fleet: fleetId('lab'),
  publicKey: key.publicKey,
  sensors: [{ id: 'level', unit: 'm' }],
  allowedSensors: 'all',
  market,
  gather: 10,
  progressEvery: 1000,
}
export const bare: Order = {
  version: 1,
  job: jobId('paid'),
  fleet: jobId('lab'),
  generation: 1,
  model: { type: 'sum', response: ['level'] },
  sensors: [{ id: sensorId('level'), unit: 'm' }],
  window: { late: 0 },
  method: 'flood',
  period: 500,
  timeout: 60_000,
}
export const spec = digest(encodeRecord(Order, bare, OBJECT))

export function paid(change: Partial<Terms> = {}, place: Partial<SellerTerms> = {}): Order {
  const terms = {
    ...sampleTerms,
    replicas: 1n,
    price: ETHER,
    collateral: ETHER,
    checkpoints: 1n,
    spec,
    ...change,
  }
  const { chainId, vault, factory, escrow } = { ...market, ...place }
  const offer = { chainId: Number(chainId), vault, factory, escrow, terms: packTerms(terms) }
  return { ...bare, offer }
}

/** An agent for which all is signed at once, as by a driver; signatures that only other devices check are zeros. */
export function seller(device: Settings = settings, kept?: Snapshot) {
  const agent = newAgent(device, 1, kept)
  const told: Effect[] = []
  const inputs: Input[] = []
  let isStepping = false
  const give = (input: Input) => {
    inputs.push(input)
    if (isStepping) return
    isStepping = true
    for (let next = inputs.shift(); next; next = inputs.shift()) {
      const out: Outbox = []
      step(agent, next, out)
      told.push(...out)
      for (const effect of out) {
        if (effect.kind === 'sign') {
          const { request, payload } = effect
          const signed = coseOf(payload, new Uint8Array(64))
          inputs.push({ kind: 'signed', now: next.now, request, signed })
        } else if (effect.kind === 'signDigest') {
          const { request } = effect
          const signature = signCompact(effect.digest, key.privateKey)
          inputs.push({ kind: 'signedDigest', now: next.now, request, signature })
        }
      }
    }
    isStepping = false
  }
  const deals = () => told.flatMap((effect) => (effect.kind === 'deal' ? [effect.deal] : []))
  return { agent, give, told, deals }
}

/** A roster of this device alone. */
export function rosterOf(
  order: Order,
  hash: Uint8Array,
  generation = 1,
  started?: number,
): Message {
  const members = [{ id: settings.node, key: key.publicKey, incarnation: 1 }]
  const label = { version: 1, job: order.job, order: hash, generation, firstEpoch: 0 } as const
  const began = started === undefined ? {} : { started }
  const roster: Roster = { ...label, members, degree: 0, seed: 1, ...began }
  const bytes = encodeRecord(Roster, roster, OBJECT)
  return { kind: 'roster', roster, hash: digest(bytes), bytes }
}

type Seller = ReturnType<typeof seller>

/** The newest state that it wants to have written. */
export const keptBy = ({ told }: Seller): Snapshot | undefined =>
  told.flatMap((effect) => (effect.kind === 'persist' ? [effect.snapshot] : [])).at(-1)

/** It is given a job, and a second later a roster. */
export function hire({ give }: Seller, order: Order): void {
  const bytes = encodeRecord(Order, order, OBJECT)
  const hash = digest(bytes)
  give({ kind: 'message', now: 0, message: { kind: 'order', order, hash, bytes } })
  give({ kind: 'message', now: 1000, message: rosterOf(order, hash) })
}

/** It reads a value and goes on until its answer is final: alone, as soon as its own share is signed. */
export function work({ give, told }: Seller, value: number): void {
  const sensors = [sensorId('level')]
  const observation = { at: 1000, sensors, units: ['m'], rows: [[value]] }
  const from = told.length
  give({ kind: 'observed', now: 1000, observation })
  const isFinal = () =>
    told.slice(from).some((each) => each.kind === 'sign' && each.purpose === 'seal')
  for (let now = 1500; now < 20_000 && !isFinal(); now += 500)
    give({ kind: 'timer', now, name: 'flush/paid/0' })
}

/** A seller alone in its job, which has found something a second after its start. */
export function found(unix?: number) {
  const one = seller()
  const { give, deals } = one
  if (unix !== undefined) give({ kind: 'start', now: 0, unix })
  hire(one, paid())
  work(one, 4)
  const over = 1000 + Number(sampleTerms.period) * 1000
  return { ...one, bound: deals().at(-1)?.findings[0], over }
}
