import type { EpochContext } from '../consensus/context.ts'
import { methodOf } from '../consensus/methods.ts'
import { stepped } from '../consensus/steps.ts'
import { dimensionOf, startOf } from '../fusion/model.ts'
import { equalBytes } from '../wire/hash.ts'
import type { Millis } from '../wire/ids.ts'
import { dealtIn } from './dealt.ts'
import { rememberedName } from './reports.ts'
import type { EpochSnapshot } from './snapshot.ts'
import type { AgentState, EpochState, JobState, RosterState } from './state.ts'
import { FORGOTTEN, lastStep } from './steps.ts'

/** What a device knows as an epoch begins. @param kept what an earlier life of it remembered */
export function newEpoch(
  agent: AgentState,
  job: JobState,
  roster: RosterState,
  epoch: number,
  now: Millis,
  kept?: EpochSnapshot,
): EpochState {
  const context: EpochContext = {
    job: job.order.job,
    roster: roster.hash,
    epoch,
    size: roster.roster.members.length,
    self: roster.self,
    everyone: roster.everyone,
    isDeclared: roster.roster.links !== undefined,
    groups: roster.roster.groups,
    hears: roster.hears,
    heardBy: roster.heardBy,
    dimension: dimensionOf(job.model),
    period: job.order.period,
    follow: job.order.window.follow,
    incarnation: agent.incarnation,
    dealt: dealtIn(job.order, roster.roster),
  }
  const plain = methodOf(job.order.method)
  const method = job.model.kind.steps ? stepped(plain) : plain
  return {
    epoch,
    roster,
    context,
    method,
    exchange: method.open(context, now, kept),
    openedAt: now,
    status: isUnderWay(kept) ? 'open' : 'reading',
    failure: undefined,
    rows: undefined,
    at: lastStep(kept) ?? startOf(job.model),
    step: kept?.step ?? 0,
    told: kept?.told,
    summedAt: now,
    skippedRows: 0,
    flushAt: Number.POSITIVE_INFINITY,
    actedAt: Number.NEGATIVE_INFINITY,
    seq: 0,
    heard: new Set(),
    ahead: new Set(),
    isHurried: false,
    messages: 0,
    bytesOut: 0,
    bytesIn: 0,
    finalAt: now,
    seal: kept?.seal,
    sealed: 0,
    isLeavingTold: false,
    written: kept ? rememberedName(kept) : '',
    reported: undefined,
    reportedAt: Number.NEGATIVE_INFINITY,
    gated: undefined,
    estimate: undefined,
    carried: undefined,
    decision: undefined,
    error: undefined,
  }
}

/** Opens an epoch of an earlier life again; `start` sets its clock. */
export function reopen(agent: AgentState, job: JobState, kept: EpochSnapshot): void {
  const roster = job.rosters.find((each) => equalBytes(each.hash, kept.roster))
  if (!roster || roster.self < 0) return
  const epoch = newEpoch(agent, job, roster, kept.epoch, 0, kept)
  job.epochs.push(epoch)
  // What it summed so far is gone with its memory, and other rows than those would not do.
  const isAmidSteps = kept.steps && !kept.contribution && !kept.share
  if (isAmidSteps) epoch.method.leave(epoch.exchange, FORGOTTEN)
}

const isUnderWay = (kept: EpochSnapshot | undefined): boolean =>
  !!(kept?.contribution || kept?.share || kept?.steps) || kept?.leaving !== undefined
