import { canonicalDyadic, type Dyadic, powerOfTwo, type Split, splitDouble } from './dyadic.ts'
import { CONTRIBUTION_TOP, checkRange, type ExactVector, vectorFrom } from './exactVector.ts'
import { MathError } from './mathError.ts'

/** An exact number: a double taken apart, or a longer one. */
export type Exact = Split | Dyadic

const EMPTY = 0x7fff
const SAFE = Number.MAX_SAFE_INTEGER

/**
 * Adds values and products of doubles without rounding. Component k is held as an integer at the least
 * exponent seen: partly as a safe integer in a double, where short readings (counts of a converter) stay
 * and cost a few nanoseconds, the rest as a BigInt.
 */
export class Accumulator {
  readonly #short: Float64Array
  readonly #long: bigint[]
  readonly #exponents: Int16Array

  constructor(d: number) {
    this.#short = new Float64Array(d)
    this.#long = new Array<bigint>(d).fill(0n)
    this.#exponents = new Int16Array(d).fill(EMPTY)
  }

  /** Adds x to component k. @throws MathError `NONFINITE` */
  addValue(k: number, x: number): void {
    if (!Number.isFinite(x)) {
      throw new MathError('NONFINITE', `component ${k}: wanted a finite number, found ${x}`, k)
    }
    this.addExact(k, splitDouble(x))
  }

  /** Adds an exact number to component k. */
  addExact(k: number, { mantissa, exponent }: Exact): void {
    if (typeof mantissa === 'bigint') this.#addLong(k, mantissa, exponent)
    else if (mantissa !== 0) this.#add(k, mantissa, exponent)
  }

  /** Adds a * b to component k; a factor is split once, however often it is used. */
  addProduct(k: number, a: Exact, b: Exact): void {
    const exponent = a.exponent + b.exponent
    if (typeof a.mantissa === 'bigint' || typeof b.mantissa === 'bigint') {
      this.#addLong(k, BigInt(a.mantissa) * BigInt(b.mantissa), exponent)
      return
    }
    const product = a.mantissa * b.mantissa
    if (product === 0) return
    if (Math.abs(product) <= SAFE) this.#add(k, product, exponent)
    else this.#addLong(k, BigInt(a.mantissa) * BigInt(b.mantissa), exponent)
  }

  /**
   * The sums so far, canonical.
   * @throws MathError `EXPONENT` naming a component that is 2 ** CONTRIBUTION_TOP or more
   */
  total(): ExactVector {
    const sums = vectorFrom(
      this.#long.map((long, k) => {
        const exponent = this.#exponents[k] ?? EMPTY
        return canonicalDyadic(long + BigInt(this.#short[k] ?? 0), exponent)
      }),
    )
    checkRange(sums, CONTRIBUTION_TOP)
    return sums
  }

  /** Adds a safe integer times a power of two. */
  #add(k: number, mantissa: number, exponent: number): void {
    const held = this.#hold(k, exponent)
    const shift = exponent - held
    // Above 2^53 the sum may be rounded; it is then larger than SAFE all the same, and not used.
    const sum = shift < 53 ? (this.#short[k] ?? 0) + mantissa * powerOfTwo(shift) : Infinity
    if (Math.abs(sum) <= SAFE) this.#short[k] = sum
    else this.#addLong(k, BigInt(mantissa), exponent)
  }

  #addLong(k: number, mantissa: bigint, exponent: number): void {
    if (mantissa === 0n) return
    const shift = exponent - this.#hold(k, exponent)
    this.#long[k] = (this.#long[k] ?? 0n) + (shift === 0 ? mantissa : mantissa << BigInt(shift))
  }

  /** Brings component k to an exponent at most this one, and returns it. */
  #hold(k: number, exponent: number): number {
    const held = this.#exponents[k] ?? EMPTY
    if (held <= exponent) return held
    this.#exponents[k] = exponent
    const short = this.#short[k] ?? 0
    const long = this.#long[k] ?? 0n
    if (short !== 0 || long !== 0n) {
      this.#long[k] = (long + BigInt(short)) << BigInt(held - exponent)
      this.#short[k] = 0
    }
    return exponent
  }
}
