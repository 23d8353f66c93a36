import type { Address, Word } from './speech.ts'
import type { Market } from './state.ts'

/** What a call tells everybody, who can work out from it all that a contract keeps only as a hash. */

type Told = bigint | number | boolean | Address | Word | readonly Address[]

/** An event by its name, and what it tells; places of sellers as bits. Hashes of signatures are left out. */
export type News = readonly [event: string, told: Readonly<Record<string, Told>>]

/** Tells an event of the call under way. */
export function tell(market: Market, event: string, told: Readonly<Record<string, Told>>): void {
  market.news.push([event, told])
}

/** Places of sellers, a bit each. */
export const bitsOf = (places: readonly number[]): bigint =>
  places.reduce((bits, place) => bits | (1n << BigInt(place)), 0n)

/** Arguments of events that are hashes of signatures, or other forms of what is compared anyway. */
const UNTOLD = new Set(['anchor', 'commitment', 'shown', 'terms'])

/** One text for each event. */
export const newsText = (event: string, told: object): string =>
  [
    event,
    ...Object.entries(told)
      .filter(([name]) => !UNTOLD.has(name))
      .map(([name, value]) => `${name}=${value}`)
      .sort(),
  ]
    .join(' ')
    .toLowerCase()
