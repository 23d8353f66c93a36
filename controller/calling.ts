import type { Millis } from '../agent/wire/ids.ts'
import type { FusionJob } from '../agent/wire/job.ts'
import type { Mistake } from '../agent/wire/mistake.ts'
import { formatDuration } from '../agent/wire/units.ts'
import type { Opening } from './core/settlement/offer.ts'

/** A block stays a little later at times, and a roster takes its way to the devices. */
const MARGIN: Millis = 60_000
const WINDOW = ['spec', 'market', 'window'] as const

/**
 * Paid jobs whose window the market does not allow, or whose devices would be called too late: they refuse to work a
 * window after the contract began.
 */
export function windowMistakes(
  opening: Pick<Opening, 'finality' | 'leastWindow' | 'mostWindow'> | undefined,
  jobs: readonly {
    readonly job: FusionJob
    readonly file: string
    locate(path: readonly string[]): Pick<Mistake, 'line' | 'column'>
  }[],
): Mistake[] {
  if (!opening) return []
  const finality = (opening.finality ?? 0) * 1000
  const allowed = { least: opening.leastWindow * 1000, most: opening.mostWindow * 1000 }
  const called = finality === 0 ? 0 : finality + MARGIN
  const range = `wanted ${formatDuration(Math.max(allowed.least, called))} to ${formatDuration(allowed.most)}`
  return jobs.flatMap(({ job, file, locate }) => {
    const { window } = job.spec.market ?? {}
    if (window === undefined) return []
    const tell = (why: string) => [
      {
        file,
        ...locate(WINDOW),
        path: WINDOW.join('.'),
        text: `found ${formatDuration(window)}, ${range}: ${why}`,
      },
    ]
    if (window < allowed.least || window > allowed.most)
      return tell('the rules of this market allow no other (hypernet chain status shows them).')
    if (window >= called) return []
    return tell(
      `devices are called when the block that hired them stays, now ${formatDuration(finality)} later on this chain, and work only where that is within a window. Make it longer, or set chain.confirmations in controller.yaml to a number of blocks.`,
    )
  })
}
