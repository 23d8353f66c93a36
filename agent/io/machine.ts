import { statfs } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import type { Capacity } from '../core/settings.ts'
import { CPU_PARTS } from '../wire/resources.ts'

/**
 * What the machine has, within the bounds that a container sets it.
 * @param folder on the disk that counts, which has to be there; absent: no disk does
 */
export async function machineOf(folder?: string): Promise<Capacity> {
  const bound = process.constrainedMemory()
  // Without a bound it is 0, or more than there is.
  const memory = bound > 0 ? Math.min(bound, totalmem()) : totalmem()
  const cpus = availableParallelism() * CPU_PARTS
  if (folder === undefined) return { cpus, memory }
  const { bavail, bsize } = await statfs(folder)
  return { cpus, memory, storage: bavail * bsize }
}
