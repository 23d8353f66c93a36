import type { Answer } from '../consensus/answer.ts'
import type { EpochContext } from '../consensus/context.ts'
import type { StatementDraft } from '../consensus/method.ts'
import { encodeVector } from '../math/wireForm.ts'
import { encodeRecord } from '../wire/codec.ts'
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

/** Has the final answer signed. @param contents of a paid job */
export function signSeal(
  epoch: EpochState,
  { attempt, contributors, tombstones, rows, sum }: Answer & { attempt: number },
  contents: Uint8Array | undefined,
  out: Outbox,
): void {
  const answer = { attempt, contributors, tombstones, rows, ...encodeVector(sum) }
  const seal = { ...placeOf(epoch.context), ...answer, ...(contents && { contents }) }
  sign('seal', epoch, encodeRecord(Seal, seal), out)
}

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
