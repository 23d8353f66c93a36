import { MOST_MISSED } from './checkpoints.ts'
import { type Ending, pay, reward } from './escrow.ts'
import { demand } from './failure.ts'
import { demandPhase, demandSellers } from './joining.ts'
import { type Address, textOf } from './speech.ts'
import type { Job, Market, Setting, Verdict } from './state.ts'

/** How sellers get their money. */

export interface Told {
  readonly sellers: readonly Address[]
  readonly history: readonly Verdict[]
  /** The list ends in the middle of a verdict. */
  readonly torn?: boolean
}

function demandHistory({ history }: Job, told: Told): void {
  demand(!told.torn, 'Panic')
  const sorted = (list: readonly Verdict[]) =>
    textOf(list.map(({ ok, bad }) => [ok.toSorted(ascending), bad.toSorted(ascending)]))
  demand(sorted(told.history) === sorted(history), 'JobEscrowWrongHistory')
}
const ascending = (a: number, b: number): number => a - b

/** Pays what has closed since the last time, while the job goes on. */
export function payout(market: Market, job: Job, told: Told): void {
  demandPhase(job, 'Running')
  demand(job.index - job.unpaid >= job.terms.payEvery, 'JobEscrowTooEarly')
  demandSellers(job, told.sellers)
  demandHistory(job, told)
  job.unpaid = job.index
  pay(market, job, 'None')
}

/** Pays the rest and lets everybody go. */
export function settle(market: Market, at: Setting, job: Job, told: Told): void {
  demandPhase(job, 'Settling')
  demandSellers(job, told.sellers)
  demandHistory(job, told)
  reward(market, at, job)
  pay(market, job, endingOf(job))
}

/** How a job that stands still ended. */
export function endingOf({ missed, index, terms }: Job): Ending {
  if (missed === MOST_MISSED) return 'Abandoned'
  return index < terms.checkpoints ? 'Stopped' : 'Completed'
}
