/** What a unit of gas may cost (EIP-1559), in wei. */
export interface Fees {
  /** Most in all. */
  readonly most: bigint
  /** Of it, most for whoever makes the block. */
  readonly tip: bigint
}

/** A node takes a replacement from +10 % (geth's txpool.pricebump); +12.5 % is what a base fee can grow in a block. */
const BUMP = { numerator: 9n, denominator: 8n }
const GWEI = 1_000_000_000n
/** Most that a unit of gas may cost unless somebody says otherwise: what busy days of public chains stay below. */
export const MAX_FEE_GWEI = 100

/** @param gwei at most nine digits after the point count */
export const weiOf = (gwei: number): bigint => BigInt(Math.round(gwei * 1e9))

/**
 * Fees that last for some six blocks of growing base fee.
 * @returns nothing where a block would take more than the bound
 */
export function feesFor(baseFee: bigint, tip: bigint, bound: bigint): Fees | undefined {
  if (baseFee + 1n > bound) return undefined
  const most = least(2n * baseFee + tip, bound)
  return { most, tip: least(tip, most) }
}

/**
 * Fees that replace others of the same nonce: at least those of now, and 12.5 % more in both numbers.
 * @returns nothing where that is over the bound
 */
export function raisedFees(before: Fees, now: Fees, bound: bigint): Fees | undefined {
  const most = greatest(raised(before.most), now.most)
  if (most > bound) return undefined
  return { most, tip: least(greatest(raised(before.tip), now.tip), most) }
}

/** Wei in billions, for people. */
export function gweiText(wei: bigint): string {
  const whole = wei / GWEI
  const rest = (wei % GWEI).toString().padStart(9, '0').slice(0, 3)
  return `${whole}.${rest} gwei`
}

/** Rounded up, so that it is never less than 12.5 %, nor the same. */
const raised = (fee: bigint): bigint =>
  (fee * BUMP.numerator + BUMP.denominator - 1n) / BUMP.denominator + (fee === 0n ? 1n : 0n)
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const greatest = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** An amount of the chain's coin for people, rounded up to four digits behind the point. @param wei its 1e-18 */
export function coinsText(wei: bigint): string {
  const parts = (wei + 10n ** 14n - 1n) / 10n ** 14n
  const behind = String(parts % 10_000n)
    .padStart(4, '0')
    .replace(/0+$/, '')
  return `${parts / 10_000n}${behind && `.${behind}`}`
}
