import type { NodeId } from '../../agent/wire/ids.ts'
import { counted, someOf } from '../../agent/wire/words.ts'

/** Devices that say the same, by name. */
export interface Alike {
  readonly reason: string
  readonly devices: readonly NodeId[]
}

/** Reasons that are told, and names of each. */
const SHOWN = 3
const NAMED = 3

/**
 * Reasons that devices gave, the most frequent first. Of those that are alike up to a semicolon, after which each says
 * whom it missed, the first stands for all.
 */
export function alike(
  told: readonly { readonly node: NodeId; readonly reason: string }[],
): Alike[] {
  const plain = told.map(({ node, reason }) => ({
    node,
    reason: reason.replace(/^job \S+ refused: /, 'refused: '),
  }))
  const groups = Map.groupBy(plain, ({ reason }) => reason.split(';')[0])
  return [...groups.values()]
    .map((group) => ({
      reason: group.map(({ reason }) => reason).sort()[0] ?? '',
      devices: group.map(({ node }) => node),
    }))
    .sort((a, b) => b.devices.length - a.devices.length || (a.reason < b.reason ? -1 : 1))
}

/** `3 of 4 devices (a, b, c): no reading`, and so on for each of the first few reasons. @param size of the roster */
export function alikeText(groups: readonly Alike[], size: number): string {
  const shown = groups.slice(0, SHOWN).map(({ reason, devices }, i) => {
    const of = i === 0 ? `${devices.length} of ${counted(size, 'device')}` : `${devices.length}`
    return `${of} (${someOf(devices, NAMED)}): ${reason}`
  })
  const more = groups.length - shown.length
  return [...shown, ...(more > 0 ? [`and ${counted(more, 'other reason')}`] : [])].join('; ')
}
