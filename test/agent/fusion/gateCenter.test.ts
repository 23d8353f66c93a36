import t from 'tap'
import { centerOf } from '../../../agent/fusion/gateCenter.ts'
import { shareOf, soundEquations, unitsOf } from '../../../agent/fusion/gateShare.ts'
import { fleetOf, PLAIN, partsOf, TRUTH } from './gateFleet.ts'

function centerFor(options: Partial<Parameters<typeof fleetOf>[0]>) {
  const parts = partsOf(fleetOf({ seed: 3, size: 25, liars: 0, claim: 1, ...options }), PLAIN)
  const sound = parts.flatMap(({ index, vector }) => {
    const found = soundEquations(vector, 3)
    return found ? [{ index, ...found }] : []
  })
  const units = unitsOf(sound, 3)
  const center = centerOf(
    sound.map((each) => shareOf(each.index, each, units)),
    3,
  )
  return { center, coefficients: center?.coefficients.map((each, i) => each / (units[i] ?? 1)) }
}

const isNear = (found: Float64Array | undefined, tolerance: number) =>
  found !== undefined && TRUTH.every((each, i) => Math.abs(each - (found[i] ?? NaN)) < tolerance)

t.test('is the median of what devices find by themselves', async (t) => {
  for (const liars of [0, 5, 10]) {
    const { center, coefficients } = centerFor({ liars })
    t.ok(isNear(coefficients, 0.5), `${liars} liars: ${coefficients}`)
    t.equal(center?.isPerVariance, false)
  }
})

t.test('is drawn where they find nothing by themselves', async (t) => {
  for (const liars of [0, 5, 10]) {
    const { center, coefficients } = centerFor({ liars, isFixed: true })
    t.ok(isNear(coefficients, 0.5), `${liars} liars: ${coefficients}`)
    t.equal(center?.isPerVariance, true)
    t.strictSame(centerFor({ liars, isFixed: true }).coefficients, coefficients, 'always the same')
  }
})

t.test('is nowhere where all devices together tell too little', async (t) => {
  t.equal(centerFor({ size: 2, isFixed: true }).center, undefined)
})
