import { decode, encode } from './cbor.ts'
import { type CborBounds, MESSAGE } from './cborCheck.ts'
import { HypernetError } from './errors.ts'
import { Hello } from './hello.ts'
import type { JobId, NodeId } from './ids.ts'
import { AnchorList, Deal } from './marketMessages.ts'
import {
  BlobPart,
  Contribution,
  Exchange,
  Order,
  Roster,
  Seal,
  SealReport,
  Signed,
  Statement,
} from './messages.ts'
import { fromMap, type RecordType, toMap } from './record.ts'
import type { Topic } from './topics.ts'

/** What travels on each CBOR topic. */
export const TOPIC_RECORDS = {
  order: Signed,
  roster: Signed,
  exchange: Exchange,
  edge: Exchange,
  seal: SealReport,
  deal: Deal,
  anchor: AnchorList,
  hello: Hello,
  blob: BlobPart,
} as const
/** What is inside a COSE_Sign1 array of each purpose. */
export const SIGNED_RECORDS = {
  order: Order,
  roster: Roster,
  contribution: Contribution,
  statement: Statement,
  seal: Seal,
} as const

/**
 * Bytes of a record. `bounds` is `OBJECT` for what may travel as a blob.
 * @throws HypernetError `TOO_LARGE` above the bounds, `BAD_MESSAGE` for a value that no receiver would take
 */
export function encodeRecord<T>(
  type: RecordType<T>,
  value: T,
  bounds: CborBounds = MESSAGE,
): Uint8Array {
  const map = toMap(type, value)
  fromMap(type, map)
  return encode(map as Parameters<typeof encode>[0], bounds) // a record's fields are CBOR values
}

/**
 * The record in bytes from a stranger. Byte strings in it are views of one copy of `bytes`: take a
 * `slice()` of what is kept for long.
 * @throws HypernetError `BAD_MESSAGE`
 */
export function decodeRecord<T>(
  type: RecordType<T>,
  bytes: Uint8Array,
  bounds: CborBounds = MESSAGE,
): T {
  return fromMap(type, decode(bytes, bounds))
}

/**
 * Holds a message's sender and job to the topic that it came on: the broker's access list binds the
 * topic to the client, so this binds the payload to it.
 * @throws HypernetError `BAD_MESSAGE`
 */
export function checkSender(
  topic: Topic,
  message: { readonly from: NodeId; readonly job: JobId },
): void {
  if (!('node' in topic) || !('job' in topic) || topic.kind === 'progress')
    throw new HypernetError('BAD_MESSAGE', `no device speaks on a topic of kind ${topic.kind}`)
  if (message.from !== topic.node)
    throw new HypernetError(
      'BAD_MESSAGE',
      `message of ${message.from} on the topic of ${topic.node}`,
    )
  if (message.job !== topic.job)
    throw new HypernetError(
      'BAD_MESSAGE',
      `message of job ${message.job} on a topic of ${topic.job}`,
    )
}
