import * as z from 'zod/mini'
import { bar } from './live.ts'
import { read } from './read.ts'

const count = z.number()

/** What is read of a device's word on a job; the rest is printed by `--json` as it is. */
const Told = z.looseObject({
  device: z.string(),
  phase: z.string(),
  epoch: count,
  round: count,
  roster: z.optional(count),
  gone: count,
  error: z.optional(z.string()),
  estimate: z.optional(z.array(z.nullable(z.number()))),
  fleet: z.optional(
    z.looseObject({
      contributed: count,
      voted: count,
      final: count,
      least: z.string(),
      mean: count,
      behind: count,
      slowest: z.array(z.string()),
      bitsApart: z.optional(count),
    }),
  ),
})

const LEAST: Readonly<Record<string, string>> = {
  waiting: 'some have not contributed',
  contributed: 'all have contributed',
  voted: 'all have voted',
  final: 'all have the answer',
}

/**
 * How far a job is, as one device tells it, as pairs of a name and a text.
 * @throws HypernetError `BAD_MESSAGE` when it is nothing that a device of this version tells
 */
export function toldFacts(value: unknown): [string, string][] {
  const told = read(Told, value, 'progress')
  const { device, phase, epoch, round, roster, gone, error, estimate, fleet } = told
  const facts: [string, string][] = [
    ['device', device],
    ['phase', `${phase}, epoch ${epoch}, round ${round}`],
  ]
  if (error !== undefined) facts.push(['error', error])
  if (estimate !== undefined) {
    const name = phase === 'final' ? 'answer' : 'so far'
    facts.push([name, estimate.map((each) => each ?? '?').join(', ')])
  }
  if (!fleet) return facts
  const of = roster === undefined ? '' : ` of ${roster}`
  const steps = `${fleet.contributed}${of} contributed, ${fleet.voted} voted, ${fleet.final} final`
  facts.push(['fleet', gone > 0 ? `${steps}, ${gone} gone` : steps])
  facts.push(['least', LEAST[fleet.least] ?? fleet.least])
  facts.push(['mean', `${bar(fleet.mean, 20)} ${Math.round(100 * fleet.mean)} %`])
  if (fleet.behind > 0) facts.push(['slowest', namedOf(fleet)])
  if (fleet.bitsApart !== undefined)
    facts.push(['apart', fleet.bitsApart === 0 ? 'not any more' : `by ${fleet.bitsApart} bits`])
  return facts
}

/** The device itself names only the first few. */
function namedOf({ slowest, behind }: { slowest: readonly string[]; behind: number }): string {
  const more = behind - slowest.length
  return slowest.join(', ') + (more > 0 ? ` and ${more} more` : '')
}
