import t from 'tap'
import { parse } from 'yaml'
import type { LeastSquaresResult } from '../../../agent/fusion/results.ts'
import { numbersOf, readTable } from '../../../agent/io/sensors/table.ts'
import { FusionJob } from '../../../agent/wire/job.ts'
import { checkValue } from '../../../agent/wire/problems.ts'
import { rehearse } from '../../../controller/sim/rehearse.ts'
import { digits } from '../../agent/fusion/models.ts'
import { REFERENCE_FITS, type ReferenceFit } from '../../agent/fusion/strd.ts'
import { REFERENCE_CURVES } from '../../agent/fusion/strdCurves.ts'
import { rehearsedCurve } from './curves.ts'

/**
 * NIST's linear problems of all three levels of difficulty, whose rows lie on 16 devices that lose 30 % of their
 * messages: the digits that agree with the certified values, as a job file and a CSV file give them.
 */
const DEVICES = 16

/** Least digits of the coefficients (the goal of the project); nobody can expect more of data in doubles. */
const WANTED: Readonly<Record<string, number>> = {
  Norris: 13.5,
  Pontius: 13.5,
  NoInt1: 13.5,
  NoInt2: 13.5,
  Longley: 13.5,
  Filip: 13,
  Wampler1: 13,
  Wampler2: 13,
  Wampler3: 13,
  Wampler4: 13,
  Wampler5: 13,
}

function rehearsed({ name, terms, rows }: ReferenceFit) {
  const columns = terms.includes('x1') ? ['x1', 'x2', 'x3', 'x4', 'x5', 'x6'] : ['x']
  const checked = checkValue(
    FusionJob,
    parse(`apiVersion: hypernet.dev/v1
kind: FusionJob
metadata: { name: ${name.toLowerCase()} }
spec: { model: { type: leastSquares, response: y, terms: [${terms.join(', ')}] } }`),
  )
  if (!('value' in checked)) throw new Error(JSON.stringify(checked.problems))
  return rehearse({
    job: checked.value,
    rows: { name: 'rows.csv', text: [['y', ...columns], ...rows].join('\n') },
    options: { devices: String(DEVICES), loss: '0.3', seed: '7' },
    reader: { read: readTable, numbers: numbersOf },
  }).document
}

t.test('the linear problems of NIST, spread over 16 devices that lose messages', async (t) => {
  for (const reference of REFERENCE_FITS) {
    const { name } = reference
    const document = rehearsed(reference)
    t.equal(document.agreement?.sealed, DEVICES, `${name}: all devices hold the same bits`)
    const found = document.result as unknown as LeastSquaresResult
    const least = (figures: readonly number[] | null, certified: readonly number[]) =>
      Math.min(...certified.map((value, i) => digits(figures?.[i] ?? NaN, value)))
    const coefficients = least(found.coefficients, reference.coefficients)
    const errors = least(found.standardErrors, reference.standardErrors)
    t.comment(
      `${name.padEnd(9)} coefficients ${coefficients.toFixed(1)}, standard errors ${errors.toFixed(1)} digits`,
    )
    t.ok(coefficients >= (WANTED[name] ?? 15), `${name}: ${coefficients.toFixed(1)} digits`)
  }
})

/** The others: `npm run nist`. */
const SLICE = ['Misra1a', 'Nelson', 'Rat43']

t.test('nonlinear problems of NIST, spread over 16 devices that lose messages', async (t) => {
  for (const curve of REFERENCE_CURVES.filter(({ name }) => SLICE.includes(name))) {
    const { digits: least, sealed, identical, sums } = rehearsedCurve(curve, 1)
    t.equal(sealed, DEVICES, `${curve.name}: all devices hold the same bits`)
    t.equal(identical, true)
    t.ok(least >= 9.9, `${curve.name}: ${least} digits after ${sums} sums`)
  }
})
