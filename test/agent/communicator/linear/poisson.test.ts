import t from 'tap'
import { conjugateGradients } from '../../../../agent/communicator/linear/conjugateGradients.ts'
import { gmres } from '../../../../agent/communicator/linear/gmres.ts'
import { laplacian } from '../../../../devices/demo/poisson/problems.ts'
import { norm, plainCg, sineSolve, stencil } from './oracle.ts'
import { distance, LOAD, RANKS, residualOf, SIDE, solve, together } from './solving.ts'

t.test('conjugate gradients solve the Poisson problem as one machine does', async (t) => {
  const tolerance = 1e-12
  const { x, solutions } = await solve(RANKS, laplacian, LOAD, (comm, apply, b) =>
    conjugateGradients(comm, apply, b, { tolerance }),
  )
  const { converged, iterations } = together(t, solutions)
  const alone = plainCg(stencil(SIDE), LOAD, tolerance)
  t.equal(converged, true)
  t.ok(Math.abs(iterations - alone.steps) <= 1, `${iterations} and ${alone.steps} iterations`)
  const [ours, theirs] = [x, alone.x].map((each) => residualOf(stencil(SIDE), each, LOAD))
  t.comment(`residual ${ours} over ${RANKS} ranks, ${theirs} on one machine`)
  // Rounding in the last step may differ, since scalar products here are exact.
  t.ok((ours as number) <= 1.1 * (theirs as number))
  t.ok(distance(x, sineSolve(SIDE, LOAD)) < 1e-12, 'as the sine series says, which is below 0.074')
})

t.test('GMRES solves it to the same residual', async (t) => {
  const tolerance = 1e-12
  const { x, solutions } = await solve(RANKS, laplacian, LOAD, (comm, apply, b) =>
    gmres(comm, apply, b, { tolerance, restart: 60 }),
  )
  t.equal(together(t, solutions).converged, true)
  const ours = residualOf(stencil(SIDE), x, LOAD)
  t.comment(`residual ${ours}`)
  t.ok(ours <= 1.1 * tolerance * norm(LOAD))
  t.ok(distance(x, sineSolve(SIDE, LOAD)) < 1e-12)
})
