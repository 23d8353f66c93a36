import { type JobId, jobId } from '../../../agent/wire/ids.ts'
import type { Given } from '../shell/arguments.ts'

/** The job that was named, and its address in the API. @throws HypernetError `BAD_ID`, before anybody is asked */
export function jobNamed(given: Given): { readonly id: JobId; readonly path: string } {
  const id = jobId(given.operands[0] ?? '')
  return { id, path: `/v1/jobs/${id}` }
}
