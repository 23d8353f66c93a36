import * as z from 'zod/mini'
import { ageText, spanText } from './quantities.ts'
import { read } from './read.ts'
import { table } from './table.ts'

const count = z.number()

/** What is read of a job's status; the rest is printed by `--json` as it is. */
export const JobView = z.looseObject({
  job: z.string(),
  phase: z.string(),
  message: z.string(),
  model: z.string(),
  method: z.string(),
  submittedAt: count,
  startedAt: z.optional(count),
  endedAt: z.optional(count),
  devices: count,
  epoch: z.optional(count),
  every: z.optional(count),
  results: count,
  contract: z.optional(z.string()),
  conditions: z.optional(
    z.array(z.looseObject({ type: z.string(), status: z.boolean(), message: z.string() })),
  ),
})
export type JobView = z.output<typeof JobView>

/** @throws HypernetError `BAD_MESSAGE` when it is no job of this version */
export const jobView = (value: unknown): JobView => read(JobView, value, 'job')

/** @throws HypernetError `BAD_MESSAGE` when it is no list of jobs of this version */
export const jobViews = (value: unknown): JobView[] =>
  read(z.object({ jobs: z.array(JobView) }), value, 'list of jobs').jobs

/** Whether a job will not change any more. */
export const isOver = (job: { readonly phase: string }): boolean =>
  ['succeeded', 'failed', 'cancelled'].includes(job.phase)

/** Jobs, the newest first. @param now Unix milliseconds */
export function jobsTable(jobs: readonly JobView[], now: number): string {
  const newest = [...jobs].sort((a, b) => b.submittedAt - a.submittedAt)
  return table(
    [
      { head: 'JOB' },
      { head: 'PHASE' },
      { head: 'MODEL' },
      { head: 'DEVICES', align: 'right' },
      { head: 'RESULTS', align: 'right' },
      { head: 'AGE', align: 'right' },
      { head: 'TOOK', align: 'right' },
    ],
    newest.map((job) => [
      job.job,
      job.phase,
      job.model,
      String(job.devices),
      String(job.results),
      ageText(job.submittedAt, now),
      job.startedAt === undefined ? '-' : spanText((job.endedAt ?? now) - job.startedAt),
    ]),
  )
}

/** One job's status as pairs of a name and a text. @param now Unix milliseconds */
export function jobFacts(job: JobView, now: number): [string, string][] {
  const facts: [string, string][] = [
    ['job', job.job],
    ['phase', job.message === '' ? job.phase : `${job.phase}: ${job.message}`],
    ['model', `${job.model} by ${job.method}`],
    ['devices', String(job.devices)],
    ['submitted', `${ageText(job.submittedAt, now)} ago`],
  ]
  if (job.startedAt !== undefined)
    facts.push(['took', spanText((job.endedAt ?? now) - job.startedAt)])
  if (job.every !== undefined)
    facts.push(['epochs', `${job.epoch ?? 0} closed, one every ${spanText(job.every)}`])
  facts.push(['results', String(job.results)])
  if (job.contract !== undefined) facts.push(['contract', job.contract])
  return [...facts, ...warnings(job)]
}

/** What a running job's devices lack: too few of them, links that hang on one, or some that take no part. */
const warnings = (job: JobView): [string, string][] =>
  ['Selected', 'Robust', 'TakesPart'].flatMap((type) =>
    failing(job, type).map((message): [string, string] => ['warning', message]),
  )

/** Which devices of a running job take no part, and why; nothing where all do. */
export const absentText = (job: JobView): string | undefined => failing(job, 'TakesPart')[0]

const failing = ({ phase, conditions = [] }: JobView, wanted: string): string[] =>
  phase === 'running'
    ? conditions.filter(({ type, status }) => type === wanted && !status).map((one) => one.message)
    : []
