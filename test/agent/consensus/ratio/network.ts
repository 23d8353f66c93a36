import { type Adjacency, reversed } from '../../../../agent/consensus/overlay.ts'
import {
  type Account,
  advance,
  bury,
  certifiedSum,
  newAccount,
  putIn,
} from '../../../../agent/consensus/ratio/account.ts'
import { balanceOf } from '../../../../agent/consensus/ratio/ledger.ts'
import { bodyOf, hearBody } from '../../../../agent/consensus/ratio/message.ts'
import { type ExactVector, equalVectors, sumVectors } from '../../../../agent/math/exactVector.ts'
import { type RandomStream, randomStream } from '../../../../agent/math/random.ts'
import { integerAt } from '../../../../agent/math/wrapping.ts'
import { type Bitset, fullSet, has, setOf, union } from '../../../../agent/wire/bitset.ts'
import { equalBytes } from '../../../../agent/wire/hash.ts'
import type { RatioBody } from '../../../../agent/wire/ratioMessages.ts'

/** Accounts in synchronous rounds over a network that loses, delays, repeats and reorders. */
export interface Network {
  readonly hears: Adjacency
  readonly components: number
  readonly values: ExactVector[]
  readonly accounts: Account[]
  readonly lives: number[]
  readonly crashed: Set<number>
  readonly random: RandomStream
  readonly faults: Faults
  round: number
  waiting: Message[]
  /** Tombstones on their way: who learns when of whom. */
  burials: { round: number; at: number; set: Bitset }[]
  readonly seqs: number[]
  bytes: number
}
export interface Faults {
  readonly loss?: number
  /** Whole rounds of delay, uniform from 0 up to this. */
  readonly delay?: number
  readonly duplicate?: number
}
interface Message {
  readonly round: number
  readonly to: number
  readonly from: number
  readonly seq: number
  readonly body: RatioBody
}

export const BAD: Faults = { loss: 0.3, delay: 3, duplicate: 0.05 }

export function newNetwork(
  hears: Adjacency,
  values: readonly ExactVector[],
  seed: number,
  faults: Faults = {},
): Network {
  const components = values[0]?.mantissas.length ?? 0
  const network: Network = {
    hears,
    components,
    values: [...values],
    accounts: [],
    lives: values.map(() => 0),
    crashed: new Set(),
    random: randomStream(seed),
    faults,
    round: 0,
    waiting: [],
    burials: [],
    seqs: values.map(() => 0),
    bytes: 0,
  }
  values.forEach((_, i) => {
    start(network, i)
  })
  return network
}

function start(network: Network, i: number): void {
  const { hears, values, components, lives } = network
  const graph = {
    size: hears.length,
    self: i,
    everyone: fullSet(hears.length),
    hears: hears[i] ?? [],
    heardBy: reversed(hears)[i] ?? [],
  }
  const account = newAccount(graph, components, lives[i])
  network.accounts[i] = account
  const value = values[i]
  if (value) putIn(account, value)
}

/** Lets every living device publish once, and delivers what is due. */
export function runRound(network: Network): void {
  const { accounts, hears, random, faults, seqs } = network
  const { loss = 0, delay = 0, duplicate = 0 } = faults
  network.round++
  const heardBy = reversed(hears)
  accounts.forEach((account, from) => {
    if (network.crashed.has(from)) return
    advance(account)
    const body = bodyOf(account)
    const seq = (seqs[from] ?? 0) + 1
    seqs[from] = seq
    for (const to of heardBy[from] ?? []) {
      for (const copy of [true, random.fraction() < duplicate]) {
        if (!copy || random.fraction() < loss) continue
        const round = network.round + random.below(delay + 1)
        network.waiting.push({ round, to, from, seq, body })
      }
    }
  })
  deliver(network)
}

function deliver(network: Network): void {
  const { random, accounts, crashed } = network
  const due = network.waiting.filter(({ round }) => round <= network.round)
  network.waiting = network.waiting.filter(({ round }) => round > network.round)
  for (let k = due.length - 1; k > 0; k--) {
    const other = random.below(k + 1)
    const [a, b] = [due[k], due[other]]
    if (a && b) [due[k], due[other]] = [b, a]
  }
  for (const { to, from, seq, body } of due) {
    const account = accounts[to]
    if (account && !crashed.has(to) && !has(account.gone, from)) hearBody(account, from, seq, body)
  }
  for (const { round, at, set } of network.burials) {
    const account = accounts[at]
    if (round === network.round && account && !crashed.has(at))
      bury(account, union(account.gone, set))
  }
}

