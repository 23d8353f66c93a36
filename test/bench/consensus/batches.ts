import { canonicalBytes } from '../../../agent/math/exactVector.ts'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { bytesToHex, digest } from '../../../agent/wire/hash.ts'
import type { Scenario } from '../../../controller/sim/scenario.ts'
import { type SimulationOutcome, simulate } from '../../../controller/sim/simulator.ts'
import type { MethodName } from '../../methods.ts'
import { median, round } from '../figures.ts'
import { NETWORKS, type Network, type Place } from './cells.ts'
import { ended } from './measure.ts'
import { drawn, fit, oneHot, type SceneOf, sceneOf } from './scene.ts'

/** One goal that is about many runs. */
export interface BatchLine {
  readonly bench: 'consensus'
  readonly batch: string
  readonly method: string
  readonly runs: number
  /** Runs in which a device ended with a wrong or second answer, and in which a living one had none. */
  readonly false: number
  readonly stuck: number
  readonly met: boolean
  /** Median of the rounds until all know over those until all hold the answer, and its most. */
  readonly stopOverExact?: number
  readonly goal?: number
  /** Runs that took longer than the goal of their size. */
  readonly late?: number
  /** SHA-256 over the sums of all runs. */
  readonly hash?: string
}

/** Counts runs by how they ended. */
class Tally {
  runs = 0
  false = 0
  stuck = 0

  /** @returns the outcome of a run in which every living device is final */
  run(scenario: Scenario): SimulationOutcome | undefined {
    this.runs++
    try {
      const outcome = simulate(scenario)
      if (Number.isFinite(ended(scenario, outcome).rounds)) return outcome
      this.stuck++
      complain(scenario, 'devices without an answer')
    } catch (error) {
      if (!(error instanceof HypernetError) || error.code !== 'INVARIANT') throw error
      this.false++
      complain(scenario, error.message)
    }
    return undefined
  }

  get isClean(): boolean {
    return this.false === 0 && this.stuck === 0
  }
}

const complain = ({ order, seed, devices }: Scenario, what: string): void =>
  void process.stderr.write(
    `  ${order.method}, ${devices.length} devices, seed ${seed}: ${what.slice(0, 300)}\n`,
  )

const regular = { kind: 'regular', degree: 8 } as const
const SIZES = [16, 32, 64] as const

/** A graph that the method may stand on: the tree assigns its own. */
const placeFor = (method: MethodName, size: number): Place =>
  method === 'tree' ? { name: 'assigned', size } : { name: 'regular', size, kind: regular }

const [ideal, loss30, bad] = NETWORKS as readonly [Network, Network, Network] // as they stand in cells.ts

/** Goal 11: nobody stops with a wrong answer; `ratio` stops soon after it could. A quarter of the inputs is one-hot. */
export function falseStops(method: MethodName, runs: number): BatchLine {
  const tally = new Tally()
  const ratios: number[] = []
  for (let seed = 1; seed <= runs; seed++) {
    const place = placeFor(method, SIZES[seed % SIZES.length] ?? 16)
    const network = seed % 2 === 0 ? loss30 : bad
    const outcome = tally.run(
      sceneOf({ place, network, method, subject: seed % 4 === 0 ? oneHot : drawn, seed }),
    )
    if (outcome) ratios.push(outcome.rounds / outcome.roundsToExact)
  }
  const stopOverExact = round(median(ratios), 2)
  const goal = method === 'ratio' ? 1.3 : undefined
  const met = tally.isClean && stopOverExact <= (goal ?? Infinity)
  return { ...head('false-stops', method, tally, met), stopOverExact, ...(goal && { goal }) }
}

/** Goal 12: with a tenth of the devices gone, every survivor has one equal set and its exact sum. */
export function crashes(method: MethodName, runs: number): BatchLine {
  const tally = new Tally()
  for (let seed = 1; seed <= runs; seed++) {
    const place = placeFor(method, SIZES[seed % SIZES.length] ?? 16)
    const network = { ...(seed % 2 === 0 ? ideal : bad), crash: 0.1 }
    const crashRound = 1 + (seed % 24)
    const outcome = tally.run(sceneOf({ place, network, method, subject: drawn, seed, crashRound }))
    const answers = outcome?.devices.flatMap(({ isUp, answer }) => (isUp ? [answer?.key] : []))
    if (answers && new Set(answers).size > 1) tally.false++
  }
  return head('crash10', method, tally, tally.isClean)
}

/** Goal 13: the same bits whatever the method, network and seed of the network: one hash over all inputs. */
export function oneHash(methods: readonly MethodName[], seeds: number): BatchLine {
  const tally = new Tally()
  const sums: string[] = []
  for (let seed = 1; seed <= seeds; seed++) {
    const place = { name: 'assigned', size: 1 + (seed % 40) }
    const found = new Set<string>()
    for (const method of methods)
      for (const network of NETWORKS)
        for (const hash of sumsOf(tally, { place, network, method, subject: fit(31), seed }))
          found.add(hash)
    if (found.size > 1) tally.false++
    sums.push(...found)
  }
  const hash = bytesToHex(digest(new TextEncoder().encode(sums.join())))
  return { ...head('one-hash', methods.join('+'), tally, tally.isClean), hash }
}

/** What the devices of a run hold, each sum once. */
function sumsOf(tally: Tally, of: SceneOf): Set<string> {
  const outcome = tally.run(sceneOf(of))
  return new Set(
    outcome?.devices.flatMap(({ answer }) =>
      answer ? [bytesToHex(digest(answer.contributors, canonicalBytes(answer.sum)))] : [],
    ),
  )
}

/** Children of an inner node of the assigned tree (consensus: tree). */
const ARITY = 8

/** Goal 7: the assigned tree of any size is exact in depth + 1 rounds, and ends on the bad network. */
export function everySize(most: number, step: number): BatchLine {
  const tally = new Tally()
  let late = 0
  for (let size = 1; size <= most; size += step) {
    const place = { name: 'assigned', size }
    const of = { place, method: 'tree', subject: drawn, seed: size } as const
    const outcome = tally.run(sceneOf({ ...of, network: ideal }))
    if (outcome && outcome.roundsToExact > depthOf(size) + 1) late++
    tally.run(sceneOf({ ...of, network: bad }))
  }
  return { ...head('every-size', 'tree', tally, tally.isClean && late === 0), late }
}

/** Links from the last position of the tree up to the first. */
function depthOf(size: number): number {
  let depth = 0
  for (let at = size - 1; at > 0; at = Math.floor((at - 1) / ARITY)) depth++
  return depth
}

const head = (batch: string, method: string, tally: Tally, met: boolean) => ({
  bench: 'consensus' as const,
  batch,
  method,
  runs: tally.runs,
  false: tally.false,
  stuck: tally.stuck,
  met,
})
