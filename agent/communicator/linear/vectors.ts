/** `y + a x`, place by place. */
export const plus = (y: Float64Array, a: number, x: Float64Array): Float64Array =>
  y.map((value, i) => value + a * (x[i] ?? 0))

export const scaled = (a: number, x: Float64Array): Float64Array => x.map((value) => a * value)

/** `base + V c`, for vectors `V` and as many numbers `c`. */
export const combination = (
  base: Float64Array,
  vectors: readonly Float64Array[],
  c: ArrayLike<number>,
): Float64Array => vectors.reduce((sum, v, k) => plus(sum, c[k] ?? 0, v), base)
