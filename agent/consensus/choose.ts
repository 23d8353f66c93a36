import { LIMITS } from '../wire/limits.ts'
import type { Order } from '../wire/messages.ts'

export type MethodName = Order['method']

/** Up to so many devices everyone hears everyone: over a broker that costs one publish each and N(N - 1) deliveries. */
export const EVERYONE = 8

/** What the choice of a method depends on. */
export interface Circumstances {
  /** Devices of the roster, and components of the statistic. */
  readonly size: number
  readonly dimension: number
  /** Who talks to whom is given by the devices, not drawn by the controller. */
  readonly isDeclared: boolean
  /** Some link goes one way only. */
  readonly isDirected: boolean
  /** Readings are followed without epochs. */
  readonly isStreaming: boolean
  /** Several devices do the same work and must not copy. */
  readonly isReplicated: boolean
  /** Devices are paid for what they sign of the sum. */
  readonly isPaid: boolean
  /** Devices are refused by what each of them contributed. */
  readonly isGated: boolean
  /** What the job asks for. */
  readonly wanted: 'auto' | MethodName
}

export interface Choice {
  readonly method: MethodName
  /** Why, as the end of "tree: ...". */
  readonly reason: string
}

/**
 * Whether every device comes to hold all contributions as they were signed. By other methods one device can have
 * others end with another sum, and prove nothing: whoever answers for what it signs needs more.
 */
export const isShared = (method: MethodName): boolean => method === 'flood' || method === 'commit'

/**
 * Picks the method of an epoch. What the job asks for is taken where it can work; else, and for `auto`:
 * streams without epochs are followed by `ratio`; declared links are flooded, one-way ones too; where
 * the overlay is free, a few devices flood it and more sum along a tree.
 */
export function choose(job: Circumstances): Choice {
  if (job.wanted === 'auto') return automatic(job)
  const obstacle = obstacleOf(job.wanted, job)
  if (obstacle === undefined) return { method: job.wanted, reason: 'as asked' }
  const { method, reason } = automatic(job)
  return { method, reason: `${reason}; ${job.wanted} was asked for, but ${obstacle}` }
}

function automatic({
  size,
  dimension,
  isDeclared,
  isDirected,
  isStreaming,
  isReplicated,
  isPaid,
  isGated,
}: Circumstances): Choice {
  if (isReplicated)
    return {
      method: 'commit',
      reason:
        'replicas bind themselves to what they found before any is shown, so that none can copy',
    }
  if (isStreaming)
    return {
      method: 'ratio',
      reason:
        'readings are followed without epochs, and only its ledger of mass can take in changes',
    }
  if (isDeclared) {
    const links = isDirected ? 'the links are declared, some one-way' : 'the links are declared'
    const numbers = size * dimension
    const cost =
      numbers > LIMITS.dimension
        ? `; each device passes on ${numbers} numbers, which is much: fewer terms or neighbors: auto make it less`
        : ''
    return {
      method: 'flood',
      reason: `${links}, and it is exact on any graph that connects all${cost}`,
    }
  }
  if (size <= EVERYONE)
    return {
      method: 'flood',
      reason: `with up to ${EVERYONE} devices everyone hears everyone, and one round is enough`,
    }
  if (isPaid)
    return {
      method: 'flood',
      reason:
        'sellers sign what they find, and by it each holds what the others signed; along a tree one could tell others another sum',
    }
  if (isGated)
    return {
      method: 'flood',
      reason:
        'who is refused depends on each contribution, and by it every device holds all of them',
    }
  if (dimension > LIMITS.treeDimension)
    return {
      method: 'flood',
      reason: `${dimension} numbers a device are too many for a tree, whose messages hold two sums`,
    }
  return {
    method: 'tree',
    reason: `the overlay is free, and along a tree ${size} devices need two messages each`,
  }
}

/** Why a method that was asked for cannot give the sum here. */
function obstacleOf(method: MethodName, job: Circumstances): string | undefined {
  if (job.isReplicated && method !== 'commit') return 'replicas could copy from each other'
  if (job.isGated && method !== 'flood') return 'its gate looks at each contribution'
  if (job.isStreaming && method !== 'ratio')
    return 'readings without epochs are followed by ratio alone'
  if (method === 'tree' && job.isDeclared)
    return 'its tree is assigned, which declared links do not allow'
  if (method === 'tree' && job.dimension > LIMITS.treeDimension)
    return `${job.dimension} numbers a device are too many for it`
  if (method === 'laplacian' && job.isDirected) return 'it needs links that go both ways'
  return undefined
}
