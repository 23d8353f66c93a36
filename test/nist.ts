import { parseArgs } from 'node:util'
import { REFERENCE_CURVES } from './agent/fusion/strdCurves.ts'
import { rehearsedCurve } from './controller/sim/curves.ts'

/**
 * `npm run nist [-- --only NAME] [--start 1|2]`: NIST's nonlinear problems as jobs, their rows on 16 devices that lose 30 % of
 * their messages. One JSON line a problem: least digits of the parameters that agree, sums, rounds, and how the search ended.
 */
const { values } = parseArgs({
  options: { only: { type: 'string' }, start: { type: 'string', default: '2' } },
})
for (const curve of REFERENCE_CURVES) {
  if (values.only !== undefined && values.only !== curve.name) continue
  const line = rehearsedCurve(curve, values.start === '1' ? 0 : 1)
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
