import type { Shown } from './state.ts'

/** Hexadecimal digits of a word. */
const DIGITS = 64

/**
 * Reads what Attested tells: the ABI encoding of `Claim[], uint256[]`. The claims are handed back as they are; of the bits
 * of who signed each, at the place that the second word gives, all together are told.
 */
export function shownIn(bytes: string): Shown {
  const word = (at: number) => BigInt(`0x${bytes.slice(2 + at * DIGITS, 2 + (at + 1) * DIGITS)}`)
  const at = Number(word(1)) / 32
  const length = Number(word(at))
  let sellers = 0n
  for (let i = 1; i <= length; i++) sellers |= word(at + i)
  return { bytes, sellers }
}
