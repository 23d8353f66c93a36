import t from 'tap'
import { conjugateGradients } from '../../../../agent/communicator/linear/conjugateGradients.ts'
import { gmres } from '../../../../agent/communicator/linear/gmres.ts'
import { blocks, rangeOf } from '../../../../agent/communicator/linear/layout.ts'
import { newtonKrylov } from '../../../../agent/communicator/linear/newtonKrylov.ts'
import { convection, laplacian } from '../../../../devices/demo/poisson/problems.ts'
import { eliminate, sineSolve } from './oracle.ts'
import { distance, type Solver, solve, together } from './solving.ts'

t.test('the iterates are the same bits on any number of ranks and any network', async (t) => {
  const side = 8
  const b = Array.from({ length: side * side }, (_, i) => Math.sin(i))
  for (const solver of [conjugateGradients, gmres] as const) {
    const results = await Promise.all(
      [
        { ranks: 1, loss: 0, seed: 1 },
        { ranks: 3, loss: 0.3, seed: 1 },
        { ranks: 8, loss: 0.1, seed: 2 },
      ].map(({ ranks, ...options }) =>
        solve(ranks, laplacian, b, (...args) => solver(...args), options),
      ),
    )
    for (const { x } of results) t.strictSame(x, results[0]?.x)
  }
})

t.test(
  'GMRES solves what is not symmetric, also with a preconditioner and after restarts',
  async (t) => {
    const side = 8
    const b = Array.from({ length: side * side }, (_, i) => Math.cos(i))
    const entries = (n: number) => convection(n, 50)
    const rows: number[][] = Array.from({ length: side * side }, () =>
      new Array(side * side).fill(0),
    )
    for (const [i, j, value] of entries(side)) (rows[i] as number[])[j] = value
    const expected = eliminate(rows, b)
    const precondition = (r: Float64Array) => r.map((value) => value / 4)
    for (const options of [{}, { restart: 5 }, { restart: 10, precondition }]) {
      const { x, solutions } = await solve(4, entries, b, (comm, apply, own) =>
        gmres(comm, apply, own, { tolerance: 1e-12, ...options }),
      )
      t.equal(together(t, solutions).converged, true)
      t.ok(distance(x, expected) < 1e-10)
    }
  },
)

t.test('solvers end together where they cannot succeed', async (t) => {
  const b = new Array<number>(16).fill(1)
  const few = await solve(4, laplacian, b, (comm, apply, own) =>
    conjugateGradients(comm, apply, own, { iterations: 2 }),
  )
  t.match(together(t, few.solutions), { converged: false, iterations: 2 })
  const indefinite: Solver = (comm, apply, own) =>
    conjugateGradients(comm, async (x) => (await apply(x)).map((v) => -v), own)
  t.match(together(t, (await solve(4, laplacian, b, indefinite)).solutions), { converged: false })
  // F(u) = 1 + u² has no root.
  const hopeless: Solver = (comm, _, own) =>
    newtonKrylov(comm, async (u) => u.map((v) => 1 + v * v), own)
  t.match(together(t, (await solve(4, laplacian, b, hopeless)).solutions), { converged: false })
})

t.test('a right side of zeros is solved by zeros at once', async (t) => {
  const b = new Array<number>(16).fill(0)
  for (const solver of [conjugateGradients, gmres] as const) {
    const { x, solutions } = await solve(2, laplacian, b, (...args) => solver(...args))
    t.match(together(t, solutions), { converged: true, iterations: 0, residual: 0 })
    t.strictSame(x, b)
  }
})

t.test('solvers go on from a first guess', async (t) => {
  const b = Array.from({ length: 64 }, (_, i) => Math.sin(i))
  const expected = sineSolve(8, b)
  for (const solver of [conjugateGradients, gmres] as const) {
    const layout = blocks(64, 2)
    const { x, solutions } = await solve(2, laplacian, b, (comm, apply, own) =>
      solver(comm, apply, own, {
        start: Float64Array.from(expected.slice(...rangeOf(layout, comm.rank))),
      }),
    )
    t.ok(together(t, solutions).iterations <= 1, 'the closed form is the solution')
    t.ok(distance(x, expected) < 1e-13)
  }
})
