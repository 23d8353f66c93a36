import { addDyadic, type Dyadic, dyadicOf, toDouble } from '../math/dyadic.ts'
import { MathError } from '../math/mathError.ts'
import { rationalToDouble } from '../math/rational.ts'
import { type NormalEquations, solveNormalEquations } from '../math/solve.ts'
import { diagonalIndex, element } from './normalEquations.ts'

/** How far a fit is: the best point so far with what was summed there, and the point where the next sum is taken. */
export interface Path {
  /** Sums before this one. */
  readonly sums: number
  /** Marquardt's λ, and by how much it grows after the next point that is worse. */
  readonly damping: number
  readonly growth: number
  /** Sum of squares at the best point, -1 before there is one; and the rows there with and without a value. */
  readonly squares: number
  readonly usable: number
  readonly unusable: number
  readonly best: Float64Array
  /** Of each parameter the largest diagonal element so far. */
  readonly scale: Float64Array
  /** Jᵀr and the upper triangle of JᵀJ at the best point, rounded. */
  readonly right: Float64Array
  readonly gram: Float64Array
  /** Where the next sum is taken. */
  readonly point: Float64Array
  /** Why the search has ended, where a last sum is taken at the best point, since the one before was at a worse. */
  readonly ending: Ending | undefined
}

/** What was summed at a path's point, without rounding. */
export interface Local {
  readonly equations: NormalEquations
  readonly usable: number
  readonly unusable: number
}

export interface Bounds {
  readonly least: Float64Array
  readonly most: Float64Array
  /** Most sums that are taken. */
  readonly sums: number
}

/**
 * Why a fit ends: at a minimum; where no smaller sum of squares can be told from rounding; where none was found though the slopes promise
 * one; after as many sums as the job allows; or
 * where no step could be worked out, since some parameters do nothing there.
 */
export type Ending = (typeof ENDINGS)[number]
const ENDINGS = ['converged', 'flat', 'stuck', 'limit', 'singular'] as const

/** A step that moves each parameter by less than this share of it ends the fit. */
const CLOSE = 1e-10
/**
 * So near the minimum that the sum of squares is level but for rounding, derivatives still tell where it is: a step that foresees less
 * than this share is taken where the sum of squares does not grow by more than rounding.
 */
const NEAR = 1e-10
const LEVEL = 1e-12
/** A share of the sum of squares that rounding may promise. */
const PROMISE = 1e-8
/** A step this small changes the sum of squares by rounding only. */
const ROUNDING = 4e-16
const FIRST_DAMPING = 1e-3
const LEAST_DAMPING = 1e-18
const MOST_DAMPING = 1e18

const SCALARS = 7
const triangle = (p: number): number => (p * (p + 1)) / 2

/** Figures that a path of p parameters is stored as. */
export const sizeOf = (p: number): number => SCALARS + 4 * p + triangle(p)

export function firstPath(start: Float64Array): Path {
  const p = start.length
  return {
    sums: 0,
    damping: FIRST_DAMPING,
    growth: 2,
    squares: -1,
    usable: 0,
    unusable: 0,
    best: start,
    scale: new Float64Array(p),
    right: new Float64Array(p),
    gram: new Float64Array(triangle(p)),
    point: start,
    ending: undefined,
  }
}

export function stored(path: Path): Float64Array {
  const { sums, damping, growth, squares, usable, unusable } = path
  const { best, scale, right, gram, point } = path
  const ending = path.ending === undefined ? -1 : ENDINGS.indexOf(path.ending)
  const scalars = [sums, damping, growth, squares, usable, unusable, ending]
  return Float64Array.of(...scalars, ...best, ...scale, ...right, ...gram, ...point)
}

export function pathOf(figures: Float64Array, p: number): Path {
  const [sums = 0, damping = 0, growth = 0, squares = 0, usable = 0, unusable = 0, end = -1] =
    figures
  const take = (from: number, length: number): Float64Array =>
    figures.subarray(SCALARS + from, SCALARS + from + length)
  const [best, scale, right] = [take(0, p), take(p, p), take(2 * p, p)]
  const gram = take(3 * p, triangle(p))
  const point = take(3 * p + triangle(p), p)
  const scalars = { sums, damping, growth, squares, usable, unusable, ending: ENDINGS[end] }
  return { ...scalars, best, scale, right, gram, point }
}

