import type { Clock } from '../chain/contracts.ts'
import type { Call } from '../rules/calls.ts'
import type { Address, Signature } from '../rules/speech.ts'
import type { Job, Market, Setting, Terms } from '../rules/state.ts'
import type { Dice } from './dice.ts'
import { RELAY, SELLERS, STRANGER } from './world.ts'

/** What a script knows when it decides on its next step. */
export interface Scene {
  readonly dice: Dice
  readonly market: Market
  readonly clock: Clock
  /** Where the job of these terms and resources will stand. */
  jobAt(terms: Terms, resources: string): Address
  /** What each place of a job would sign for a checkpoint; undefined: its device is away. */
  votesOf(job: Job, index: number): readonly (Signature | undefined)[]
}

/** A call, and around it when and by whom; without a time: soon, without a sender: somebody. */
export interface Move {
  readonly call: Call
  readonly time?: number
  readonly sender?: Address
}

export type Step = { readonly call: Call; readonly at: Setting } | { readonly mine: number }

/** Somebody who has no part in it. */
export const somebody = ({ dice }: Scene): Address =>
  dice.weighted([
    [5, RELAY],
    [4, STRANGER],
    [1, dice.pick(SELLERS)],
  ])

/** A time from one to another, most often right at one of them. */
export function timeWithin({ dice }: Scene, least: number, most: number): number {
  if (dice.chance(0.3)) return least
  return dice.chance(0.3) ? most : dice.between(least, most)
}

/** Makes a call to a job, most often as it should be; in a phase that is not its own it is refused. */
export type JobMove = (scene: Scene, job: Job) => Move

/** Part of the calls whose signatures, lists or verdicts are wrong in some way. */
export const WRONG = 0.13

export const soon = ({ clock }: Scene): number => clock.time + 1
