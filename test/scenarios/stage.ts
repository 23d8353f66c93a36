import { fleetId, jobId, sensorId } from '../../agent/wire/ids.ts'
import type { Order } from '../../agent/wire/messages.ts'
import { PROTOCOL } from '../../agent/wire/version.ts'
import { FAIR } from '../../controller/sim/passage.ts'
import type { Scenario } from '../../controller/sim/scenario.ts'
import type { SimulationOutcome } from '../../controller/sim/simulator.ts'
import type { TraceLine } from '../../controller/sim/trace.ts'

/** An order that averages the sensor `x`, one round every 100 ms, given up after 600 rounds. */
export const averageOrder: Order = {
  version: PROTOCOL,
  job: jobId('scenario'),
  fleet: fleetId('lab') as unknown as Order['fleet'], // the schema brands it as a job id
  generation: 1,
  model: { type: 'average', response: ['x'] },
  sensors: [{ id: sensorId('x'), unit: '' }],
  window: { late: 0 },
  method: 'flood',
  period: 100,
  timeout: 60_000,
}

/** Devices 0, 1, 2... with the readings 1, 2, 4, 8...: every sum tells who is in it. */
export function stage(size: number, change: Partial<Scenario> = {}): Scenario {
  return {
    order: averageOrder,
    devices: Array.from({ length: size }, (_, i) => ({ name: `d${i}`, rows: [[2 ** i]] })),
    columns: [{ id: sensorId('x'), unit: '' }],
    conditions: FAIR,
    faults: [],
    seed: 1,
    maxRounds: 700,
    linger: 5,
    ...change,
  }
}

/** How each device ended, by name: its state, or `gone`. */
export const endings = ({ devices }: SimulationOutcome): Record<string, string> =>
  Object.fromEntries(devices.map(({ name, isUp, state }) => [name, isUp ? state : 'gone']))

/** The living devices that have no answer. */
export const withoutAnswer = ({ devices }: SimulationOutcome): string[] =>
  devices.filter(({ isUp, state }) => isUp && state !== 'final').map(({ name }) => name)

/** How many different answers the living devices hold. */
export const answersOf = ({ devices }: SimulationOutcome): number =>
  new Set(devices.flatMap(({ isUp, answer }) => (isUp && answer ? [answer.key] : []))).size

/** Collects a trace. */
export function traced(): { lines: TraceLine[]; trace: (line: TraceLine) => void } {
  const lines: TraceLine[] = []
  return { lines, trace: (line) => lines.push(line) }
}
