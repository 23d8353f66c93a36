import t from 'tap'
import type { QuantilesResult } from '../../../agent/fusion/results.ts'
import { meuse } from '../../agent/fusion/models.ts'
import { rehearsed } from './rehearsed.ts'

const PROBABILITIES = [0, 0.05, 0.5, 0.95, 1]
const zinc = meuse().map((row) => row.zinc ?? NaN)

/** Type 7 by sorting, of whole numbers, so that nothing is rounded but the end. */
function sortedQuantile(p: number): number {
  const sorted = [...zinc].sort((a, b) => a - b)
  const h = ((sorted.length - 1) * Math.round(100 * p)) / 100
  const [lower = NaN, upper = lower] = [sorted[Math.floor(h)], sorted[Math.ceil(h)]]
  return lower + (h - Math.floor(h)) * (upper - lower)
}

// The simulator holds every sum of every device against the slow one, too.
for (const [method, devices] of [
  ['flood', 12],
  ['tree', 24],
] as const)
  t.test(`by ${method} the zinc of the Meuse over ${devices} devices that lose 30 %`, async (t) => {
    const document = rehearsed({
      model: { type: 'quantiles', response: 'zinc', probabilities: PROBABILITIES },
      columns: ['zinc'],
      rows: zinc.map((each) => [each]),
      options: { devices: String(devices), loss: '0.3', seed: '11', method },
    })
    t.equal(document.agreement?.sealed, devices, 'all devices hold the same')
    const found = document.result as unknown as QuantilesResult
    t.equal(found.observations, 155)
    found.quantiles.forEach((each, i) => {
      const wanted = sortedQuantile(PROBABILITIES[i] ?? NaN)
      t.ok(Math.abs(each - wanted) < 1e-12 * wanted, `${each}, wanted ${wanted}`)
    })
    t.strictSame(found.quantiles[2], 326, 'the median that the survey is published with')
    t.comment(`${method}: ${found.sums} sums, ${document.consensus?.rounds} rounds`)
  })
