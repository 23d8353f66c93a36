import { parseArgs } from 'node:util'
import { outNeighbors } from '../../controller/sim/graph.ts'
import { drawGraph } from '../../controller/sim/graphs.ts'
import { streams } from '../../controller/sim/random.ts'
import { simulate } from '../../controller/sim/simulator.ts'
import { stage } from '../scenarios/stage.ts'
import { median } from './figures.ts'

/**
 * `npm run bench:simulator [-- --devices 1000] [--runs 3]`: one JSON line (cli.md).
 * `agentRoundsPerSecond`: devices times rounds until all are final, by wall time, with every check on.
 * `kernelRatio`: time of one agent-round over that of the barest kernel in the same run: each of
 * as many devices adds up 30 numbers of its 8 neighbors in flat typed arrays (performance.md, section 5).
 */
const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '1000' },
    runs: { type: 'string', default: '3' },
  },
})
const devices = Number(values.devices)
const runs = Number(values.runs)
const COMPONENTS = 30
const DEGREE = 8

/** Microseconds of one agent-round of the real agents. */
function realAgents(seed: number): number {
  const started = performance.now()
  const { rounds, devices: ended } = simulate(
    stage(devices, {
      seed,
      devices: Array.from({ length: devices }, (_, i) => ({ name: `d${i}`, rows: [[i]] })),
      linger: 0,
    }),
  )
  if (ended.some(({ state }) => state !== 'final')) throw new Error(`seed ${seed} did not end`)
  return ((performance.now() - started) * 1000) / (devices * rounds)
}

/** Microseconds of one agent-round of the kernel. */
function bareKernel(seed: number): number {
  const kind = { kind: 'regular', degree: DEGREE } as const
  const neighbors = Int32Array.from(
    outNeighbors(drawGraph(kind, devices, streams(seed)('graph'))).flat(),
  )
  let now = new Float64Array(devices * COMPONENTS).map((_, i) => i % 97)
  let next = new Float64Array(devices * COMPONENTS)
  const rounds = Math.max(20, Math.ceil(400_000 / devices))
  const started = performance.now()
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < devices; i++)
      for (let k = 0; k < COMPONENTS; k++) {
        let sum = 0
        for (let j = 0; j < DEGREE; j++)
          sum += now[(neighbors[i * DEGREE + j] as number) * COMPONENTS + k] as number // in range
        next[i * COMPONENTS + k] = sum / DEGREE
      }
    const held = now
    now = next
    next = held
  }
  return ((performance.now() - started) * 1000) / (devices * rounds)
}

const agents: number[] = []
const kernels: number[] = []
for (let run = 1; run <= runs; run++) {
  // Interleaved: what else the machine does falls on both.
  kernels.push(bareKernel(run))
  agents.push(realAgents(run))
}
process.stdout.write(
  `${JSON.stringify({
    bench: 'simulator',
    devices,
    method: 'flood',
    agentRoundsPerSecond: Math.round(1e6 / median(agents)),
    kernelRatio: Math.round(median(agents) / median(kernels)),
    rssMB: Math.round(process.memoryUsage().rss / 1e6),
  })}\n`,
)
