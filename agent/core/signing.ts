import type { EpochContext } from '../consensus/context.ts'
import type { FinalAnswer, StatementDraft } from '../consensus/method.ts'
import type { GatedSum } from '../fusion/gated.ts'
import { encodeVector } from '../math/wireForm.ts'
import { encodeRecord } from '../wire/codec.ts'
import type { Gate } from '../wire/gateMessages.ts'
import { LIMITS } from '../wire/limits.ts'
import { Seal, Statement } from '../wire/messages.ts'
import type { Outbox } from './effect.ts'
import type { EpochState } from './state.ts'

/** Has this device's share of the sum signed. @param payload of a contribution */
export const signContribution = (epoch: EpochState, payload: Uint8Array, out: Outbox): void =>
  sign('contribution', epoch, payload, out)

/** Has signed whom this device suspects, and that it lives or leaves. */
export function signStatement(epoch: EpochState, draft: StatementDraft, out: Outbox): void {
  sign('statement', epoch, statementPayload(epoch.context, draft), out)
}

/** The bytes of a statement that its device signs. */
export const statementPayload = (context: EpochContext, draft: StatementDraft): Uint8Array =>
  encodeRecord(Statement, {
    ...placeOf(draft.roster ? { ...context, roster: draft.roster } : context),
    incarnation: context.incarnation,
    version: draft.version,
    suspects: draft.suspects.slice(0, LIMITS.evidence).map((suspect) => ({ ...suspect })),
    ...(draft.leave === undefined ? {} : { leave: draft.leave.slice(0, 200) }),
  })

/** What a device ends an epoch with. */
export interface Sealed extends FinalAnswer {
  /** Of a paid job. */
  readonly contents: Uint8Array | undefined
  /** Where the sum was taken, where that is not the first of several in a row. */
  readonly at: Float64Array | undefined
  /** What a program ended with. */
  readonly told: string | undefined
}

/** Has the final answer signed. */
export function signSeal(
  epoch: EpochState,
  { attempt, contributors, tombstones, rows, sum, contents, at, told }: Sealed,
  out: Outbox,
): void {
  const answer = { attempt, contributors, tombstones, rows, ...encodeVector(sum) }
  const more = {
    ...(contents && { contents }),
    ...(at && { at: at.slice() }),
    ...(told !== undefined && { result: told }),
    ...(epoch.gated && { gate: gateOf(epoch.gated) }),
  }
  const seal = { ...placeOf(epoch.context), ...answer, ...more }
  sign('seal', epoch, encodeRecord(Seal, seal), out)
}

const gateOf = ({ refused, sum, rows }: GatedSum): Gate => ({
  refused: refused
    .slice(0, LIMITS.refused)
    .map(({ index, reason, distance }) => ({ index, reason, distance: Float64Array.of(distance) })),
  rows,
  ...encodeVector(sum),
})

/** What ties a signature to one device's place in one epoch, so that it is good for nothing else. */
const placeOf = ({ job, roster, epoch, self }: EpochContext) => ({
  job,
  roster,
  epoch,
  index: self,
})

/** The input `signed` with this request answers. */
function sign(
  purpose: 'contribution' | 'statement' | 'seal',
  { context: { job, epoch } }: EpochState,
  payload: Uint8Array,
  out: Outbox,
): void {
  out.push({ kind: 'sign', request: `${purpose}/${job}/${epoch}`, purpose, payload })
}
