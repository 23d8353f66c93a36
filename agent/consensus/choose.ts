import { LIMITS } from '../wire/limits.ts'

export type MethodName = 'flood' | 'tree' | 'ratio' | 'laplacian'

/** The methods that devices of this version run. */
export const BUILT: readonly MethodName[] = ['flood']

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
  /** What the job asks for. */
  readonly wanted: 'auto' | MethodName
}

export interface Choice {
  readonly method: MethodName
  /** Why, as the end of "tree: ...". */
  readonly reason: string
}

/**
 * Picks the method of an epoch. What the job asks for is taken where it can work; else, and for `auto`:
 * streams without epochs are followed by `ratio`; declared links are flooded, one-way ones too; where
 * the overlay is free, a few devices flood it and more sum along a tree.
 * @param built methods to pick from; where the best is not among them it is `flood`, which fits all with epochs
 */
export function choose(job: Circumstances, built: readonly MethodName[] = BUILT): Choice {
  if (job.wanted === 'auto') return available(automatic(job), built)
  const obstacle = obstacleOf(job.wanted, job)
  if (obstacle === undefined) return available({ method: job.wanted, reason: 'as asked' }, built)
  const { method, reason } = available(automatic(job), built)
  return { method, reason: `${reason}; ${job.wanted} was asked for, but ${obstacle}` }
}

function automatic({
  size,
  dimension,
  isDeclared,
  isDirected,
  isStreaming,
}: Circumstances): Choice {
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
  return {
    method: 'tree',
    reason: `the overlay is free, and along a tree ${size} devices need two messages each`,
  }
}

/** Why a method that was asked for cannot give the sum here. */
function obstacleOf(method: MethodName, job: Circumstances): string | undefined {
  if (job.isStreaming && method !== 'ratio')
    return 'readings without epochs are followed by ratio alone'
  if (method === 'tree' && job.isDeclared)
    return 'its tree is assigned, which declared links do not allow'
  if (method === 'laplacian' && job.isDirected) return 'it needs links that go both ways'
  return undefined
}

function available(choice: Choice, built: readonly MethodName[]): Choice {
  if (built.includes(choice.method)) return choice
  return {
    method: 'flood',
    reason: `exact on any graph, whatever is lost; ${choice.method} is not built yet`,
  }
}
