import type { Order } from '../../../agent/wire/messages.ts'
import { CPU_PARTS } from '../../../agent/wire/resources.ts'
import { formatSize } from '../../../agent/wire/units.ts'

/**
 * What an order wants of a device, as the factory's event tells it to whoever matches from the chain alone: JSON in
 * the words of the job file. Empty: nothing. The order itself, whose hash is in the terms, is what binds.
 */
export function wantsText({ resources }: Order): string {
  if (!resources) return ''
  const { cpus, memory, storage, bandwidth, runtime } = resources
  const sizes = Object.entries({ memory, storage, bandwidth }).flatMap(([name, bytes]) =>
    bytes === undefined ? [] : [[name, formatSize(bytes)] as const],
  )
  return JSON.stringify({
    ...(cpus !== undefined && { cpus: cpus / CPU_PARTS }),
    ...Object.fromEntries(sizes),
    runtime,
  })
}
