import { amountOf } from './market.ts'
import type { Order } from './messages.ts'
import { CPU_PARTS } from './resources.ts'
import { SCORE_PARTS } from './standing.ts'
import { tokensText } from './tokens.ts'
import { formatSize } from './units.ts'

/** The parts of an order that a device has to meet. */
export type Asked = Pick<Order, 'resources' | 'standing'>

/**
 * What an order wants of a device, as the factory's event tells it to whoever matches from the chain alone: JSON in
 * the words of the job file. Empty: nothing. The job's address stands for this text too.
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
