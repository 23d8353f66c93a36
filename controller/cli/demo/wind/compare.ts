import * as z from 'zod/mini'
import type { ResultView } from '../../show/document.ts'
import { levelsOf, meansOf } from './oneMachine.ts'

/** The two jobs of devices/demo/wind/jobs.yaml, by their names. */
export const JOBS = ['wind-mean', 'wind-level'] as const
export type WindJob = (typeof JOBS)[number]

const Pair = z.tuple([z.number(), z.number()])
const Matrix = z.tuple([Pair, Pair])
/** What is read of the jobs, so that both sides work with the same numbers. */
const MeanJob = z.object({ model: z.object({ forgetting: z.number() }) })
const LevelJob = z.object({
  model: z.object({
    transition: Matrix,
    noise: Matrix,
    initial: z.object({ mean: Pair, covariance: Matrix }),
    observations: z.tuple([z.object({ variance: z.number() })]),
  }),
})
const diagonal = ([[a], [, b]]: z.output<typeof Matrix>) => [a, b] as const

/** What one machine finds after each day, by the job's own numbers. @param spec as it stands in the file */
export function wantedOf(
  job: WindJob,
  spec: unknown,
  days: readonly (readonly number[])[],
): number[][] {
  if (job === 'wind-mean') return meansOf(days, MeanJob.parse(spec).model)
  const { transition, noise, initial, observations } = LevelJob.parse(spec).model
  return levelsOf(days, {
    transition,
    noise: diagonal(noise),
    mean: initial.mean,
    variances: diagonal(initial.covariance),
    variance: observations[0].variance,
  })
}

const Found = z.object({
  posterior: z.object({
    parameters: z.array(
      z.object({
        name: z.string(),
        mean: z.number(),
        interval: z.tuple([z.number(), z.number()]),
      }),
    ),
  }),
  observations: z.number(),
})
export type Parameter = z.output<typeof Found>['posterior']['parameters'][number]

/** What became of a job's windows. */
export interface Compared {
  readonly job: WindJob
  readonly windows: number
  /** Largest difference of a figure on any day, as a part of what it is, or of 1. */
  readonly largestDifference: number
  /** Of the last window. */
  readonly parameters: readonly Parameter[]
  /** What is not as it must be, each as a sentence. */
  readonly wrong: readonly string[]
}

/** Differences above this are no rounding of one machine's doubles. */
export const TOLERANCE = 1e-12

/** Holds the results of all windows of a job against what one machine finds. */
export function compare(
  job: WindJob,
  documents: ReadonlyMap<number, ResultView>,
  wanted: readonly (readonly number[])[],
  devices: number,
): Compared {
  const wrong: string[] = []
  let largestDifference = 0
  let parameters: readonly Parameter[] = []
  wanted.forEach((figures, day) => {
    const document = documents.get(day)
    const what = `window ${day} of ${job}`
    const found = Found.safeParse(document?.result)
    if (!document || !found.success) {
      wrong.push(`${what}: ${document?.reason ?? 'has no result'}`)
      return
    }
    const { contributors, agreement } = document
    const { observations } = found.data
    if (contributors?.count !== devices || observations !== devices)
      wrong.push(
        `${what}: ${observations} readings of ${contributors?.count ?? 0} devices, wanted one of each of ${devices}`,
      )
    if (agreement?.exact !== true) wrong.push(`${what}: the sum is not exact`)
    parameters = found.data.posterior.parameters
    const differences = figures.map(
      (figure, i) =>
        Math.abs((parameters[i]?.mean ?? Number.NaN) - figure) / Math.max(1, Math.abs(figure)),
    )
    const largest = Math.max(...differences)
    largestDifference = Math.max(largestDifference, largest)
    if (!(largest <= TOLERANCE)) wrong.push(`${what}: differs from one machine by ${largest}`)
  })
  return { job, windows: documents.size, largestDifference, parameters, wrong }
}
