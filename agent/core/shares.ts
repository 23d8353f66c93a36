import { contributionPayload } from '../consensus/contribution.ts'
import { contribute as statisticOf } from '../fusion/model.ts'
import { programCall } from '../fusion/program.ts'
import type { ExactVector } from '../math/exactVector.ts'
import { MathError } from '../math/mathError.ts'
import { HypernetError } from '../wire/errors.ts'
import type { Millis } from '../wire/ids.ts'
import { rowsDealt } from './dealt.ts'
import type { Outbox } from './effect.ts'
import { type Row, rowsFor } from './readings.ts'
import type { AgentState, EpochState, JobState } from './state.ts'

/** What this device sums in an epoch: rows of the order, or its readings; undefined while there are none. */
export function rowsIn(
  { readings }: AgentState,
  { order }: JobState,
  { roster, context, epoch }: EpochState,
  now: Millis,
): Row[] | undefined {
  if (order.data) return rowsDealt(order.data, roster.roster, context.self)
  const { size, resample, hold } = order.window
  return rowsFor(
    readings,
    order.sensors.map(({ id }) => id),
    now,
    { size, ...(resample && { base: { step: resample, hold: hold === true } }) },
    order.window.every === undefined ? undefined : epoch,
  )
}

/**
 * This device's share of the sum, from rows of readings and its position: payload of a contribution.
 * @throws MathError or HypernetError where they cannot be summed (`isUnsummable`)
 */
export function shareOf(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  rows: readonly Row[],
): Uint8Array {
  const { vector, rows: used, skipped } = statisticOf(job.model, placed(agent, rows), epoch.at)
  epoch.skippedRows = skipped.missing + skipped.unusable
  return payloadOf(epoch, vector, used)
}

/** Payload of a contribution to the sum that an epoch is at. @param rows readings in it */
export function payloadOf(
  epoch: EpochState,
  vector: ExactVector,
  rows = epoch.rows?.length ?? 0,
): Uint8Array {
  const context = epoch.method.steps?.contextOf(epoch.exchange) ?? epoch.context
  return contributionPayload(context, context.self, vector, rows)
}

/** Has the job's program run over the rows of this device and the sums so far. */
export function runProgram(
  agent: AgentState,
  { model, order }: JobState,
  { epoch, step, at }: EpochState,
  rows: readonly Row[],
  out: Outbox,
): void {
  const call = programCall(model, placed(agent, rows), at)
  out.push({ kind: 'run', request: `run/${order.job}/${epoch}/${step}/${order.generation}`, call })
}

/** Rows with the place of this device, where it has one. */
function placed({ settings: { position } }: AgentState, rows: readonly Row[]): Row[] {
  const place: [string, number][] = position
    ? [
        ['position.x', position.x],
        ['position.y', position.y],
        ['position.z', position.z],
      ]
    : []
  return rows.map((row) => new Map([...row, ...place]))
}

export const isUnsummable = (error: unknown): error is Error =>
  error instanceof MathError || (error instanceof HypernetError && error.code !== 'INVARIANT')

/** Puts the newest readings in the place of those before; what cannot be summed leaves the last share as it is. */
export function followReadings(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  now: Millis,
): void {
  const rows = rowsIn(agent, job, epoch, now)
  if (!rows) return
  try {
    epoch.method.propose?.(epoch.exchange, now, shareOf(agent, job, epoch, rows))
  } catch (error) {
    if (!isUnsummable(error)) throw error
  }
}
