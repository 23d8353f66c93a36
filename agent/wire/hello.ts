import * as z from 'zod/mini'
import { bytes, integer, matching, uint } from './fields.ts'
import { ID_PATTERN, type JobId, type NodeId } from './ids.ts'
import { LIMITS } from './limits.ts'
import { type Of, record } from './record.ts'
import { PROTOCOL } from './version.ts'

/** A program is ready to join the communicator of this name; retained while it runs. */
export const Hello = record('hello', {
  version: [0, z.literal(PROTOCOL)],
  job: [1, matching<JobId>(ID_PATTERN)],
  from: [2, matching<NodeId>(ID_PATTERN)],
  /** Compressed secp256k1 public key that its contributions are signed with. */
  key: [3, bytes(33)],
  /** Drawn by the process, as in its `state`: a hello whose instance is not online is a left-over. */
  instance: [4, uint],
  /** Programs that it waits for, itself among them. */
  size: [5, integer(1, LIMITS.roster)],
})
export type Hello = Of<typeof Hello>
