import { outNeighbors } from '../../../controller/sim/graph.ts'
import { drawGraph } from '../../../controller/sim/graphs.ts'
import { streams } from '../../../controller/sim/random.ts'

/** The barest code that does a method's arithmetic for a whole fleet: flat typed arrays, no messages, no faults. */
export interface Kernel {
  /** One round of every device. */
  round(): void
}

const DEGREE = 8

/** Neighbors of each device of a random regular graph, one after the other. */
const neighborsFor = (devices: number): Int32Array =>
  Int32Array.from(
    outNeighbors(
      drawGraph({ kind: 'regular', degree: DEGREE }, devices, streams(1)('graph')),
    ).flat(),
  )

/** Each device adds up the numbers of its neighbors (performance goals, section 5). */
export function gatherKernel(devices: number, components: number): Kernel {
  const neighbors = neighborsFor(devices)
  let now = new Float64Array(devices * components).map((_, i) => i % 97)
  let next = new Float64Array(devices * components)
  return {
    round() {
      for (let i = 0; i < devices; i++)
        for (let k = 0; k < components; k++) {
          let sum = 0
          for (let j = 0; j < DEGREE; j++)
            sum += now[(neighbors[i * DEGREE + j] as number) * components + k] as number // in range
          next[i * components + k] = sum / DEGREE
        }
      const held = now
      now = next
      next = held
    },
  }
}

/**
 * The mass ledger of `ratio` in doubles: a device keeps its share, adds what it gives away to a counter that
 * its neighbors read, and takes from each neighbor what its counter grew by (consensus, section 3c).
 * @param components numbers a device; the weight is one more
 */
export function ledgerKernel(devices: number, components: number): Kernel {
  const neighbors = neighborsFor(devices)
  const numbers = components + 1
  const mass = new Float64Array(devices * numbers).map((_, i) => (i % numbers ? 1 : i % 97))
  const given = new Float64Array(devices * numbers)
  const received = new Float64Array(devices * DEGREE * numbers)
  return {
    round() {
      for (let at = 0; at < mass.length; at++) {
        const share = (mass[at] as number) / (DEGREE + 1)
        given[at] = (given[at] as number) + share
        mass[at] = (mass[at] as number) - share * DEGREE
      }
      for (let i = 0; i < devices; i++)
        for (let j = 0; j < DEGREE; j++) {
          const from = (neighbors[i * DEGREE + j] as number) * numbers
          const link = (i * DEGREE + j) * numbers
          for (let k = 0; k < numbers; k++) {
            const counter = given[from + k] as number
            mass[i * numbers + k] =
              (mass[i * numbers + k] as number) + counter - (received[link + k] as number)
            received[link + k] = counter
          }
        }
    },
  }
}
