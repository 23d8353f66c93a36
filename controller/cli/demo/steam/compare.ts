import * as z from 'zod/mini'
import type { ResultView } from '../../show/document.ts'
import type { Labelled } from './record.ts'
import { byBayesianSensor, byLoneMotes, byThreshold, byVapour, type SteamRule } from './rules.ts'
import { type Score, scoreOf, together } from './score.ts'

/** The jobs of devices/demo/steam/jobs.yaml, in the order of the places. */
export const JOBS = ['steam-indoors', 'steam-outdoors'] as const

const Job = z.object({
  model: z.object({
    prior: z.number(),
    evidence: z.tuple([
      z.object({
        when: z.string().check(z.regex(/ > [\d.]+$/)),
        probGivenTrue: z.number(),
        probGivenFalse: z.number(),
      }),
    ]),
    forgetting: z.number(),
    decide: z.object({ posterior: z.number(), clear: z.number() }),
  }),
})

/** The numbers of a job, so that both sides work with the same. @param spec as it stands in the file */
export function ruleIn(spec: unknown): SteamRule {
  const { prior, evidence, forgetting, decide } = Job.parse(spec).model
  const [{ when, probGivenTrue, probGivenFalse }] = evidence
  const limit = Number(when.split(' ').at(-1))
  return { prior, probGivenTrue, probGivenFalse, limit, forgetting, ...decide }
}

const Found = z.object({ decision: z.boolean(), observations: z.number() })

/** What the fleet decided in each window of a place, and what of it is not as it must be. */
export function decisionsOf(
  job: string,
  documents: ReadonlyMap<number, ResultView>,
  wanted: readonly boolean[],
): { readonly alarm: readonly boolean[]; readonly wrong: readonly string[] } {
  const wrong: string[] = []
  const alarm = wanted.map((decision, k) => {
    const document = documents.get(k)
    const what = `window ${k} of ${job}`
    const found = Found.safeParse(document?.result)
    if (!document || !found.success) {
      wrong.push(`${what}: ${document?.reason ?? 'has no result'}`)
      return false
    }
    if (found.data.observations !== 2)
      wrong.push(`${what}: ${found.data.observations} readings of 2`)
    if (document.agreement?.exact !== true) wrong.push(`${what}: the sum is not exact`)
    if (found.data.decision !== decision)
      wrong.push(`${what}: decided ${found.data.decision}, one machine ${decision}`)
    return found.data.decision
  })
  return { alarm, wrong }
}

export interface RuleScore {
  readonly rule: string
  readonly score: Score
}

/** How the fleet and the rules of today did, all places together. @param fleet its alarms by place */
export function scoresOf(
  places: readonly Labelled[],
  rules: readonly SteamRule[],
  fleet: readonly (readonly boolean[])[],
): RuleScore[] {
  const scored = (rule: string, alarms: (place: Labelled, i: number) => readonly boolean[]) => ({
    rule,
    score: together(places.map((place, i) => scoreOf(alarms(place, i), place.truth))),
  })
  return [
    scored('this fleet', (_, i) => fleet[i] ?? []),
    scored('a threshold on each device', byThreshold),
    scored('a bayesian sensor on each device', byBayesianSensor),
    scored(
      'each mote alone, by the rule of the fleet',
      (place, i) => byLoneMotes(rules[i] as SteamRule, place), // one a place
    ),
  ]
}

/** One machine's decisions for a place. */
export const wantedOf = (rule: SteamRule, place: Labelled): boolean[] => byVapour(rule, place)
