import { canonicalDyadic } from '../../math/dyadic.ts'
import { componentOf, type ExactVector, SUM_TOP } from '../../math/exactVector.ts'
import { MathError } from '../../math/mathError.ts'
import { decodeVector, encodeVector } from '../../math/wireForm.ts'
import { type Bitset, minus } from '../../wire/bitset.ts'
import { equalBytes } from '../../wire/hash.ts'
import type { AgreementBody, Final } from '../../wire/messages.ts'
import type { RatioTotal } from '../../wire/ratioMessages.ts'
import type { Sums, Total } from '../agreement/sums.ts'
import type { Voting } from '../agreement/voting.ts'
import { statisticHash, voteHash } from '../answer.ts'
import type { EpochContext } from '../context.ts'
import { type Account, certifiedSum } from './account.ts'

/**
 * Sums that are known to be right, each with the devices that it sums: certified by this device, or told
 * by another and named by an answer that was agreed on. Few: one for each set of devices taken to be gone.
 */
export type Totals = { readonly contributors: Bitset; readonly total: Total }[]

/** A statistic and the rows in it as one vector, whose last component is the number of rows. */
export function withRows({ sum, rows }: Total): ExactVector {
  const { mantissa, exponent } = canonicalDyadic(BigInt(rows), 0)
  return { mantissas: [...sum.mantissas, mantissa], exponents: [...sum.exponents, exponent] }
}

/** The contrary of `withRows`. */
export function withoutRows(vector: ExactVector): Total {
  const last = vector.mantissas.length - 1
  const { mantissa, exponent } = componentOf(vector, last)
  const sum = {
    mantissas: vector.mantissas.slice(0, last),
    exponents: vector.exponents.slice(0, last),
  }
  return { sum, rows: Number(mantissa << BigInt(exponent)) }
}

const find = (totals: Totals, contributors: Bitset): Total | undefined =>
  totals.find((each) => equalBytes(each.contributors, contributors))?.total

function keep(totals: Totals, contributors: Bitset, vector: ExactVector): void {
  const at = totals.findIndex((each) => equalBytes(each.contributors, contributors))
  if (at >= 0) totals.splice(at, 1)
  totals.push({ contributors, total: withoutRows(vector) })
}

/**
 * Keeps what the device's own account has certified. What it has voted for stays what it was, even if
 * some device has put in other values since.
 * @returns whether it was kept
 */
export function keepCertified(totals: Totals, account: Account, { mine, lock, final }: Voting) {
  const sum = certifiedSum(account)
  if (!sum) return false
  const contributors = minus(account.graph.everyone, account.gone)
  const isBound = [mine, lock, final].some(
    (each) => each && equalBytes(each.contributors, contributors),
  )
  if (isBound && find(totals, contributors)) return false
  keep(totals, contributors, sum)
  return true
}

/** What a vote may be for: the certified sum of all who are not gone. */
export const sumsOf = (account: Account, totals: Totals): Sums => ({
  have: account.setup.heard.bytes,
  covering(gone) {
    if (!account.books?.hull.sum || !equalBytes(account.gone, gone)) return undefined
    return minus(account.graph.everyone, account.gone)
  },
  totalOf: (contributors) => find(totals, contributors),
  isFleeting: () => true,
  isAlike(neighbor) {
    const label = account.said.get(neighbor)?.label
    return label !== undefined && equalBytes(label, account.books?.hull.label ?? new Uint8Array(0))
  },
})

/** The answer that a device's words stand for, which others may need the sum of. */
const named = ({ final, lock }: Pick<AgreementBody, 'final' | 'lock'>): Final | undefined =>
  final ?? lock

/** The sum of the answer that is final or locked, for those who have not certified it themselves. */
export function totalToTell(
  totals: Totals,
  words: Pick<AgreementBody, 'final' | 'lock'>,
): RatioTotal | undefined {
  const answer = named(words)
  const total = answer && find(totals, answer.contributors)
  return total && encodeVector(withRows(total))
}

/** Takes in such a sum, if it is the one that the answer's hash names. @returns whether it was news */
export function hearTotal(
  totals: Totals,
  { roster, epoch, dimension }: EpochContext,
  words: AgreementBody,
  told: RatioTotal,
): boolean {
  const answer = named(words)
  if (!answer || find(totals, answer.contributors)) return false
  const { contributors, tombstones, hash } = answer
  try {
    const vector = decodeVector(told, dimension + 1, SUM_TOP)
    const statistic = statisticHash(roster, epoch, contributors, withoutRows(vector).sum)
    if (!equalBytes(voteHash(statistic, tombstones), hash)) return false
    keep(totals, contributors.slice(), vector)
    return true
  } catch (error) {
    if (!(error instanceof MathError)) throw error
    return false
  }
}
