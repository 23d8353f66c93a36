import { randomStream } from '../math/random.ts'
import { factorOf, solve } from './factor.ts'
import { type Center, misfitOf } from './gateDistance.ts'
import { medianOf, type Share } from './gateShare.ts'

/** From the median absolute deviation to the standard deviation of a normal distribution. */
const TO_DEVIATION = 1.4826022185056018
/** Variance of a median of normals times their number over their variance: π / 2. */
const OF_MEDIAN = 1.5707963267948966

/**
 * The coordinate-wise median of what each device finds by itself, if more than half of them find anything; else the answer of a few devices at a
 * time that most agree with. Undefined where not even all of them tell of all coefficients.
 */
export function centerOf(shares: readonly Share[], p: number): Center | undefined {
  const own = shares.flatMap(({ factor, right }) => solve(factor, right) ?? [])
  return own.length * 2 > shares.length ? medianCenter(own, p) : drawnCenter(shares, p)
}

/**
 * Likewise of some of them, around which the others are to be judged: the median again, or the pooled fit. Undefined where these do not tell
 * of all coefficients.
 */
export function centerAmong(
  shares: readonly Share[],
  p: number,
  isPooled: boolean,
): Center | undefined {
  if (isPooled) return pooledCenter(shares, p)
  const own = shares.flatMap(({ factor, right }) => solve(factor, right) ?? [])
  return own.length > 0 ? medianCenter(own, p) : undefined
}

function medianCenter(own: readonly Float64Array[], p: number): Center {
  const coefficients = new Float64Array(p)
  const covariance = new Float64Array(p * p)
  for (let k = 0; k < p; k++) {
    const values = own.map((each) => each[k] ?? 0)
    const middle = medianOf(values)
    const deviation = TO_DEVIATION * medianOf(values.map((each) => Math.abs(each - middle)))
    coefficients[k] = middle
    covariance[k * p + k] = (OF_MEDIAN * deviation * deviation) / own.length
  }
  return { coefficients, covariance, isPerVariance: false }
}

/** With two fifths of liars and five devices a draw 1 - (1 - 0.6⁵)^500 of all cases have an honest draw: all but 1e-17. */
const DRAWS = 500
/** Fits to the nearer half that follow the best draw. */
const REFINEMENTS = 4

/**
 * Least median of squares over devices (Rousseeuw, Journal of the American Statistical Association 79, 1984): devices are drawn until
 * they tell of all coefficients, and that draw counts whose answer is nearest to the middle device. Draws come from a fixed seed, so all devices
 * make the same ones.
 */
function drawnCenter(shares: readonly Share[], p: number): Center | undefined {
  const dice = randomStream(shares.length)
  let best: { readonly x: Float64Array; readonly middle: number } | undefined
  for (let draw = 0; draw < DRAWS; draw++) {
    const x = drawn(shares, p, dice.below)
    if (!x) return best && refined(shares, best.x, p)
    const middle = medianOf(distancesAt(shares, x))
    if (!best || middle < best.middle) best = { x, middle }
  }
  return best && refined(shares, best.x, p)
}

function drawn(
  shares: readonly Share[],
  p: number,
  below: (bound: number) => number,
): Float64Array | undefined {
  const left = [...shares]
  const taken: Share[] = []
  while (left.length > 0) {
    const [share] = left.splice(below(left.length), 1)
    if (share) taken.push(share)
    const together = taken.reduce((sum, { factor }) => sum + factor.rank, 0)
    const x = together >= p ? pooled(taken, p)?.x : undefined
    if (x) return x
  }
  return undefined
}

function pooled(shares: readonly Share[], p: number) {
  const gram = new Float64Array(p * p)
  const right = new Float64Array(p)
  for (const share of shares) {
    for (let k = 0; k < gram.length; k++) gram[k] = (gram[k] ?? 0) + (share.gram[k] ?? 0)
    for (let k = 0; k < p; k++) right[k] = (right[k] ?? 0) + (share.right[k] ?? 0)
  }
  const factor = factorOf(gram, p)
  const x = solve(factor, right)
  return x && { x, factor }
}

/** Of each device its misfit a rank. */
const distancesAt = (shares: readonly Share[], x: Float64Array): number[] =>
  shares.map((share) => misfitOf(share, x) / Math.max(share.factor.rank, 1))

function refined(shares: readonly Share[], first: Float64Array, p: number): Center | undefined {
  let x = first
  let last: Center | undefined
  for (let k = 0; k < REFINEMENTS; k++) {
    const distances = distancesAt(shares, x)
    const middle = medianOf(distances)
    last = pooledCenter(
      shares.filter((_, i) => (distances[i] ?? Infinity) <= middle),
      p,
    )
    if (!last) break
    x = last.coefficients
  }
  return last
}

function pooledCenter(shares: readonly Share[], p: number): Center | undefined {
  const found = pooled(shares, p)
  if (!found) return undefined
  const covariance = new Float64Array(p * p)
  for (let k = 0; k < p; k++) {
    const unit = new Float64Array(p)
    unit[k] = 1
    covariance.set(solve(found.factor, unit) ?? unit, k * p)
  }
  return { coefficients: found.x, covariance, isPerVariance: true }
}
