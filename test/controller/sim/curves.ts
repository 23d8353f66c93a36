import { parse } from 'yaml'
import type { NonlinearResult } from '../../../agent/fusion/results.ts'
import { numbersOf, readTable } from '../../../agent/io/sensors/table.ts'
import { FusionJob } from '../../../agent/wire/job.ts'
import { checkValue } from '../../../agent/wire/problems.ts'
import { rehearse } from '../../../controller/sim/rehearse.ts'
import { digits } from '../../agent/fusion/models.ts'
import { type ReferenceCurve, rowsOf } from '../../agent/fusion/strdCurves.ts'

/** A nonlinear problem of NIST as a job, its rows on 16 devices that lose 30 % of their messages. @param start far or near */
export function rehearsedCurve(curve: ReferenceCurve, start: 0 | 1) {
  const { document } = rehearse({
    job: jobOf(curve, start),
    rows: { name: `${curve.name}.csv`, text: rowsOf(curve) },
    options: { devices: '16', loss: '0.3', seed: '7' },
    reader: { read: readTable, numbers: numbersOf },
  })
  const found = document.result as unknown as NonlinearResult | undefined
  const least = Math.min(
    ...curve.parameters.map(([, , value], i) => digits(found?.coefficients[i] ?? NaN, value)),
  )
  return {
    problem: curve.name,
    start: start + 1,
    digits: Math.round(10 * least) / 10,
    sums: found?.sums,
    ended: found?.ended ?? document.reason,
    sealed: document.agreement?.sealed,
    identical: document.agreement?.identical,
    rounds: Math.round(document.consensus?.rounds ?? 0),
  }
}

function jobOf({ name, response, formula, parameters }: ReferenceCurve, start: 0 | 1): FusionJob {
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
