import type { ExactVector } from '../math/exactVector.ts'
import { encodeVector } from '../math/wireForm.ts'
import { encodeRecord } from '../wire/codec.ts'
import { Contribution } from '../wire/messages.ts'
import type { EpochContext } from './context.ts'

/**
 * The bytes of a contribution that its device signs: the same for the same share, so that whoever knows
 * the share can put them together.
 * @param index of the device in the roster
 * @param rows readings in it
 * @param commitment stands for another contribution, which is not shown yet
 */
export const contributionPayload = (
  { job, roster, epoch }: EpochContext,
  index: number,
  vector: ExactVector,
  rows: number,
  commitment?: Uint8Array,
): Uint8Array =>
  encodeRecord(Contribution, {
    ...{ job, roster, epoch, index, rows, ...encodeVector(vector) },
    ...(commitment ? { commitment } : {}),
  })