/**
 * What follows from a sum at a path's point: the path to the next one, or why there is none. The last sum is always one at the best
 * point, so that a fit has its errors from where it ends.
 */
export function follow(path: Path, local: Local, bounds: Bounds): Path | Ending {
  const isAtBest = path.point.every((each, i) => each === path.best[i])
  const isSame = local.usable + local.unusable === path.usable + path.unusable
  if (path.ending !== undefined && isSame) return path.ending
  // Other rows than before: a device has gone, and what is summed at a new point cannot be held against the best one.
  if (path.squares >= 0 && !isSame && !isAtBest) return closing(again(path), undefined, bounds)
  const squares = rounded(local.equations.square)
  const isFirst = path.squares < 0 || !isSame
  const step = path.point.map((each, i) => each - (path.best[i] ?? 0))
  const isLevel =
    foreseen(path, step) <= NEAR * path.squares && squares <= path.squares * (1 + LEVEL)
  const isBetter =
    isFirst ||
    local.unusable < path.unusable ||
    (local.unusable === path.unusable && (squares < path.squares || isLevel))
  const next = isBetter
    ? accepted(path, local, squares, isFirst ? undefined : step)
    : rejected(path)
  const end = (ending: Ending) => {
    const told = ending === 'flat' && !isLevelAt(next, bounds) ? 'stuck' : ending
    return isBetter ? told : closing(next, told, bounds)
  }
  if (isBetter && isAtMinimum(path, local, bounds)) return 'converged'
  const isTiny = !isFirst && isSmall(step, path.point, ROUNDING)
  if (isTiny || next.damping > MOST_DAMPING) return end('flat')
  // A sum beyond doubles: nothing follows from it.
  if (!stored(next).every(Number.isFinite)) return 'singular'
  // One is kept for the best point, in case the next is worse.
  if (next.sums + 1 >= bounds.sums) return end('limit')
  const on = ahead(next, isBetter ? local.equations : undefined, bounds)
  return typeof on === 'string' ? end(on) : on
}

/** The best point again, as if the search began there. */
const again = ({ sums, best, damping }: Path): Path => ({
  ...firstPath(best.slice()),
  sums: sums + 1,
  damping: Math.max(damping, FIRST_DAMPING),
})

/** A sum at the best point, if one is left; `ending`: the last. */
const closing = (path: Path, ending: Ending | undefined, { sums }: Bounds): Path | Ending =>
  path.sums < sums ? { ...path, point: path.best.slice(), ending } : 'limit'

/** By how much the sum of squares falls with a step if the formula were straight. */
const foreseen = ({ damping, scale, right }: Path, step: Float64Array): number =>
  step.reduce((sum, s, i) => sum + s * (damping * (scale[i] ?? 0) * s + (right[i] ?? 0)), 0)

/** The point is the best so far; by how much it is better than was foreseen says how far the next step may go. */
function accepted(
  path: Path,
  { equations, usable, unusable }: Local,
  squares: number,
  step: Float64Array | undefined,
): Path {
  const p = path.point.length
  const gram = Float64Array.from(equations.gram, rounded)
  const diagonal = path.point.map((_, i) => gram[diagonalIndex(p, i)] ?? 0)
  const scale = path.scale.map((each, i) => Math.max(each, diagonal[i] ?? 0))
  let { damping } = path
  if (step) {
    const gain = (path.squares - squares) / foreseen(path, step)
    // A point at which more rows have a value may have a larger sum, and is the better one all the same.
    const bend = 2 * Math.max(0, gain) - 1
    damping *= Number.isFinite(gain) ? Math.max(1 / 10, 1 - bend * bend * bend) : 1
  }
  return {
    ...path,
    sums: path.sums + 1,
    damping: Math.max(LEAST_DAMPING, Math.min(damping, MOST_DAMPING)),
    growth: 2,
    squares,
    usable,
    unusable,
    best: path.point.slice(),
    scale,
    right: Float64Array.from(equations.right, rounded),
    gram,
    ending: undefined,
  }
}

const rejected = (path: Path): Path => ({
  ...path,
  sums: path.sums + 1,
  damping: path.damping * path.growth,
  growth: path.growth * 2,
})

