import type { ExactVector } from '../../../agent/math/exactVector.ts'
import { encodeVector } from '../../../agent/math/wireForm.ts'
import { setOf } from '../../../agent/wire/bitset.ts'
import type { NodeId } from '../../../agent/wire/ids.ts'
import type { Roster, Seal, SealReport } from '../../../agent/wire/messages.ts'

export interface Outcome {
  readonly roster: Roster
  readonly rosterHash: Uint8Array
  readonly index: number
  readonly epoch?: number
  readonly sum?: ExactVector
  /** Default: everyone. */
  readonly contributors?: readonly number[]
  readonly gone?: readonly number[]
  readonly failure?: string
  readonly left?: boolean
  /** What its program ended with, and where the sum was taken. */
  readonly told?: string
  readonly at?: Float64Array
  readonly rounds?: number
  readonly bytesOut?: number
  readonly milliseconds?: number
}

/** What a device reports, with the payload of its seal; the signature is 70 arbitrary bytes. */
export function outcome(of: Outcome): { report: SealReport; seal: Seal | undefined } {
  const { roster, rosterHash, index, epoch = 0, sum, failure, left } = of
  const size = roster.members.length
  const everyone = roster.members.map((_, i) => i)
  const seal: Seal | undefined = sum && {
    job: roster.job,
    roster: rosterHash,
    epoch,
    index,
    attempt: 0,
    contributors: setOf(size, of.contributors ?? everyone),
    tombstones: setOf(size, of.gone ?? []),
    rows: size,
    ...encodeVector(sum),
    ...(of.told === undefined ? {} : { result: of.told }),
    ...(of.at ? { at: of.at.slice() } : {}),
  }
  const report: SealReport = {
    version: 1,
    job: roster.job,
    from: roster.members[index]?.id as NodeId, // the test names an index of the roster
    epoch,
    roster: rosterHash,
    ...(seal ? { seal: new Uint8Array(70).fill(index) } : {}),
    ...(failure === undefined ? {} : { failure }),
    rounds: of.rounds ?? 3,
    messages: 5,
    bytesOut: of.bytesOut ?? 1000,
    bytesIn: 8000,
    milliseconds: of.milliseconds ?? 250,
    ...(left === undefined ? {} : { left }),
  }
  return { report, seal }
}
