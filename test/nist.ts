import { parseArgs } from 'node:util'
import { parse } from 'yaml'
import type { NonlinearResult } from '../agent/fusion/kind.ts'
import { numbersOf, readTable } from '../agent/io/sensors/table.ts'
import { FusionJob } from '../agent/wire/job.ts'
import { checkValue } from '../agent/wire/problems.ts'
import { rehearse } from '../controller/sim/rehearse.ts'
import { digits } from './agent/fusion/models.ts'
import { REFERENCE_CURVES, type ReferenceCurve, rowsOf } from './agent/fusion/strdCurves.ts'

/**
 * `npm run nist [-- --only NAME] [--start 1|2]`: NIST's nonlinear problems as jobs, their rows on 16 devices that lose 30 % of
 * their messages. One JSON line a problem: least digits of the parameters that agree, sums, rounds, and how the search ended.
 */
const { values } = parseArgs({
  options: { only: { type: 'string' }, start: { type: 'string', default: '2' } },
})
const start = values.start === '1' ? 0 : 1

const jobOf = ({ name, response, formula, parameters }: ReferenceCurve) => {
  const list = parameters.map((each, i) => `{ name: b${i + 1}, start: ${each[start]} }`)
  const checked = checkValue(
    FusionJob,
    parse(`apiVersion: hypernet.dev/v1
kind: FusionJob
metadata: { name: ${name.toLowerCase()} }
spec:
  model: { type: nonlinearLeastSquares, response: ${response}, formula: '${formula}', parameters: [${list.join(', ')}] }`),
  )
  if (!('value' in checked)) throw new Error(JSON.stringify(checked.problems))
  return checked.value
}

for (const curve of REFERENCE_CURVES) {
  if (values.only !== undefined && values.only !== curve.name) continue
  const { document } = rehearse({
    job: jobOf(curve),
    rows: { name: `${curve.name}.csv`, text: rowsOf(curve) },
    options: { devices: '16', loss: '0.3', seed: '7' },
    reader: { read: readTable, numbers: numbersOf },
  })
  const found = document.result as unknown as NonlinearResult | undefined
  const least = Math.min(
    ...curve.parameters.map(([, , value], i) => digits(found?.coefficients[i] ?? NaN, value)),
  )
  const line = {
    problem: curve.name,
    start: start + 1,
    digits: Math.round(10 * least) / 10,
    sums: found?.sums,
    ended: found?.ended ?? document.reason,
    sealed: document.agreement?.sealed,
    identical: document.agreement?.identical,
    rounds: Math.round(document.consensus?.rounds ?? 0),
  }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
