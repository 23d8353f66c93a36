import t from 'tap'
import { newtonKrylov } from '../../../../agent/communicator/linear/newtonKrylov.ts'
import { bratu, laplacian } from '../../../../devices/demo/poisson/problems.ts'
import { plainBratu, stencil } from './oracle.ts'
import { distance, LOAD, RANKS, residualOf, SIDE, solve, together } from './solving.ts'

t.test('Newton-Krylov solves the Bratu problem as one machine does', async (t) => {
  const [lambda, tolerance] = [6, 1e-12]
  const f = bratu(SIDE, lambda)
  const { x, solutions } = await solve(RANKS, laplacian, LOAD, (comm, apply, b) =>
    newtonKrylov(comm, async (u) => f(u, await apply(u)), new Float64Array(b.length), {
      tolerance,
      restart: 60,
    }),
  )
  t.equal(together(t, solutions).converged, true)
  const alone = plainBratu(SIDE, lambda, tolerance)
  const load = x.map((u) => (lambda * Math.exp(u)) / (SIDE + 1) ** 2)
  const ours = residualOf(stencil(SIDE), x, load)
  const first = (lambda * SIDE) / (SIDE + 1) ** 2
  t.comment(
    `residual ${ours} over ${RANKS} ranks, ${alone.residual} on one machine, ${first} at first`,
  )
  t.ok(ours <= tolerance * first && alone.residual <= tolerance * first)
  t.ok(distance(x, alone.u) < 1e-10, 'the same solution')
})