/** The next point; where the step cannot be worked out the damping grows until it can. */
function ahead(path: Path, exact: NormalEquations | undefined, bounds: Bounds): Path | Ending {
  const equations = exact ?? bestOf(path)
  for (let { damping } = path; damping <= MOST_DAMPING; damping *= 10) {
    const step = stepFrom(equations, path, damping, bounds)
    const point = step?.map((each, i) => within(bounds, i, (path.best[i] ?? 0) + each))
    if (!point?.every(Number.isFinite)) continue
    if (point.every((each, i) => each === path.best[i])) return 'flat'
    return { ...path, damping, point }
  }
  return 'singular'
}

/** What was summed at the best point, rounded. */
const bestOf = ({ gram, right, squares }: Path): NormalEquations => ({
  gram: Array.from(gram, dyadicOf),
  right: Array.from(right, dyadicOf),
  square: dyadicOf(squares),
})

/** Whether the slopes at the best point promise next to nothing; where they leave a step open nothing can be said. */
function isLevelAt(path: Path, bounds: Bounds): boolean {
  const step = stepFrom(bestOf(path), path, 0, bounds)
  if (!step) return true
  const promised = step.reduce((sum, s, i) => sum + s * (path.right[i] ?? 0), 0)
  return promised <= PROMISE * path.squares
}

/** (JᵀJ + λ D) s = Jᵀr, for the parameters that are not held at a bound. */
function stepFrom(
  { gram, right, square }: NormalEquations,
  { best, scale }: Path,
  damping: number,
  bounds: Bounds,
): Float64Array | undefined {
  const p = best.length
  const step = new Float64Array(p)
  const held = heldAt(best, { equations: { right } }, bounds)
  const free = [...best.keys()].filter((i) => !held.includes(i))
  const at = (i: number, j: number): Dyadic => element(gram, diagonalIndex(p, i) + j - i)
  const large = dyadicOf(Math.min(2 * rounded(square) + 1, Number.MAX_VALUE))
  const damped = free.flatMap((i, row) =>
    free.slice(row).map((j) => {
      const own = at(i, j)
      // Steep slopes, damped, may be beyond doubles.
      const damp = Math.min(damping * (scale[i] || 1), Number.MAX_VALUE)
      return i === j ? addDyadic(own, dyadicOf(damp)) : own
    }),
  )
  try {
    const rights = free.map((i) => element(right, i))
    const { coefficients } = solveNormalEquations({ gram: damped, right: rights, square: large })
    coefficients.forEach((each, k) => {
      step[free[k] ?? 0] = rationalToDouble(each)
    })
    return step
  } catch (error) {
    if (error instanceof MathError) return undefined
    throw error
  }
}

/** Whether the undamped step from here would move nothing by more than a small share of it. */
function isAtMinimum(path: Path, { equations }: Local, bounds: Bounds): boolean {
  const here: Path = { ...path, best: path.point }
  const step = stepFrom(equations, here, 0, bounds)
  return step !== undefined && isSmall(step, path.point, CLOSE)
}

const isSmall = (step: Float64Array, point: Float64Array, share: number): boolean =>
  step.every((each, i) => Math.abs(each) <= share * Math.abs(point[i] ?? 0))

/** Parameters that stand at a bound beyond which the sum of squares would fall. */
export const heldAt = (
  point: Float64Array,
  { equations: { right } }: { readonly equations: Pick<NormalEquations, 'right'> },
  bounds: Bounds,
): number[] => [...point.keys()].filter((i) => isHeld(bounds, i, point[i] ?? 0, rounded(right[i])))

/** At a bound, and the sum of squares falls only beyond it. */
const isHeld = ({ least, most }: Bounds, i: number, value: number, slope: number): boolean =>
  (value <= (least[i] ?? -Infinity) && slope < 0) || (value >= (most[i] ?? Infinity) && slope > 0)

const within = ({ least, most }: Bounds, i: number, value: number): number =>
  Math.min(Math.max(value, least[i] ?? -Infinity), most[i] ?? Infinity)

export const rounded = (each: Dyadic | undefined): number =>
  each ? toDouble(each.mantissa, each.exponent) : 0
