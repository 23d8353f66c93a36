import * as z from 'zod/mini'
import { type Field, field } from './notes.ts'
import { shown } from './words.ts'

/** Amounts of the market's currency, HYPER: decimal text for people, whole numbers of the smallest unit inside. */

export const CURRENCY = 'HYPER'
/** Digits after the point. */
const DECIMALS = 18
/** The supply, of which nobody can have more: 1e26. */
const SUPPLY = 100_000_000n * 10n ** BigInt(DECIMALS)

/** Reads "1.5". @returns the smallest units, or what is wrong as a sentence */
export function tokensOf(text: string): bigint | string {
  const found = /^(\d+)(?:\.(\d+))?$/.exec(text)
  const wanted = 'wanted an amount such as 1 or 0.25'
  const most = `there are ${SUPPLY / 10n ** BigInt(DECIMALS)} ${CURRENCY} in all`
  if (!found) return `found ${shown(text)}, ${wanted}.`
  const [, whole = '', part = ''] = found
  if (part.length > DECIMALS)
    return `found ${part.length} digits after the point, wanted at most ${DECIMALS}.`
  // Before it is made a number, which takes long for many digits.
  if (whole.replace(/^0+/, '').length > 9) return `found ${shown(text)}, but ${most}.`
  const amount = BigInt(whole) * 10n ** BigInt(DECIMALS) + BigInt(part.padEnd(DECIMALS, '0'))
  return amount <= SUPPLY ? amount : `found ${text}, but ${most}.`
}

/** "1.5" for 15e17: exact, without zeros at the end, but for "1.0". */
export function tokensText(amount: bigint): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(DECIMALS + 1, '0')
  const part = digits.slice(-DECIMALS).replace(/0+$/, '') || '0'
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -DECIMALS)}.${part}`
}

/** An amount of tokens in a file: text, or a number that YAML reads as it was written. */
export function tokens(): Field<bigint> {
  const readable = (value: string | number) => tokensOf(String(value))
  return z.pipe(
    z
      .union([z.string(), z.number()], {
        error: ({ input }) =>
          `${input === undefined ? 'missing' : `found ${shown(input)}`}, wanted an amount such as "1.5".`,
      })
      .check(
        z.refine((value) => typeof readable(value) === 'bigint', {
          error: ({ input }) => String(readable(input as string)), // the union let nothing else pass
        }),
      ),
    z.transform((value: string | number) => readable(value) as bigint), // the check saw it
  ) as unknown as Field<bigint>
}

export const tokensField = (description: string, example = '"1.5"') =>
  field(tokens(), description, { kind: 'amount', range: `an amount of ${CURRENCY}`, example })
