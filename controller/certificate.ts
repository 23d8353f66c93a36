import type { JobState } from './core/jobState.ts'
import type { ResultDocument } from './core/resultDocument.ts'
import type { Store } from './io/store.ts'

/**
 * What anyone needs to check a result without us: order, roster, and each device's signed answer.
 * @param operator address of the key that signed order and roster
 */
export function certificateOf(
  { job }: JobState,
  document: ResultDocument,
  store: Store,
  operator: string,
): unknown {
  const epoch = document.epoch ?? 0
  const rosters = store.rosters(job, 3)
  const roster = rosters.find(({ firstEpoch }) => firstEpoch <= epoch)
  const base64 = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('base64')
  return {
    operator,
    roster: base64(roster?.signed),
    reports: (roster ? store.reports(job, roster.hash) : [])
      .filter((report) => report.epoch === epoch)
      .map(({ node, bytes }) => ({ node, report: base64(bytes) })),
  }
}
