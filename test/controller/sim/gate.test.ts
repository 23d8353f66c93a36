import t from 'tap'
import { resultOf } from '../../../agent/fusion/model.ts'
import type { LeastSquaresResult } from '../../../agent/fusion/results.ts'
import { sumVectors } from '../../../agent/math/exactVector.ts'
import { fleetOf, partsOf, WEIGHTED } from '../../agent/fusion/gateFleet.ts'
import { rehearsed } from './rehearsed.ts'

const SENSORS = 50
const MODEL = {
  type: 'leastSquares',
  response: 'y',
  terms: [1, 'x', 'z'],
  weights: 'w',
  robust: 'gate',
}

/** The fleet as a file: row r of all sensors, sensor after sensor, as rows are dealt in turn. */
function run(liars: number, options: Record<string, string> = {}) {
  const fleet = fleetOf({ seed: 4, size: SENSORS, liars })
  const rows = (fleet[0] ?? []).flatMap((_, r) =>
    fleet.map((own) => {
      const { x = 0, z = 0, y = 0, w = 1 } = own[r] ?? {}
      return [x, z, y, w]
    }),
  )
  const document = rehearsed({
    model: MODEL,
    columns: ['x', 'z', 'y', 'w'],
    rows,
    options: { devices: String(SENSORS), loss: '0.3', seed: '5', ...options },
  })
  const honest = partsOf(fleet.slice(liars)).map(({ vector }) => vector)
  const wanted = resultOf(WEIGHTED, sumVectors(honest, WEIGHTED.dimension)) as LeastSquaresResult
  return { document, wanted }
}

// The simulator holds whom each device refuses, and the sum of the others, against what was contributed.
for (const liars of [0, 5, 20])
  t.test(
    `of 50 sensors that lose 30 % of their messages ${liars} lie, and are named`,
    async (t) => {
      const { document, wanted } = run(liars)
      t.equal(document.status, 'succeeded')
      t.equal(document.agreement?.sealed, SENSORS, 'all devices refuse the same')
      t.equal(document.gate?.admitted, SENSORS - liars)
      const names = Array.from({ length: liars }, (_, i) => `device-${String(i).padStart(2, '0')}`)
      t.strictSame(
        document.gate?.refused.map(({ device }) => device),
        names,
      )
      for (const { distance = 0, reason } of document.gate?.refused ?? []) {
        t.ok(distance > 4.03, 'beyond the square root of 16.27')
        t.match(reason, /what its rows say lies \d+/)
      }
      t.equal(document.contributors?.count, SENSORS, 'the fleet agreed on all of them')
      t.strictSame(document.result, wanted, 'the exact fit of the honest')
    },
  )

t.test('only flood shows what the gate looks at', async (t) => {
  t.throws(() => run(0, { method: 'tree' }), { code: 'BAD_USAGE', message: /flood alone shows/ })
})
