import { parseArgs } from 'node:util'
import type { Scenario } from '../../controller/sim/scenario.ts'
import { simulate } from '../../controller/sim/simulator.ts'
import { builtMethods, type MethodName, orderBy } from '../methods.ts'
import { averageOrder, stage } from '../scenarios/stage.ts'
import { median, round } from './figures.ts'
import { gatherKernel, type Kernel, ledgerKernel } from './simulator/kernels.ts'

/**
 * `npm run bench:simulator [-- --method flood] [--devices 1000] [--rounds N] [--runs 3]`: one JSON line (cli.md).
 * `agentRoundsPerSecond`: devices times rounds, by time of the processor, with every check on. Without `--rounds`
 * a run goes on until all are final.
 * `kernelRatio`: time of one agent-round over that of the barest kernel in the same run: the ledger in
 * doubles for `ratio`, else the sum of 30 numbers of 8 neighbors, both in flat typed arrays.
 */
const { values } = parseArgs({
  options: {
    method: { type: 'string', default: 'flood' },
    devices: { type: 'string', default: '1000' },
    rounds: { type: 'string' },
    runs: { type: 'string', default: '3' },
  },
})
const method = builtMethods().find((name) => name === values.method)
const devices = Number(values.devices)
const runs = Number(values.runs)
const wanted = values.rounds === undefined ? undefined : Number(values.rounds)
if (method === undefined || !(devices >= 10) || !(runs >= 1) || !((wanted ?? 1) >= 1)) {
  process.stderr.write(
    `bench:simulator: wanted --method ${builtMethods().join('|')}, and --devices from 10\n`,
  )
  process.exit(2)
}

/** A device adds one number to a sum; how many rows there were makes two. */
const COMPONENTS = 2
const GATHERED = 30

function scenarioOf(name: MethodName, seed: number): Scenario {
  const order = { ...averageOrder, model: { type: 'sum' as const, response: ['x'] } }
  return stage(devices, {
    seed,
    order: orderBy({ ...order, timeout: 1e9 }, name),
    devices: Array.from({ length: devices }, (_, i) => ({ name: `d${i}`, rows: [[i]] })),
    linger: 0,
    ...(wanted === undefined ? {} : { maxRounds: wanted }),
  })
}

/** Microseconds of the processor that something takes. */
function microseconds(of: () => void): number {
  const before = process.cpuUsage()
  of()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

interface Run {
  readonly agentRounds: number
  readonly microseconds: number
}

function realAgents(name: MethodName, seed: number): Run {
  let agentRounds = 0
  const taken = microseconds(() => {
    const { rounds, devices: ended } = simulate(scenarioOf(name, seed))
    if (wanted === undefined && ended.some(({ state }) => state !== 'final'))
      throw new Error(`seed ${seed} did not end`)
    agentRounds = devices * (wanted ?? rounds)
  })
  return { agentRounds, microseconds: taken }
}

/** Microseconds of one agent-round of a kernel. */
function bare(kernel: Kernel): number {
  const rounds = Math.max(20, Math.ceil(2_000_000 / devices))
  const taken = microseconds(() => {
    for (let k = 0; k < rounds; k++) kernel.round()
  })
  return taken / (devices * rounds)
}

const agents: Run[] = []
const kernels: number[] = []
for (let run = 1; run <= runs; run++) {
  // Interleaved: what else the machine does falls on both.
  kernels.push(
    bare(method === 'ratio' ? ledgerKernel(devices, COMPONENTS) : gatherKernel(devices, GATHERED)),
  )
  agents.push(realAgents(method, run))
}
const perRound = median(agents.map((run) => run.microseconds / run.agentRounds))
process.stdout.write(
  `${JSON.stringify({
    bench: 'simulator',
    devices,
    method,
    agentRoundsPerSecond: Math.round(1e6 / perRound),
    kernelRatio: Math.round(perRound / median(kernels)),
    rssMB: Math.round(process.resourceUsage().maxRSS / 1000),
    rounds: round(median(agents.map((run) => run.agentRounds)) / devices, 2),
    seconds: round(median(agents.map((run) => run.microseconds)) / 1e6, 2),
  })}\n`,
)
