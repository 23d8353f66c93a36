import { fleetId, jobId, sensorId } from '../../../agent/wire/ids.ts'
import type { Order } from '../../../agent/wire/messages.ts'
import type { Model } from '../../../agent/wire/modelMessage.ts'
import { PROTOCOL } from '../../../agent/wire/version.ts'
import { crashes } from '../../../controller/sim/faults.ts'
import { drawGraph } from '../../../controller/sim/graphs.ts'
import { type Dice, streams } from '../../../controller/sim/random.ts'
import type { Scenario } from '../../../controller/sim/scenario.ts'
import { type MethodName, orderBy } from '../../methods.ts'
import type { Network, Place } from './cells.ts'

/** What the devices sum, and what their sensors show. */
export interface Subject {
  readonly model: Model
  readonly sensors: readonly string[]
  reading(dice: Dice, device: number): number
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'y']

/**
 * Least squares of six terms: 29 numbers a device. Readings are integers of so many bits times a power of
 * two, as sensors give them; the statistic has twice as many.
 */
export const fit = (bits: number): Subject => ({
  model: {
    type: 'leastSquares',
    response: ['y'],
    terms: [[1], ['a'], ['b'], ['c'], ['d'], ['e']],
    names: ['1', 'a', 'b', 'c', 'd', 'e'],
  },
  sensors: NAMES,
  reading: (dice) => {
    const whole = Math.floor((dice.fraction() + dice.fraction() * 2 ** -32) * 2 ** bits)
    return (whole - 2 ** (bits - 1)) * 2 ** (8 - bits)
  },
})

/**
 * Bits of the readings. `ratio` takes more rounds the longer its numbers are; its goals were measured with
 * statistics of 62 bits. The others carry full doubles.
 */
export const bitsFor = (method: MethodName): number => (method === 'ratio' ? 31 : 53)

const sum = (reading: Subject['reading']): Subject => ({
  model: { type: 'sum', response: ['y'] },
  sensors: ['y'],
  reading,
})
/** One number a device, drawn; and the input that is hardest to mix: all at one device. */
export const drawn: Subject = sum((dice) => dice.below(2 ** 31))
export const oneHot: Subject = sum((_, device) => (device === 0 ? 2 ** 30 : 0))

const PERIOD = 100
/** Rounds after which a run is given up: what `ratio` takes on a ring of 64, thrice. */
const MOST_ROUNDS = 60_000
/** When devices of a network with crashes stop (goal 9). */
const CRASH_ROUND = 20

export interface SceneOf {
  readonly place: Place
  readonly network: Network
  readonly method: MethodName
  readonly subject: Subject
  readonly seed: number
  readonly crashRound?: number
}

/** The scenario of one run. */
export function sceneOf({ place, network, method, subject, seed, ...given }: SceneOf): Scenario {
  const { size, kind } = place
  const draw = streams(seed)
  const readings = draw('readings')
  const { crash, conditions } = network
  const round = given.crashRound ?? CRASH_ROUND
  return {
    order: orderOf(method, subject),
    devices: Array.from({ length: size }, (_, i) => ({
      name: `d${String(i).padStart(4, '0')}`,
      rows: [subject.sensors.map(() => subject.reading(readings, i))],
    })),
    columns: subject.sensors.map((id) => ({ id, unit: '' })),
    graph: kind && drawGraph(kind, size, draw('graph')),
    conditions,
    faults: crash === undefined ? [] : crashes(crash, round, size, draw('crash')),
    seed,
    maxRounds: MOST_ROUNDS,
    linger: 0,
  }
}

const orderOf = (method: MethodName, { model, sensors }: Subject): Order =>
  orderBy(
    {
      version: PROTOCOL,
      job: jobId('bench'),
      fleet: fleetId('lab') as unknown as Order['fleet'], // the schema brands it as a job id
      generation: 1,
      model,
      sensors: sensors.map((id) => ({ id: sensorId(id), unit: '' })),
      window: { late: 0 },
      method: 'flood',
      period: PERIOD,
      timeout: MOST_ROUNDS * PERIOD,
    },
    method,
  )
