/** A stream of pseudo-random numbers that a seed determines completely. */
export interface RandomStream {
  /** Uniform integer in 0..2^32-1. */
  next(): number
  /** Uniform in [0, 1) with 32 bits. */
  fraction(): number
  /** Uniform integer in 0..bound-1, without bias. `bound` is 1 to 2^32. */
  below(bound: number): number
}

/**
 * sfc32 (Chris Doty-Humphrey, PractRand), seeded by splitmix32 from one 32-bit number.
 * For simulation and overlays, never for keys.
 */
export function randomStream(seed: number): RandomStream {
  let state = seed | 0
  const splitmix = (): number => {
    state = (state + 0x9e3779b9) | 0
    let z = state ^ (state >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z ^= z >>> 15
    z = Math.imul(z, 0x735a2d97)
    return z ^ (z >>> 15)
  }
  let a = splitmix()
  let b = splitmix()
  let c = splitmix()
  let d = splitmix()
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + t) | 0
    return t >>> 0
  }
  return {
    next,
    fraction: () => next() / 2 ** 32,
    below: (bound) => {
      const reject = 2 ** 32 - (2 ** 32 % bound)
      let x = next()
      while (x >= reject) x = next()
      return x % bound
    },
  }
}
