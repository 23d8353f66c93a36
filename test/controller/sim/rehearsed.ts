import { numbersOf, readTable } from '../../../agent/io/sensors/table.ts'
import { FusionJob } from '../../../agent/wire/job.ts'
import { checkValue } from '../../../agent/wire/problems.ts'
import { rehearse } from '../../../controller/sim/rehearse.ts'

/** What `hypernet simulate` shows of a job with this model, for these rows. */
export function rehearsed({
  model,
  columns,
  rows,
  options,
}: {
  readonly model: object
  readonly columns: readonly string[]
  readonly rows: readonly (readonly number[])[]
  readonly options: Readonly<Record<string, string>>
}) {
  const checked = checkValue(FusionJob, {
    apiVersion: 'hypernet.dev/v1',
    kind: 'FusionJob',
    metadata: { name: 'rehearsed' },
    spec: { model },
  })
  if (!('value' in checked)) throw new Error(JSON.stringify(checked.problems))
  return rehearse({
    job: checked.value,
    rows: { name: 'rows.csv', text: [columns, ...rows].join('\n') },
    options,
    reader: { read: readTable, numbers: numbersOf },
  }).document
}
