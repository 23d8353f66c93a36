import type { Bitset } from '../../wire/bitset.ts'
import type { Agreement } from '../agreement/agreement.ts'
import type { Entries } from './entries.ts'

/** What one device knows in one epoch of the method `flood`. */
export interface FloodState {
  readonly agreement: Agreement
  readonly entries: Entries
  /** Entries that each neighbor is known to hold. */
  readonly known: Map<number, Bitset>
  /** How often each neighbor was shown everything, since it holds something else than we under the same names. */
  readonly shown: Map<number, number>
  /** When each entry was last sent, and how many periods to wait before sending it again. */
  readonly sentAt: Float64Array
  readonly patience: Float64Array
}
