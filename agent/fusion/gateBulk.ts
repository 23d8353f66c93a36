import { centerAmong } from './gateCenter.ts'
import { type Center, distanceOf, misfitOf } from './gateDistance.ts'
import { bulkLimitOf, bulkMeanOf, limitOf, middleOf } from './gateLimit.ts'
import { type Seen, type Variance, varianceBetween, varianceWithin } from './gateScale.ts'
import { medianOf, type Share } from './gateShare.ts'

/** How far a contribution lies from what most say. */
export interface Judgement {
  /** In standard deviations. */
  readonly distance: number
  readonly isFar: boolean
}

/** Single rows a term from which on they are judged. */
const FEWEST = 5
/** Fits to the nearer half that follow the first center. */
const HALVES = 4
/** So often the bulk may change; of 600 fleets each stood after four. */
const ROUNDS = 20

/** Told of what lies beyond all measure, as 5 does where all others say 0; it can be printed. */
const FARTHEST = 1e300

/** What most devices say, and by how much they differ. */
interface Bulk {
  readonly center: Center
  /** Of a row; and how it is known, if any device has rows to spare. */
  readonly variance: number
  readonly within: Variance | undefined
  /** By how much more than by the variance of a row devices differ; what it is at least, where sensors are coarse; and how it is known. */
  readonly excess: number
  readonly floor: number
  readonly degrees: number
}

/**
 * Judges each contribution around the bulk of all, which is looked for in steps: the nearer half, by least trimmed squares (P. J. Rousseeuw and K. Van
 * Driessen, Data Mining and Knowledge Discovery 12, 2006), then all within the 97.5 % point of the scale that these have, until they stay the same.
 * The median and the median absolute deviation of all would do for few liars; two fifths of them draw the one to their side and stretch
 * the other until they are inside, and of few honest devices both know too little.
 * @param seen from `first`
 */
export function judge(seen: readonly Seen[], first: Center, p: number): Judgement[] {
  if (areTooFew(seen, p)) return seen.map(() => ({ distance: 0, isFar: false }))
  let bulk = nearerHalf(seen, first, p)
  let inside = insideOf(bulk, seen)
  for (let round = 0; round < ROUNDS; round++) {
    bulk = bulkOf(
      seen.filter((_, i) => inside[i]),
      bulk,
      p,
    )
    const next = insideOf(bulk, seen)
    const isSame = next.every((each, i) => each === inside[i])
    if (isSame) break
    inside = next
  }
  const { center, variance, within, excess, floor, degrees } = bulk
  // Two yardsticks, and only beyond both a device is refused: by how much devices differ, with what is known of that, and how exact rows are; few
  // devices may agree better than their rows by chance. What is known of rows counts where it is more.
  const rows = within && within.degrees > degrees ? within.degrees : Infinity
  const scale = Math.max(within ? 1 : 0, excess, floor)
  return seen.map(({ share }) => {
    const { rank } = share.factor
    const distance = distanceOf(share, center, variance)
    const limits = [
      within ? limitOf(rank, rows) : 0,
      excess > 0 ? excess * limitOf(rank, degrees) : 0,
      floor * limitOf(rank),
    ]
    return {
      distance: Math.min(Math.sqrt(distance / scale), FARTHEST),
      isFar: distance > Math.max(...limits),
    }
  })
}

/**
 * Half of the rows of so few devices fit themselves: with fifteen of one row each and four terms every tenth honest one would be
 * refused. Where devices have rows to spare those tell the scale.
 */
const areTooFew = (seen: readonly Seen[], p: number): boolean =>
  p > 1 &&
  ranksOf(seen.map(({ share }) => share)) < FEWEST * p &&
  varianceWithin(seen) === undefined

function nearerHalf(seen: readonly Seen[], first: Center, p: number): Bulk {
  const shares = seen.map(({ share }) => share)
  let center: Center = { ...first, coefficients: new Float64Array(p) }
  const misfits = () => shares.map((share) => misfitOf(share, center.coefficients))
  for (let k = 0; k < HALVES; k++) {
    const away = misfits().map((each, i) => each / middleOf(shares[i]?.factor.rank ?? 1))
    const middle = medianOf(away)
    const near = shares.filter((_, i) => (away[i] ?? 0) <= middle)
    center = centerAmong(near, p, first.isPerVariance) ?? center
  }
  const between = varianceBetween(shares, misfits())
  const within = varianceWithin(seen)
  const variance = within?.variance ?? between.value
  const start = between.value / variance
  // Half of few devices agree too well with their own fit: by this factor (Rousseeuw and Leroy, Robust Regression, 1987, 5.1).
  const overfit = 1 + 5 / Math.max(ranksOf(shares) - p, 1)
  const floor = between.isFloor ? start : 0
  const excess = between.isFloor ? 0 : overfit * overfit * start
  return { center, variance, within, excess, floor, degrees: 0 }
}

/** More than half are, whatever the scale. */
function insideOf({ center, variance, excess, floor }: Bulk, seen: readonly Seen[]): boolean[] {
  const away = seen.map(
    ({ share }) => distanceOf(share, center, variance) / bulkLimitOf(share.factor.rank),
  )
  const half = Float64Array.from(away).sort()[seen.length >> 1] ?? 0
  const reach = Math.max(half, excess, floor)
  return away.map((each) => each <= reach)
}

/** The scale as mean of the squares: the median would know it with but 37 % of the devices. */
function bulkOf(inside: readonly Seen[], last: Bulk, p: number): Bulk {
  const shares = inside.map(({ share }) => share)
  const center = centerAmong(shares, p, last.center.isPerVariance) ?? last.center
  const within = varianceWithin(inside)
  const variance = within?.variance ?? last.variance
  const sum = shares.reduce((all, share) => all + misfitOf(share, center.coefficients), 0)
  const usual = shares.reduce((all, { factor }) => all + bulkMeanOf(factor.rank), 0) - p
  // A floor is one of the first variance.
  const floor = (last.floor * last.variance) / variance
  const excess = usual > 0 ? sum / variance / usual : 0
  return { center, variance, within, excess, floor, degrees: ranksOf(shares) - p }
}

/** In how many directions they tell something, all together. */
const ranksOf = (shares: readonly Share[]): number =>
  shares.reduce((all, { factor }) => all + factor.rank, 0)
