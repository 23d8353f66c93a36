import * as z from 'zod/mini'
import { matching, uint } from './fields.ts'
import { choice, field, real } from './notes.ts'
import { type Of, record } from './record.ts'
import { formatSize, size } from './units.ts'

/** What a job needs of each device: as people write it, as it travels in orders, and as a market's event tells it. */

/** Parts of a processor that are told apart. */
export const CPU_PARTS = 1000
const MOST_CPUS = 1024
const SIZE = { least: 1 }

/** `spec.resources` of a job file. */
export const resourcesSchema = z.strictObject({
  cpus: field(
    z.optional(real({ least: 1 / CPU_PARTS, most: MOST_CPUS })),
    'Processors that it keeps busy; 0.5 is half the time of one. To a thousandth.',
  ),
  memory: field(z.optional(size(SIZE)), 'Memory that it may take.', { example: '32MiB' }),
  storage: field(z.optional(size(SIZE)), 'Room on the disk that it may take.', { example: '10MB' }),
  bandwidth: field(z.optional(size(SIZE)), 'Bytes a second that it sends and receives.', {
    example: '20kB',
  }),
  runtime: field(
    z.prefault(choice(['builtin'], ['sandboxed', 'wasm', 'deno']), 'builtin'),
    "What runs it: the agent's own models.",
  ),
})
type Wish = z.output<typeof resourcesSchema>

/** The same in an order: `cpus` in thousandths, sizes in bytes, `bandwidth` in bytes a second. */
export const Resources = record('resources', {
  cpus: [1, z.optional(uint)],
  memory: [2, z.optional(uint)],
  storage: [3, z.optional(uint)],
  bandwidth: [4, z.optional(uint)],
  runtime: [5, matching<string>(/^[a-z][a-z0-9]{0,15}$/)],
})
export type Resources = Of<typeof Resources>

export function resourcesOf({ cpus, memory, storage, bandwidth, runtime }: Wish): Resources {
  return {
    ...(cpus !== undefined && { cpus: Math.round(cpus * CPU_PARTS) }),
    ...(memory !== undefined && { memory }),
    ...(storage !== undefined && { storage }),
    ...(bandwidth !== undefined && { bandwidth }),
    runtime,
  }
}

/** An amount of one of them, for people: `0.5`, `32MiB`, `20kB a second`. */
export const amountText = (name: 'cpus' | 'memory' | 'storage' | 'bandwidth', amount: number) =>
  ({
    cpus: `${amount / CPU_PARTS}`,
    memory: formatSize(amount),
    storage: formatSize(amount),
    bandwidth: `${formatSize(amount)} a second`,
  })[name]
