import { type RandomStream, randomStream } from '../../../../agent/math/random.ts'

/** Choices of a script; a seed determines them all. */
export class Dice {
  readonly #random: RandomStream

  constructor(seed: number) {
    this.#random = randomStream(seed)
  }

  /** True in this part of all cases. */
  chance(part: number): boolean {
    return this.#random.fraction() < part
  }

  /** An integer, both ends included. */
  between(least: number, most: number): number {
    return least + this.#random.below(Math.max(1, most - least + 1))
  }

  /** One of a list. */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('nothing to pick from')
    return list[this.#random.below(list.length)] as T // there is one
  }

  /** One of a list, by weight. */
  weighted<T>(list: readonly (readonly [weight: number, value: T])[]): T {
    const total = list.reduce((sum, [weight]) => sum + weight, 0)
    let left = this.#random.fraction() * total
    for (const [weight, value] of list) {
      left -= weight
      if (left < 0) return value
    }
    return this.pick(list.map(([, value]) => value))
  }

  /** A list in another order. */
  shuffled<T>(list: readonly T[]): T[] {
    const order = list.map((value): [number, T] => [this.#random.next(), value])
    return order.sort(([a], [b]) => a - b).map(([, value]) => value)
  }

  /** Some of a list, in its order. */
  some<T>(list: readonly T[], part: number): T[] {
    return list.filter(() => this.chance(part))
  }

  /** An amount of tokens, often with remainders and sometimes of a few units only. */
  amount(least: bigint, most: bigint): bigint {
    const width = most - least + 1n
    if (width <= 1n) return least
    if (this.chance(0.1)) return least + (BigInt(this.#random.below(7)) % width)
    if (this.chance(0.05)) return most
    const wide = (BigInt(this.#random.next()) << 64n) | (BigInt(this.#random.next()) << 32n)
    return least + ((wide | BigInt(this.#random.next())) % width)
  }
}
