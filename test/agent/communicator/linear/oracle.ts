/** Slow and obvious numerics on one machine, written without a look at agent/communicator. */

export type Map = (x: number[]) => number[]

export const dot = (x: number[], y: number[]): number =>
  x.reduce((s, v, i) => s + v * (y[i] as number), 0)
export const norm = (x: number[]): number => Math.sqrt(dot(x, x))

/** The five-point Laplacian times h² on side x side points, by its stencil. */
export const stencil =
  (side: number): Map =>
  (u) =>
    u.map((value, k) => {
      const [i, j] = [Math.floor(k / side), k % side]
      const at = (a: number, b: number) =>
        a < 0 || b < 0 || a >= side || b >= side ? 0 : (u[a * side + b] as number)
      return 4 * value - at(i - 1, j) - at(i + 1, j) - at(i, j - 1) - at(i, j + 1)
    })

/** Solves A u = b for the same A by the double sine series: its eigenvectors are known in closed form. */
export function sineSolve(side: number, b: number[]): number[] {
  const sine = Array.from({ length: side }, (_, p) =>
    Array.from({ length: side }, (_, i) => Math.sin((Math.PI * (p + 1) * (i + 1)) / (side + 1))),
  )
  const eigenvalue = (p: number) => 2 - 2 * Math.cos((Math.PI * (p + 1)) / (side + 1))
  const transform = (v: number[]): number[] => {
    const rows = v.map((_, k) => {
      const [i, q] = [Math.floor(k / side), k % side]
      let sum = 0
      for (let j = 0; j < side; j++) sum += (v[i * side + j] as number) * (sine[q]?.[j] as number)
      return sum
    })
    return rows.map((_, k) => {
      const [p, q] = [Math.floor(k / side), k % side]
      let sum = 0
      for (let i = 0; i < side; i++)
        sum += (rows[i * side + q] as number) * (sine[p]?.[i] as number)
      return sum
    })
  }
  const scaled = transform(b).map((c, k) => {
    const [p, q] = [Math.floor(k / side), k % side]
    return c / (eigenvalue(p) + eigenvalue(q))
  })
  return transform(scaled).map((value) => value * (2 / (side + 1)) ** 2)
}

/** Conjugate gradients by the book, in plain loops. */
export function plainCg(
  apply: Map,
  b: number[],
  tolerance: number,
): { x: number[]; steps: number } {
  let x = b.map(() => 0)
  let r = b
  let p = b
  let rr = dot(r, r)
  let steps = 0
  while (Math.sqrt(rr) > tolerance * norm(b) && steps < 10_000) {
    const q = apply(p)
    const alpha = rr / dot(p, q)
    x = x.map((v, i) => v + alpha * (p[i] as number))
    r = r.map((v, i) => v - alpha * (q[i] as number))
    const before = rr
    rr = dot(r, r)
    p = r.map((v, i) => v + (rr / before) * (p[i] as number))
    steps++
  }
  return { x, steps }
}

/** Gauss elimination with partial pivoting on the whole matrix. */
export function eliminate(matrix: number[][], b: number[]): number[] {
  const a = matrix.map((row, i) => [...row, b[i] as number])
  const n = a.length
  for (let k = 0; k < n; k++) {
    let pivot = k
    for (let i = k; i < n; i++)
      if (Math.abs(a[i]?.[k] ?? 0) > Math.abs(a[pivot]?.[k] ?? 0)) pivot = i
    const row = a[pivot] as number[]
    a[pivot] = a[k] as number[]
    a[k] = row
    for (let i = k + 1; i < n; i++) {
      const other = a[i] as number[]
      const factor = (other[k] as number) / (row[k] as number)
      if (factor === 0) continue
      for (let j = k; j <= n; j++) other[j] = (other[j] as number) - factor * (row[j] as number)
    }
  }
  const x = new Array<number>(n).fill(0)
  for (let i = n - 1; i >= 0; i--) {
    let sum = a[i]?.[n] as number
    for (let j = i + 1; j < n; j++) sum -= (a[i]?.[j] as number) * (x[j] as number)
    x[i] = sum / (a[i]?.[i] as number)
  }
  return x
}

/** Newton's method with the exact Jacobian of the Bratu problem, each step by conjugate gradients to the limit. */
export function plainBratu(
  side: number,
  lambda: number,
  tolerance: number,
): { u: number[]; residual: number } {
  const h2 = 1 / (side + 1) ** 2
  const apply = stencil(side)
  const f = (u: number[]) => apply(u).map((v, i) => v - h2 * lambda * Math.exp(u[i] as number))
  let u = new Array<number>(side * side).fill(0)
  const first = norm(f(u))
  for (let k = 0; k < 30 && norm(f(u)) > tolerance * first; k++) {
    const at = u
    // On the lower branch the Jacobian is positive definite.
    const jacobian: Map = (v) =>
      apply(v).map((w, i) => w - h2 * lambda * Math.exp(at[i] as number) * (v[i] as number))
    const { x } = plainCg(
      jacobian,
      f(u).map((v) => -v),
      1e-13,
    )
    u = u.map((v, i) => v + (x[i] as number))
  }
  return { u, residual: norm(f(u)) }
}
