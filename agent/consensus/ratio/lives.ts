import type { Bitset } from '../../wire/bitset.ts'
import { domainDigest } from '../../wire/hash.ts'

/**
 * Which devices have opened their books anew in an epoch (`life`), or put in other values (`version`);
 * those that did neither are not named. The later pair counts.
 */
export type Lives = Map<number, Life>
export interface Life {
  readonly life: number
  readonly version: number
}

export const lifeOf = (lives: Lives, index: number): number => lives.get(index)?.life ?? 0

/** @returns whether it was news */
export function learnLife(lives: Lives, index: number, { life, version }: Life): boolean {
  const known = lives.get(index) ?? { life: 0, version: 0 }
  if (life < known.life || (life === known.life && version <= known.version)) return false
  lives.set(index, { life, version })
  return true
}

/**
 * Names what a certificate holds for: the units, who is gone, and whose books are of which life and
 * version. 8 bytes of SHA-256.
 */
export function labelOf(scale: Uint8Array, gone: Bitset, lives: Lives): Uint8Array {
  const numbers = [...lives]
    .sort(([a], [b]) => a - b)
    .flatMap(([index, { life, version }]) => [index, life, version])
  const bytes = new Uint8Array(8 * numbers.length)
  const view = new DataView(bytes.buffer)
  numbers.forEach((number, k) => {
    view.setFloat64(8 * k, number)
  })
  return domainDigest('hypernet/1/label', scale, gone, bytes).slice(0, 8)
}
