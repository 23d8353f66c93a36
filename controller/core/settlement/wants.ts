import { amountOf } from '../../../agent/wire/market.ts'
import type { Order } from '../../../agent/wire/messages.ts'
import { CPU_PARTS } from '../../../agent/wire/resources.ts'
import { SCORE_PARTS } from '../../../agent/wire/standing.ts'
import { tokensText } from '../../../agent/wire/tokens.ts'
import { formatSize } from '../../../agent/wire/units.ts'

/** The parts of an order that a device has to meet. */
export type Asked = Pick<Order, 'resources' | 'standing'>

/**
 * What an order wants of a device, as the factory's event tells it to whoever matches from the chain alone: JSON in
 * the words of the job file. Empty: nothing. The order itself, whose hash is in the terms, is what binds.
 */
export function wantsText({ resources, standing }: Asked): string {
  if (!resources && !standing) return ''
  const { cpus, memory, storage, bandwidth, runtime } = resources ?? {}
  const { stake, score } = standing ?? {}
  const sizes = Object.entries({ memory, storage, bandwidth }).flatMap(([name, bytes]) =>
    bytes === undefined ? [] : [[name, formatSize(bytes)] as const],
  )
  return JSON.stringify({
    ...(cpus !== undefined && { cpus: cpus / CPU_PARTS }),
    ...Object.fromEntries(sizes),
    ...(runtime !== undefined && { runtime }),
    ...(stake && { minStake: tokensText(amountOf(stake)) }),
    ...(score !== undefined && { minScore: score / SCORE_PARTS }),
  })
}
