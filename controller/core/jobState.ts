import * as z from 'zod/mini'
import type { Carried } from '../../agent/fusion/carry.ts'
import { OBJECT } from '../../agent/wire/cborCheck.ts'
import { decodeRecord, encodeRecord } from '../../agent/wire/codec.ts'
import { HypernetError } from '../../agent/wire/errors.ts'
import { digest, equalBytes } from '../../agent/wire/hash.ts'
import type { JobId, Millis, NodeId } from '../../agent/wire/ids.ts'
import { Order, Roster } from '../../agent/wire/messages.ts'
import { namedMap } from '../../agent/wire/namedMap.ts'
import type { Declined } from './progress.ts'
import type { Collection } from './result.ts'
import type { ResultDocument } from './resultDocument.ts'
import type { Wanted } from './roster.ts'
import { restoredCarried, SavedCarried, savedCarried } from './savedCarried.ts'
import type { Hired, MarketBlock, Offers } from './settlement/seam.ts'

export type Phase = 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled'

/** A claim about a job that holds or not, as Kubernetes has them. */
export interface Condition {
  readonly type: 'Selected' | 'Robust' | 'TakesPart' | 'Agreed' | 'Ended'
  readonly status: boolean
  /** One word in CamelCase for programs. */
  readonly reason: string
  readonly message: string
}

/** A job as it is handed in. The order's generation is one more than any that the job's name ever had. */
export interface Submission {
  readonly order: Order
  readonly wanted: Wanted
  /** Longest time from submission to the end; absent: no limit. */
  readonly deadline: Millis | undefined
  /** The job file's document, for the `spec` topic. */
  readonly spec: unknown
}

export interface ActiveRoster {
  readonly roster: Roster
  readonly payload: Uint8Array
  /** SHA-256 of the payload. */
  readonly hash: Uint8Array
  /** The key that must have signed a device's seal. */
  readonly keyOf: ReadonlyMap<NodeId, Uint8Array>
  /** Unix milliseconds of its first publication. */
  readonly at: number
}

/** An epoch whose reports are collected. */
export interface CollectedEpoch {
  readonly collection: Collection
  readonly rosterHash: Uint8Array
  /** When the first report came, Unix milliseconds. */
  firstReportAt: number | undefined
  document: ResultDocument | undefined
  /** What earlier windows left, where the model estimates from window to window; once it has ended. */
  before: Carried | undefined
}

/** Everything about one job. `step` of jobLifecycle.ts changes it in place; nothing else does. */
export interface JobState {
  readonly job: JobId
  readonly wanted: Wanted
  readonly deadline: Millis | undefined
  readonly spec: unknown
  readonly submittedAt: number
  order: Order
  orderPayload: Uint8Array
  phase: Phase
  /** Why it is in this phase: one word for programs, a sentence for people. */
  reason: string
  message: string
  startedAt: number | undefined
  endedAt: number | undefined
  /** Generation of the newest roster that this job's name ever had. */
  rosterGeneration: number
  /** Newest first, at most two. */
  rosters: ActiveRoster[]
  /** Epochs below have closed; of a one-shot job 0 or 1. */
  nextEpoch: number
  /** Where windows follow each other: when the last one closed by our clock, and devices that are further on. */
  pacedAt: number | undefined
  readonly ahead: Map<NodeId, number>
  /** By epoch: the open ones and the last few that ended. */
  readonly epochs: Map<number, CollectedEpoch>
  /** Epochs that ended, ascending, the newest few. */
  finished: number[]
  /** How many epochs gave a result. */
  results: number
  /** What the windows that have ended left, where the model estimates from window to window. */
  carried: Carried | undefined
  /** The newest result. */
  document: ResultDocument | undefined
  /** Of a paid job: the devices that the contract names, once it does, and what became of the money. */
  offers: Offers | undefined
  declined: Declined | undefined
  hired: readonly Hired[] | undefined
  /** When the contract began: seconds since 1970. */
  contractBegan: number | undefined
  market: MarketBlock | undefined
  /** Why the chain does not go on with it. */
  waits: string | undefined
  /** Nothing more comes of its contract: it has ended, or there is none. */
  isClosed: boolean
  /** A paid job is to end; it does with the running checkpoint of its contract. */
  isStopping: boolean
  /** It is since its deadline has passed. */
  isOverdue: boolean
  readonly conditions: Map<Condition['type'], Condition>
  /** Since when enough devices match, while pending. */
  enoughSince: number | undefined
  /** What was last told, so that nothing is told twice. */
  toldStatus: string
  toldWake: number
}

/** How a job ended, as a sentence goes on after "it". */
export const ENDED: Readonly<Record<Phase, string>> = {
  pending: 'has not begun',
  running: 'goes on',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'was cancelled',
}
export const isEnded = ({ phase }: JobState): boolean => phase !== 'pending' && phase !== 'running'
export const isPaid = ({ order }: JobState): boolean => order.offer !== undefined
export const repeats = ({ order }: JobState): boolean => order.window.every !== undefined

