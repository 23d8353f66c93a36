import { count } from '../../agent/wire/bitset.ts'
import type { NodeId } from '../../agent/wire/ids.ts'
import type { Roster } from '../../agent/wire/messages.ts'
import type { SealedAnswer, SealedGate } from './result.ts'

/** Only of jobs with `robust: gate`: the contributors that the result is made of, and those that are not believed. */
export interface GateBlock {
  readonly admitted: number
  readonly refused: readonly RefusedDevice[]
}
export interface RefusedDevice {
  readonly device: NodeId
  /** In standard deviations, where that is the reason. */
  readonly distance?: number
  /** For people. */
  readonly reason: string
}

/** The answer that the figures are worked out from: over those that are admitted. */
export const admittedAnswer = (answer: SealedAnswer): SealedAnswer =>
  answer.gate ? { ...answer, sum: answer.gate.sum, rows: answer.gate.rows } : answer

export function gateBlock(
  { members }: Roster,
  { contributors, gate }: SealedAnswer,
): { gate?: GateBlock } {
  if (!gate) return {}
  const refused = gate.refused.flatMap((each) => {
    const device = members[each.index]?.id
    return device ? [{ device, ...reasonOf(each) }] : []
  })
  return { gate: { admitted: count(contributors) - gate.refused.length, refused } }
}

function reasonOf({
  reason,
  distance,
}: SealedGate['refused'][number]): Omit<RefusedDevice, 'device'> {
  const figure = Number(distance.toPrecision(4))
  switch (reason) {
    case 'distance':
      return {
        distance: figure,
        reason: `what its rows say lies ${figure} standard deviations from what most devices say`,
      }
    case 'weight':
      return { reason: `its rows claim ${figure} times the weight of others` }
    case 'unsound':
      return { reason: 'what it contributed is no sum over rows' }
  }
}
