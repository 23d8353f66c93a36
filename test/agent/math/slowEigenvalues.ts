/** All eigenvalues of a symmetric matrix, ascending, by Jacobi rotations (Golub & Van Loan, section 8.5): the slow way. */
export function eigenvalues(matrix: readonly (readonly number[])[]): number[] {
  const a = matrix.map((row) => Float64Array.from(row))
  const n = a.length
  const at = (i: number, j: number): number => a[i]?.[j] ?? 0
  const set = (i: number, j: number, value: number): void => {
    const row = a[i]
    if (row) row[j] = value
  }
  for (let sweep = 0; sweep < 60; sweep++) {
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        if (at(p, q) === 0) continue
        const theta = (at(q, q) - at(p, p)) / (2 * at(p, q))
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
        const c = 1 / Math.sqrt(t * t + 1)
        const s = t * c
        for (let k = 0; k < n; k++) {
          const [x, y] = [at(k, p), at(k, q)]
          set(k, p, c * x - s * y)
          set(k, q, s * x + c * y)
        }
        for (let k = 0; k < n; k++) {
          const [x, y] = [at(p, k), at(q, k)]
          set(p, k, c * x - s * y)
          set(q, k, s * x + c * y)
        }
      }
    let off = 0
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += at(p, q) ** 2
    if (off < 1e-24) break
  }
  return a.map((_, i) => at(i, i)).sort((x, y) => x - y)
}
