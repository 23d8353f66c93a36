import { readFile } from 'node:fs/promises'
import t from 'tap'
import { parse } from 'yaml'
import type { KalmanResult } from '../../../agent/fusion/results.ts'
import { numbersOf, readTable } from '../../../agent/io/sensors/table.ts'
import { FusionJob } from '../../../agent/wire/job.ts'
import { checkValue } from '../../../agent/wire/problems.ts'
import { rehearse } from '../../../controller/sim/rehearse.ts'
import { predict, update } from '../../agent/fusion/covarianceFilter.ts'

const rowsText = await readFile(
  new URL('../../../devices/demo/soil/meuse.csv', import.meta.url),
  'utf8',
)
const JOB = `
apiVersion: hypernet.dev/v1
kind: FusionJob
metadata: { name: zinc }
spec:
  model:
    type: kalman
    states: [level, trend]
    transition: [[1, 1], [0, 1]]
    noise: [[0.02, 0], [0, 0.001]]
    initial: { mean: [5, 0], covariance: [[1, 0], [0, 0.1]] }
    observations:
      - { value: log(zinc), factors: [1, sqrt(dist)], variance: 4 }
  window: { size: 10s, every: 10s }
  epochs: 5
`

t.test('a rehearsal of a filter ends where one machine would', async (t) => {
  const checked = checkValue(FusionJob, parse(JOB))
  if (!('value' in checked)) throw new Error(JSON.stringify(checked.problems))
  const { document } = rehearse({
    job: checked.value,
    rows: { name: 'meuse.csv', text: rowsText },
    options: { devices: '20', loss: '0.2', seed: '4' },
    reader: { read: readTable, numbers: numbersOf },
  })
  const filter = {
    transition: [
      [1, 1],
      [0, 1],
    ],
    noise: [
      [0.02, 0],
      [0, 0.001],
    ],
    mean: [5, 0],
    covariance: [
      [1, 0],
      [0, 0.1],
    ],
  }
  // A file's rows count in each window.
  const rows = numbersOf(readTable('meuse.csv', rowsText), ['zinc', 'dist'])
  for (let epoch = 0; epoch < 5; epoch++) {
    if (epoch > 0) predict(filter)
    for (const [zinc, dist] of rows)
      update(filter, { z: Math.log(zinc ?? 0), h: [1, Math.sqrt(dist ?? 0)], r: 4 })
  }
  const { posterior, carried } = document.result as unknown as KalmanResult & { carried: unknown }
  t.equal(document.status, 'succeeded')
  posterior.parameters.forEach(({ mean }, i) => {
    t.ok(Math.abs(mean - (filter.mean[i] ?? 0)) < 1e-12, `${mean} and ${filter.mean[i]}`)
  })
  t.strictSame(carried, { since: 0, windows: 5, missed: 0 })
})