/** Stops devices for good; the others learn of it at different times within `patience` rounds. */
export function crash(network: Network, devices: readonly number[], patience: number): void {
  const set = setOf(network.hears.length, devices)
  for (const i of devices) network.crashed.add(i)
  network.hears.forEach((_, at) => {
    const round = network.round + 1 + network.random.below(patience)
    network.burials.push({ round, at, set })
  })
}

/** A device loses its books and begins anew with the same value. */
export function restart(network: Network, i: number): void {
  network.lives[i] = (network.lives[i] ?? 0) + 1
  network.seqs[i] = 0
  start(network, i)
  // It has to learn again who is gone.
  const set = setOf(network.hears.length, network.crashed)
  network.burials.push({ round: network.round + 1 + network.random.below(9), at: i, set })
}

export function living(network: Network): number[] {
  return network.hears.map((_, i) => i).filter((i) => !network.crashed.has(i))
}

export const truth = (network: Network): ExactVector =>
  sumVectors(
    living(network).flatMap((i) => network.values[i] ?? []),
    network.components,
  )

/** Runs until every living device has a certified sum. @returns the round, or `undefined` */
export function runToCertificate(network: Network, most: number): number | undefined {
  while (network.round < most) {
    runRound(network)
    if (living(network).every((i) => certifiedSum(accountOf(network, i)))) return network.round
  }
  return undefined
}

export function accountOf(network: Network, i: number): Account {
  const account = network.accounts[i]
  if (!account) throw new Error(`no device ${i}`)
  return account
}

/** Whether all living devices know of all that happened: then the sum of all mass is that put in. */
export function isAgreed(network: Network): boolean {
  const accounts = living(network).map((i) => accountOf(network, i))
  const first = accounts[0]?.books?.hull.label
  const crashed = setOf(network.hears.length, network.crashed)
  return accounts.every(({ books, gone }) => {
    const label = books?.hull.label
    return label && first && equalBytes(label, first) && equalBytes(gone, crashed)
  })
}

/**
 * Mass that all living devices hold and that is on its way between them, less what they put in: 0 in each
 * component. Reckoned from the outside, in whole numbers without bounds.
 */
export function imbalance(network: Network): bigint[] {
  const alive = living(network)
  const { limbs } = accountOf(network, alive[0] ?? 0).books?.scale ?? { limbs: 1 }
  const total = new Array<bigint>(network.components + 1).fill(0n)
  const count = (vector: Uint32Array | undefined, sign: bigint): void => {
    if (!vector) return
    total.forEach((sum, k) => {
      total[k] = sum + sign * integerAt(vector, k, limbs)
    })
  }
  for (const i of alive) {
    const ledger = accountOf(network, i).books?.ledger
    count(ledger?.held, 1n)
    count(ledger?.start, -1n)
    for (const j of network.hears[i] ?? []) {
      if (network.crashed.has(j)) continue
      const sender = accountOf(network, j).books?.ledger
      const inflow = ledger?.incoming.get(j)
      const opening = sender?.outgoing.get(i)
      count(sender?.sent, 1n)
      // A link that its receiver has not opened yet has brought nothing since its sender opened it.
      count(inflow?.opening ? inflow.received : opening, -1n)
    }
  }
  return total.map((sum) => BigInt.asIntN(32 * limbs, sum))
}

/** Whether every living device's books balance. */
export const isBalanced = (network: Network): boolean =>
  living(network).every((i) => {
    const ledger = accountOf(network, i).books?.ledger
    return !ledger || balanceOf(ledger).every((limb, k) => limb === ledger.held[k])
  })

/**
 * How many living devices hold a certified sum that is not that of all whom they do not take to be gone.
 * Values that changed are known to all only when all agree.
 */
export function falseSums(network: Network): number {
  const { values, components } = network
  const haveChanged = network.accounts.some(({ lives, graph }) => lives.get(graph.self)?.version)
  if (haveChanged && !isAgreed(network)) return 0
  return living(network).filter((i) => {
    const account = accountOf(network, i)
    const sum = certifiedSum(account)
    const summed = values.filter((_, j) => !has(account.gone, j))
    return sum && !equalVectors(sum, sumVectors(summed, components))
  }).length
}
