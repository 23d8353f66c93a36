import { getAddress, type Hex, isAddress } from 'viem'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { quote } from '../../../agent/wire/ids.ts'
import { CURRENCY, tokensOf, tokensText } from '../../../agent/wire/tokens.ts'

/** What people type after market and chain commands, and how amounts, times and addresses are printed. */

/** Tokens in the smallest unit, exactly. @throws HypernetError `BAD_USAGE` */
export function amountOf(text: string, what: string): bigint {
  const amount = tokensOf(text)
  if (typeof amount === 'string') throw new HypernetError('BAD_USAGE', `${what}: ${amount}`)
  if (amount > 0n) return amount
  throw new HypernetError('BAD_USAGE', `${what}: found ${quote(text)}, wanted more than 0.`)
}

/** @throws HypernetError `BAD_USAGE` for what is no address, has a wrong checksum (ERC-55), or is zero */
export function addressOf(text: string, what: string): Hex {
  // A key that was typed here by mistake is not told again.
  const found = /^(0x)?[0-9a-f]{64}$/i.test(text) ? '64 digits, as a key has' : quote(text)
  const bad = (wanted: string) =>
    new HypernetError('BAD_USAGE', `${what}: found ${found}, wanted ${wanted}.`)
  if (!isAddress(text, { strict: false })) throw bad('an address: 0x and 40 hexadecimal digits')
  if (/[a-f]/.test(text.slice(2)) && /[A-F]/.test(text.slice(2)) && !isAddress(text))
    throw bad('an address whose upper and lower case fit (ERC-55); a digit is wrong')
  if (/^0x0{40}$/.test(text)) throw bad('an address that somebody has the key of')
  return getAddress(text)
}

export const hyper = (amount: bigint): string => `${tokensText(amount)} ${CURRENCY}`

/** Seconds since 1970 as people and programs read them. */
export const timeText = (seconds: number | bigint): string =>
  new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z')

/** Seconds as they are spoken: `7 d`, `3 h`, `10 s`; exact. */
export function secondsText(seconds: number | bigint): string {
  const units = [
    [86_400n, 'd'],
    [3600n, 'h'],
    [60n, 'min'],
  ] as const
  const whole = BigInt(seconds)
  for (const [length, unit] of units)
    if (whole >= length && whole % length === 0n) return `${whole / length} ${unit}`
  return `${whole} s`
}

/** Hundredths of a percent as percent: `0.5 %`. */
export const percentText = (bps: number): string => `${bps / 100} %`
