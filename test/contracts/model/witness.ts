import { type Counts, count } from './coverage.ts'
import type { Call } from './rules/calls.ts'
import { accountOf, type Job, type Market, type Shown } from './rules/state.ts'

/** Notes what happened to jobs and sellers in a step, so that scripts which never get far are found out. */
export function noteEvents(counts: Counts, before: Market, after: Market, call: Call): void {
  if (before === after) return
  for (const job of after.jobs.values()) {
    const then = before.jobs.get(job.address)
    if (then && then.phase !== job.phase) notePhase(counts, then, job, before, after, call)
    const earlier = then?.index === job.index ? then.checkpoint.tally?.shown : undefined
    const now = job.checkpoint.tally?.shown
    if (earlier && placesOf(now) > placesOf(earlier)) count(counts, 'event: more was shown')
    if (then && job.history.length > then.history.length) noteVerdict(counts, job)
  }
  for (const [owner, { pool, ok, bad }] of after.accounts) {
    const then = accountOf(before, owner)
    if (ok > then.ok) count(counts, 'event: seller paid')
    if (bad > then.bad) count(counts, 'event: seller slashed')
    if (bad > then.bad && pool.total < then.pool.total) count(counts, 'event: backers slashed')
    if (pool.era > then.pool.era) count(counts, 'event: pool emptied')
  }
}

const placesOf = (shown: readonly Shown[] | undefined): number =>
  (shown ?? []).reduce((sum, { by }) => sum + by.length, 0)

function notePhase(
  counts: Counts,
  then: Job,
  job: Job,
  before: Market,
  after: Market,
  call: Call,
): void {
  if (then.phase === 'Filled' && job.phase === 'Running') count(counts, 'event: groups dealt')
  if (job.phase !== 'Closed') return
  if (call.op === 'cancel') count(counts, 'ending: Cancelled')
  else if (call.op === 'expire') count(counts, `ending: Expired ${then.phase.toLowerCase()}`)
  else {
    const [old, now] = [before, after].map((each) => accountOf(each, job.terms.buyer).score)
    if (!old || !now) return
    if (now.completed > old.completed) count(counts, 'ending: Completed')
    if (now.stopped > old.stopped) count(counts, 'ending: Stopped')
    if (now.abandoned > old.abandoned) count(counts, 'ending: Abandoned')
  }
}

function noteVerdict(counts: Counts, { history, terms }: Job): void {
  const last = history.at(-1)
  if (!last) return
  const { length } = last.ok
  if (length > 0 && length + last.bad.length < terms.sellers)
    count(counts, 'event: somebody out of the majority')
}
