import {
  blocks,
  type Communicator,
  conjugateGradients,
  connect,
  gmres,
  localCluster,
  newtonKrylov,
  ownRows,
  rangeOf,
  rowProduct,
} from 'hypernet/communicator'
import { parseArgs } from 'node:util'
import { bratu, laplacian } from './problems.ts'

/** Solves the Poisson and the Bratu problem over ranks: here in one process, or each rank a program of its own. */

const { values: given } = parseArgs({
  options: {
    side: { type: 'string', default: '32' },
    ranks: { type: 'string', default: '16' },
    loss: { type: 'string', default: '0.1' },
    /** With a broker this program is one rank of --ranks, under the id --node. */
    broker: { type: 'string' },
    fleet: { type: 'string', default: 'lab' },
    node: { type: 'string', default: 'solver-1' },
    password: { type: 'string' },
  },
})
const side = Number(given.side)
const LAMBDA = 6

async function solve(comm: Communicator): Promise<string[]> {
  const layout = blocks(side * side, comm.size)
  const [from, to] = rangeOf(layout, comm.rank)
  const apply = await rowProduct(comm, layout, ownRows(layout, comm.rank, laplacian(side)))
  const load = new Float64Array(to - from).fill(1 / (side + 1) ** 2)
  const lines: string[] = []
  const tell = async (name: string, work: ReturnType<typeof gmres>) => {
    const { x, residual, iterations, converged } = await work
    const highest = await comm.allreduce(Math.max(...x, 0), 'max')
    const end = converged ? 'converged' : 'not converged'
    lines.push(
      `${name.padEnd(34)} ${end} in ${String(iterations).padStart(3)} steps, ` +
        `residual ${residual.toExponential(2)}, largest u ${highest.toFixed(10)}`,
    )
  }
  const tolerance = 1e-12
  await tell('Poisson, conjugate gradients', conjugateGradients(comm, apply, load, { tolerance }))
  await tell('Poisson, GMRES(60)', gmres(comm, apply, load, { tolerance, restart: 60 }))
  const f = bratu(side, LAMBDA)
  const start = new Float64Array(to - from)
  const nonlinear = newtonKrylov(comm, async (u) => f(u, await apply(u)), start, {
    tolerance,
    restart: 60,
  })
  await tell(`Bratu with lambda ${LAMBDA}, Newton-Krylov`, nonlinear)
  return lines
}

async function main(): Promise<void> {
  const ranks = Number(given.ranks)
  if (given.broker === undefined) {
    const cluster = localCluster(ranks, { loss: Number(given.loss), seed: 1 })
    const all = await cluster.run(solve)
    const { messages, deliveries, lost } = cluster.traffic
    console.log(`${side * side} unknowns over ${ranks} ranks in this process`)
    for (const line of all[0] ?? []) console.log(line)
    console.log(`all ranks say the same: ${all.every((each) => `${each}` === `${all[0]}`)}`)
    console.log(`${messages} messages in ${deliveries} deliveries, of which ${lost} were lost`)
    return
  }
  const comm = await connect({
    broker: { url: given.broker, password: given.password },
    fleet: given.fleet,
    job: 'poisson',
    node: given.node,
    size: ranks,
  })
  const lines = await solve(comm)
  console.log(`rank ${comm.rank} of ${comm.size}`)
  for (const line of lines) console.log(line)
  await comm.close()
}

await main()