/** A job that was submitted just now. @param rosterGeneration of the newest roster under this name, or 0 */
export function newJob(submission: Submission, now: number, rosterGeneration = 0): JobState {
  return {
    job: submission.order.job,
    wanted: submission.wanted,
    deadline: submission.deadline,
    spec: submission.spec,
    submittedAt: now,
    order: submission.order,
    orderPayload: encodeRecord(Order, submission.order, OBJECT),
    phase: 'pending',
    reason: 'Submitted',
    message: 'waits for devices',
    startedAt: undefined,
    endedAt: undefined,
    rosterGeneration,
    rosters: [],
    nextEpoch: 0,
    pacedAt: undefined,
    ahead: new Map(),
    epochs: new Map(),
    finished: [],
    results: 0,
    carried: undefined,
    document: undefined,
    offers: undefined,
    declined: undefined,
    hired: undefined,
    contractBegan: undefined,
    market: undefined,
    waits: undefined,
    isClosed: false,
    isStopping: false,
    isOverdue: false,
    conditions: new Map(),
    enoughSince: undefined,
    toldStatus: '',
    toldWake: Number.POSITIVE_INFINITY,
  }
}

const time = z.number().check(z.int(), z.gte(0))
const Saved = z.object({
  wanted: z.object({
    matchLabels: namedMap(z.string(), z.string()),
    sensors: z.array(z.object({ id: z.string(), unit: z.string() })),
    position: z.boolean(),
    program: z.optional(z.string()),
    minNodes: time,
    neighbors: z.optional(z.enum(['auto', 'declared'])),
    longLinks: z.optional(time),
    shards: z.optional(time),
    replicas: z.optional(time),
  }),
  deadline: z.optional(time),
  spec: z.unknown(),
  submittedAt: time,
  phase: z.enum(['pending', 'running', 'succeeded', 'failed', 'cancelled']),
  reason: z.string(),
  message: z.string(),
  startedAt: z.optional(time),
  endedAt: z.optional(time),
  rosterGeneration: time,
  nextEpoch: time,
  finished: z.array(time),
  results: time,
  carried: z.optional(SavedCarried),
  isClosed: z.prefault(z.boolean(), false),
  isStopping: z.prefault(z.boolean(), false),
  isOverdue: z.prefault(z.boolean(), false),
  conditions: z.array(
    z.object({
      type: z.enum(['Selected', 'Robust', 'TakesPart', 'Agreed', 'Ended']),
      status: z.boolean(),
      reason: z.string(),
      message: z.string(),
    }),
  ),
})

/** What of a job must survive the controller, beside its order, rosters, reports and results. */
export function savedJob(state: JobState): string {
  const saved: z.output<typeof Saved> = {
    wanted: {
      ...state.wanted,
      matchLabels: { ...state.wanted.matchLabels },
      sensors: [...state.wanted.sensors],
    },
    ...(state.deadline === undefined ? {} : { deadline: state.deadline }),
    spec: state.spec,
    submittedAt: state.submittedAt,
    phase: state.phase,
    reason: state.reason,
    message: state.message,
    ...(state.startedAt === undefined ? {} : { startedAt: state.startedAt }),
    ...(state.endedAt === undefined ? {} : { endedAt: state.endedAt }),
    rosterGeneration: state.rosterGeneration,
    nextEpoch: state.nextEpoch,
    finished: state.finished,
    results: state.results,
    ...(state.carried === undefined ? {} : { carried: savedCarried(state.carried) }),
    isClosed: state.isClosed,
    isStopping: state.isStopping,
    isOverdue: state.isOverdue,
    conditions: [...state.conditions.values()],
  }
  return JSON.stringify(saved)
}

/** What the store kept of a job. */
export interface KeptJob {
  readonly saved: string
  readonly orderPayload: Uint8Array
  /** Newest first. */
  readonly rosters: readonly { readonly payload: Uint8Array; readonly at: number }[]
  /** The newest result under this job's name. */
  readonly newest: { readonly at: number; readonly document: ResultDocument } | undefined
}

/**
 * The job as it was when the controller ended. Reports are to be handed in again as inputs.
 * @throws HypernetError `STORE_FAILED` when the store holds something else
 */
export function restoredJob(kept: KeptJob): JobState {
  const parsed = Saved.safeParse(JSON.parse(kept.saved))
  if (!parsed.success)
    throw new HypernetError(
      'STORE_FAILED',
      `a job in the store is spoiled at ${parsed.error.issues[0]?.path.join('.')}; restore a backup`,
    )
  const { conditions, wanted, finished, carried, ...saved } = parsed.data
  const order = decodeRecord(Order, kept.orderPayload, OBJECT)
  const hash = digest(kept.orderPayload)
  const over = saved.phase !== 'pending' && saved.phase !== 'running'
  const fresh = newJob(
    // The sensor names went through the schema of the order when they were saved.
    { order, wanted: wanted as unknown as Wanted, deadline: saved.deadline, spec: saved.spec },
    saved.submittedAt,
  )
  return Object.assign(fresh, {
    ...saved,
    orderPayload: kept.orderPayload,
    rosters: kept.rosters
      .map(({ payload, at }) => activeRoster(payload, at))
      // An earlier job of this name may have left rosters of its own.
      .filter(
        (each) => each.at >= saved.submittedAt && (over || equalBytes(each.roster.order, hash)),
      )
      .slice(0, 2),
    finished,
    carried: carried && restoredCarried(carried),
    document: kept.newest && kept.newest.at >= saved.submittedAt ? kept.newest.document : undefined,
    conditions: new Map(conditions.map((condition) => [condition.type, condition])),
  })
}

/** @param payload the roster's own bytes */
export function activeRoster(payload: Uint8Array, at: number): ActiveRoster {
  const roster = decodeRecord(Roster, payload, OBJECT)
  const keyOf = new Map(roster.members.map(({ id, key }) => [id, key]))
  return { roster, payload, hash: digest(payload), keyOf, at }
}
