/** Huber's Proposal 2 as textbooks compute it: weights, a weighted fit and the scale in turn, in doubles, on rows that lie in one place. */
const BEND = 1.345

export interface PlainFit {
  readonly coefficients: readonly number[]
  readonly scale: number
}

export function plainHuber(
  rows: readonly { readonly terms: readonly number[]; readonly y: number; readonly w?: number }[],
): PlainFit {
  const [n, p] = [rows.length, rows[0]?.terms.length ?? 0]
  const share = shareWithin(BEND)
  const scaled = rows.map(({ terms, y, w = 1 }) => ({
    terms: terms.map((x) => x * Math.sqrt(w)),
    y: y * Math.sqrt(w),
  }))
  let coefficients = weighted(scaled, () => 1)
  let scale = Math.sqrt(scaled.reduce((sum, row) => sum + residual(row, coefficients) ** 2, 0) / n)
  for (let round = 0; round < 5000; round++) {
    const bent = BEND * scale
    const before = coefficients
    coefficients = weighted(scaled, (row) =>
      Math.min(1, bent / Math.abs(residual(row, before) || 1e-300)),
    )
    const squares = scaled.reduce(
      (sum, row) => sum + Math.min(residual(row, coefficients) ** 2, bent ** 2),
      0,
    )
    scale = Math.sqrt(squares / ((n - p) * share))
  }
  return { coefficients, scale }
}

/** E min(Z², k²) by the trapezoid rule, which converges faster than any power for this integrand but for its bend. */
function shareWithin(k: number): number {
  const density = (z: number) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  const simpson = (f: (z: number) => number, from: number, to: number) => {
    const steps = 20_000
    const h = (to - from) / steps
    let sum = f(from) + f(to)
    for (let i = 1; i < steps; i++) sum += f(from + i * h) * (i % 2 === 1 ? 4 : 2)
    return (sum * h) / 3
  }
  return 2 * (simpson((z) => z * z * density(z), 0, k) + k * k * simpson(density, k, 40))
}

interface Scaled {
  readonly terms: readonly number[]
  readonly y: number
}

const residual = ({ terms, y }: Scaled, x: readonly number[]): number =>
  terms.reduce((rest, a, i) => rest - a * (x[i] ?? 0), y)

/** Normal equations by elimination with pivots. */
function weighted(rows: readonly Scaled[], weightOf: (row: Scaled) => number): number[] {
  const p = rows[0]?.terms.length ?? 0
  const a = Array.from({ length: p }, () => new Array<number>(p + 1).fill(0))
  for (const row of rows) {
    const w = weightOf(row)
    row.terms.forEach((x, i) => {
      const line = a[i] ?? []
      row.terms.forEach((z, j) => {
        line[j] = (line[j] ?? 0) + w * x * z
      })
      line[p] = (line[p] ?? 0) + w * x * row.y
    })
  }
  for (let k = 0; k < p; k++) {
    const pivot = a.slice(k).reduce((best, line, i) => {
      const other = a[best]?.[k] ?? 0
      return Math.abs(line[k] ?? 0) > Math.abs(other) ? k + i : best
    }, k)
    const [top = [], other = []] = [a[pivot], a[k]]
    a[k] = top
    a[pivot] = other
    a.forEach((line, i) => {
      if (i === k) return
      const factor = (line[k] ?? 0) / (top[k] ?? 1)
      for (let j = k; j <= p; j++) line[j] = (line[j] ?? 0) - factor * (top[j] ?? 0)
    })
  }
  return a.map((line, i) => (line[p] ?? 0) / (line[i] ?? 1))
}
