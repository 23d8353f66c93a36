import type { Millis } from '../wire/ids.ts'
import type { Final } from '../wire/messages.ts'
import type { EpochContext } from './context.ts'
import type { Entries } from './entries.ts'
import type { Link } from './link.ts'
import type { Membership } from './membership.ts'
import type { StatementDraft } from './method.ts'
import type { Voting } from './voting.ts'

/** What one device knows in one epoch of the method `flood`. */
export interface FloodState {
  readonly context: EpochContext
  readonly entries: Entries
  readonly membership: Membership
  readonly voting: Voting
  readonly links: Map<number, Link>
  /** When each entry was last sent, and how many periods to wait before sending it again. */
  readonly sentAt: Float64Array
  readonly patience: Float64Array
  /** Devices whose newest statement has not been passed on yet. */
  readonly untold: Set<number>
  /** A neighbor's final answer that we cannot check yet, and when we first heard of one. */
  offered: { readonly from: number; readonly final: Final; readonly since: Millis } | undefined
  /** When all evidence was last sent, and how many periods to wait before it is sent again. */
  evidenceSentAt: Millis
  evidencePatience: number
  readonly openedAt: Millis
  publishedAt: Millis
  /**
   * Time that we were awake for: silence is counted in it. A process that slept or was starved of the
   * processor heard nobody meanwhile, and nobody is to blame for that.
   */
  awake: Millis
  tickedAt: Millis
  /** When entries or evidence last grew, and when the attempt began: votes wait for quiet after trouble. */
  changedAt: Millis
  /** There is something that neighbors have not been told. */
  isDirty: boolean
  /** A neighbor that is not final spoke to us after we were. */
  isAsked: boolean
  statementVersion: number
  statedAt: Millis
  draft: StatementDraft | undefined
  leaving: string | undefined
}
