import fc from 'fast-check'
import type { Test } from 'tap'

/** Checks a property and prints the seed, so that any run can be repeated with `{ seed }`. */
export function holds<T>(t: Test, property: fc.IProperty<T>, numRuns = 300): void {
  const run = fc.check(property, { numRuns })
  const { seed } = run
  t.notOk(run.failed, fc.defaultReportMessage(run) ?? `${numRuns} runs from seed ${seed}`)
}
