import { jobAddress, unpackTerms } from '../../agent/wire/market.ts'
import type { Order } from '../../agent/wire/messages.ts'
import { checksumAddress } from '../../agent/wire/signature.ts'
import { wantsText } from '../../agent/wire/wants.ts'
import type { Condition, JobState, Phase } from './jobState.ts'

/** The JSON of the `status` topic, of `job ls` and, with more beside it, of `job get`. */
export interface JobStatus {
  readonly job: string
  readonly phase: Phase
  /** One word for programs, one sentence for people. */
  readonly reason: string
  readonly message: string
  readonly generation: number
  readonly model: string
  readonly method: string
  /** Unix milliseconds. */
  readonly submittedAt: number
  readonly startedAt?: number
  readonly endedAt?: number
  /** Devices in the newest roster. */
  readonly devices: number
  /** Of jobs that repeat: the epoch that is open, the period in milliseconds, and how many gave a result. */
  readonly epoch?: number
  readonly every?: number
  readonly results: number
  /** Of paid jobs: the contract's address, as `hypernet market orders` lists it. */
  readonly contract?: string
  readonly conditions: readonly Condition[]
}

export function statusOf(state: JobState): JobStatus {
  const { order, startedAt, endedAt } = state
  const every = order.window.every
  return {
    job: state.job,
    phase: state.phase,
    reason: state.reason,
    message: state.message,
    generation: order.generation,
    model: order.model.type,
    method: order.method,
    submittedAt: state.submittedAt,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    devices: state.rosters[0]?.roster.members.length ?? 0,
    ...(every === undefined ? {} : { epoch: state.nextEpoch, every }),
    results: state.results,
    ...(order.offer && { contract: contractOf(order, order.offer) }),
    conditions: [...state.conditions.values()],
  }
}

/** Orders are told of with every step that they make. */
const contracts = new WeakMap<Order, string>()

function contractOf(order: Order, { terms, factory, escrow }: NonNullable<Order['offer']>): string {
  const known = contracts.get(order)
  if (known) return known
  const made = checksumAddress(jobAddress(unpackTerms(terms), factory, escrow, wantsText(order)))
  contracts.set(order, made)
  return made
}
