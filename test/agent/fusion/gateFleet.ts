import type { Part } from '../../../agent/fusion/gate.ts'
import { compileModel, contribute, resultOf } from '../../../agent/fusion/model.ts'
import { sumVectors } from '../../../agent/math/exactVector.ts'
import { randomStream } from '../../../agent/math/random.ts'
import { model as schema } from '../../../agent/wire/jobModels.ts'
import { modelOf } from '../../../controller/core/jobModel.ts'
import { normalsOf } from './models.ts'

/** Fleets in which some sensors lie, all alike. */
export const TRUTH = [20, 1.5, -0.7]
export const modelFor = (coefficients: number, weights?: string) =>
  compileModel(
    modelOf(
      schema.parse({
        type: 'leastSquares',
        response: 'y',
        terms: [1, 'x', 'z'].slice(0, coefficients),
        weights,
      }),
    ),
  )
export const WEIGHTED = modelFor(3, 'w')
export const PLAIN = modelFor(3)

export interface FleetOptions {
  readonly seed: number
  readonly size: number
  readonly liars: number
  /** What they add to each coefficient, in standard deviations of a row; and what their rows claim to count. */
  readonly bias?: number
  readonly claim?: number
  readonly rows?: number
  /** All rows of a device from one place, so that it cannot fit anything by itself. */
  readonly isFixed?: boolean
  /** Of these terms only: 1, x, z. */
  readonly coefficients?: number
  /** What each device adds to all of its rows, as standard deviation over the devices. */
  readonly offset?: number
  /** Readings come in such steps. */
  readonly step?: number
}

export interface FleetRow {
  readonly x: number
  readonly z: number
  readonly y: number
  readonly w: number
}

export function fleetOf({
  seed,
  size,
  liars,
  bias = 10,
  claim = 100,
  rows = 20,
  isFixed = false,
  coefficients = 3,
  offset = 0,
  step = 0,
}: FleetOptions): FleetRow[][] {
  const dice = randomStream(seed)
  const normal = normalsOf(dice)
  return Array.from({ length: size }, (_, i) => {
    const place = [normal(), normal()]
    const off = i < liars ? bias : 0
    const own = offset === 0 ? 0 : offset * normal()
    return Array.from({ length: rows }, () => {
      const [x = 0, z = 0] = isFixed ? place : [normal(), normal()]
      const [a = 0, b = 0, c = 0] = TRUTH.map((each, k) => (k < coefficients ? each + off : 0))
      const y = a + b * x + c * z + own + normal()
      return { x, z, y: step === 0 ? y : step * Math.round(y / step), w: i < liars ? claim : 1 }
    })
  })
}

export const partsOf = (fleet: readonly FleetRow[][], model = WEIGHTED): Part[] =>
  fleet.map((rows, index) => ({
    index,
    vector: contribute(
      model,
      rows.map((row) => ({ ...row })),
    ).vector,
  }))

/** Distance of the pooled coefficients from the truth. */
export function errorOf(parts: readonly Part[], model = WEIGHTED): number {
  const sum = sumVectors(
    parts.map(({ vector }) => vector),
    model.dimension,
  )
  const result = resultOf(model, sum)
  const coefficients = 'coefficients' in result ? result.coefficients : []
  return Math.sqrt(coefficients.reduce((all, c, i) => all + (c - (TRUTH[i] ?? 0)) ** 2, 0))
}
