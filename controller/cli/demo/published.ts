import * as z from 'zod/mini'
import type { ResultView } from '../show/document.ts'

/** Figures as the literature prints them; text, since their last digit counts. */
export const Published = z.strictObject({
  job: z.string(),
  model: z.string(),
  terms: z.array(z.string()),
  coefficients: z.array(z.string()),
  standardErrors: z.array(z.string()),
  residualStandardDeviation: z.string(),
  observations: z.number(),
  degreesOfFreedom: z.number(),
  sources: z.array(z.string()),
})
export type Published = z.output<typeof Published>

/** A figure of ours beside the published one, both as text of as many decimals. */
export interface Compared {
  readonly name: string
  readonly ours: string
  readonly published: string
}

/** Every published figure with ours beside it. */
export function compare(document: ResultView, published: Published): Compared[] {
  const { result = {} } = document
  const list = (name: string): readonly unknown[] => {
    const value = result[name]
    return Array.isArray(value) ? value : []
  }
  const pair = (name: string, ours: unknown, text: string): Compared => ({
    name,
    ours: typeof ours === 'number' ? ours.toFixed(decimalsOf(text)) : String(ours ?? 'nothing'),
    published: text,
  })
  return [
    ...published.terms.flatMap((term, i) => [
      pair(`term ${i}`, list('terms')[i], term),
      pair(`coefficient of ${term}`, list('coefficients')[i], published.coefficients[i] ?? ''),
      pair(
        `standard error of ${term}`,
        list('standardErrors')[i],
        published.standardErrors[i] ?? '',
      ),
    ]),
    pair(
      'residual standard deviation',
      result.residualStandardDeviation,
      published.residualStandardDeviation,
    ),
    pair('observations', result.observations, String(published.observations)),
    pair('degrees of freedom', result.degreesOfFreedom, String(published.degreesOfFreedom)),
  ]
}

/** What is not as it must be, each as a sentence; empty when the network got it right. */
export function shortcomings(
  document: ResultView,
  published: Published,
  devices: number,
): string[] {
  const wrong = compare(document, published)
    .filter(({ ours, published }) => ours !== published)
    .map(({ name, ours, published }) => `${name}: found ${ours}, published is ${published}`)
  const { status, reason, contributors, agreement } = document
  if (status !== 'succeeded') wrong.unshift(`the job ${status}: ${reason ?? 'no reason given'}`)
  if (contributors?.count !== devices)
    wrong.push(`found ${contributors?.count ?? 0} contributors, wanted ${devices}`)
  wrong.push(...unpaid(document, devices))
  if (agreement?.exact !== true) wrong.push('the sum is not exact')
  if (agreement?.identical !== true) wrong.push('the devices do not hold the same answer')
  return wrong
}

const decimalsOf = (text: string): number => text.split('.')[1]?.length ?? 0

/** What is not as it must be with the money, where the job was paid. */
function unpaid({ market }: ResultView, devices: number): string[] {
  if (!market) return []
  const { paidInFull, slashed, ending, books } = market
  const wrong: string[] = []
  if (paidInFull !== devices) wrong.push(`paid ${paidInFull} devices in full, wanted ${devices}`)
  if (slashed !== '0.0') wrong.push(`slashed ${slashed}, wanted nothing`)
  if (ending !== 'completed') wrong.push(`the contract was ${ending}, wanted completed`)
  if (books && books.owed !== books.held)
    wrong.push(`the vault owes ${books.owed} and holds ${books.held}, wanted the same`)
  return wrong
}
