import * as z from 'zod/mini'
import { LIMITS } from './limits.ts'
import { response } from './modelFields.ts'
import { field } from './notes.ts'
import { shown } from './words.ts'

const share = () => {
  const schema = z.number().check(
    z.refine((part) => part >= 0 && part <= 1, {
      error: ({ input }) => `found ${input}, wanted 0 to 1. ${shareHint(Number(input))}`,
    }),
  )
  return field(schema, '', { range: '0 to 1', json: { minimum: 0, maximum: 1 } })
}
const shareHint = (part: number): string =>
  part > 1 && part <= 100
    ? `It is a share: ${Number((part / 100).toPrecision(12))} for ${part} %.`
    : 'It is a share of the rows: 0.05 for 5 %.'

/** The models `quantiles` and `count` of a job: the order of rows, and how many there are. */

export const quantiles = z.strictObject({
  type: field(
    z.literal('quantiles'),
    'Values that given shares of all rows of all devices lie below: median, percentiles, least and largest; exactly, by several sums in a row.',
  ),
  response: response('What is put in order: an expression, or { sensor, unit }.'),
  probabilities: field(
    z.array(share()).check(
      z.refine((list) => list.length >= 1 && list.length <= LIMITS.quantiles, {
        error: ({ input }) => `found ${shown(input)}, wanted 1 to ${LIMITS.quantiles} numbers.`,
      }),
    ),
    'Shares of the rows; 0.5 is the median, 0 the least value, 1 the largest.',
    { range: `1 to ${LIMITS.quantiles} items`, example: '[0.05, 0.5, 0.95]' },
  ),
})
export const count = z.strictObject({
  type: field(
    z.literal('count'),
    'How many rows of all devices have the response; those in which it is missing or no number do not count.',
  ),
  response: response('What has to be there: an expression, or { sensor, unit }.'),
})

/** Counts of one sum; a search for elements tells rows apart by as many bits as they allow (fusion/orderStatistics.ts). */
const COUNTS = 768
const BITS = 64
/** A search is begun so often at most, since devices leave with their rows. */
const BEGINNINGS = 4

/** Most sums in a row: each quantile may lie between two elements. */
export function quantileSums({
  probabilities,
}: {
  readonly probabilities: readonly unknown[]
}): number {
  const bitsFor = (elements: number) => Math.floor(Math.log2(COUNTS / elements))
  const later = Math.ceil((BITS - bitsFor(1)) / bitsFor(2 * probabilities.length))
  return BEGINNINGS * (1 + later)
}
