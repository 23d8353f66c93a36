import type { Millis } from '../agent/wire/ids.ts'
import type { FusionJob } from '../agent/wire/job.ts'
import type { Mistake } from '../agent/wire/mistake.ts'
import { formatDuration } from '../agent/wire/units.ts'
import type { Opening } from './core/settlement/offer.ts'

/** A block stays a little later at times, and a roster takes its way to the devices. */
const MARGIN: Millis = 60_000

/** Paid jobs whose devices would be called too late: they refuse to work a window after the contract began. */
export function windowMistakes(
  opening: Pick<Opening, 'finality'> | undefined,
  jobs: readonly {
    readonly job: FusionJob
    readonly file: string
    readonly place: Pick<Mistake, 'line' | 'column'>
  }[],
): Mistake[] {
  const finality = (opening?.finality ?? 0) * 1000
  if (finality === 0) return []
  return jobs.flatMap(({ job, file, place }) => {
    const { window } = job.spec.market ?? {}
    if (window === undefined || window >= finality + MARGIN) return []
    const text = `found ${formatDuration(window)}, wanted at least ${formatDuration(finality + MARGIN)}: devices are called when the block that hired them stays, now ${formatDuration(finality)} later on this chain, and work only where that is within a window. Make it longer, or set chain.confirmations in controller.yaml to a number of blocks.`
    return [{ file, ...place, path: 'spec.market.window', text }]
  })
}
