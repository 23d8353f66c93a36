import * as z from 'zod/mini'
import type { JobId, NodeId } from '../../agent/wire/ids.ts'
import { LIMITS } from '../../agent/wire/limits.ts'
import { type Alike, alike } from './alike.ts'
import { median } from './resultDocument.ts'

/** A longer progress report is dropped unread. */
const PROGRESS_BYTES = 48 * 1024
/** Phases of a device in a job (agent/core/effect.ts). */
const PHASES = [
  'waiting',
  'exchanging',
  'announced',
  'voting',
  'final',
  'failed',
  'refused',
  'excluded',
] as const
type Phase = (typeof PHASES)[number]
/** Those of a device that contributes nothing more. */
const ABSENT: readonly Phase[] = ['refused', 'excluded', 'failed']

const count = z.number().check(z.int(), z.gte(0))
/** How far the whole fleet is, as a device knows it (agent/core/fleetProgress.ts). */
const HeardFleet = z.object({
  contributed: count,
  voted: count,
  final: count,
  least: z.enum(['waiting', 'contributed', 'voted', 'final']),
  mean: z.number().check(z.gte(0), z.lte(1)),
  behind: count,
  slowest: z.array(z.string().check(z.maxLength(64))).check(z.maxLength(8)),
  bitsApart: z.optional(count),
})
/** What is read of a device's progress JSON; what else it holds is for people. */
const Heard = z.object({
  phase: z.enum(PHASES),
  /** Of the order; devices that are older than this field leave it out. */
  generation: z.optional(count),
  epoch: count,
  round: count,
  contributions: count,
  gone: count,
  attempt: count,
  bytesOut: count,
  bytesIn: count,
  error: z.optional(z.string().check(z.maxLength(1000))),
  roster: z.optional(count),
  /** The answer or, while readings are followed, what it would be now; null where JSON has no number for one. */
  estimate: z.optional(z.array(z.nullable(z.number())).check(z.maxLength(LIMITS.terms))),
  fleet: z.optional(HeardFleet),
})
export type Heard = z.output<typeof Heard>

/** What a fleet knows of a job at a moment, for a live display. */
export interface JobProgress {
  readonly job: JobId
  readonly epoch: number
  /** Devices of the roster, and those that were heard of this epoch. */
  readonly roster: number
  readonly heard: number
  readonly contributions: { readonly min: number; readonly median: number; readonly max: number }
  readonly phases: Readonly<Partial<Record<Phase, number>>>
  /** Sent by all devices together. */
  readonly bytes: number
  readonly seconds: number
  /** Errors that devices report, each once, with one of them by name. */
  readonly errors: readonly { readonly node: NodeId; readonly text: string }[]
}

/** Devices that refuse a job, and why most of them do. */
export interface Declined {
  readonly devices: number
  readonly reason: string
}

/** The latest progress of each device of a job. */
export type ProgressBoard = Map<NodeId, Heard>

/**
 * Reads one `progress` payload into the board.
 * @param generation of the job's order; what the broker kept of earlier ones is left out
 * @returns whether it was taken
 */
export function heardProgress(
  board: ProgressBoard,
  node: NodeId,
  payload: string,
  generation: number,
): boolean {
  if (payload.length > PROGRESS_BYTES) return false
  let json: unknown
  try {
    json = JSON.parse(payload)
  } catch {
    return false
  }
  const parsed = Heard.safeParse(json)
  if (!parsed.success || (parsed.data.generation ?? generation) !== generation) return false
  board.set(node, parsed.data)
  return true
}

/**
 * Sums a board up over the devices of a roster.
 * @param epoch reports of earlier ones are left out
 * @param seconds since the epoch began
 */
export function progressOf(
  board: ProgressBoard,
  job: JobId,
  roster: readonly NodeId[],
  epoch: number,
  seconds: number,
): JobProgress {
  const heard = roster.flatMap((node) => {
    const one = board.get(node)
    return one && one.epoch >= epoch ? [{ node, ...one }] : []
  })
  const known = heard.map(({ contributions }) => contributions)
  const phases: Partial<Record<Phase, number>> = {}
  const errors = new Map<string, NodeId>()
  for (const { phase, node, error } of heard) {
    phases[phase] = (phases[phase] ?? 0) + 1
    if (error !== undefined && !errors.has(error)) errors.set(error, node)
  }
  return {
    job,
    epoch,
    roster: roster.length,
    heard: heard.length,
    contributions: {
      min: known.length > 0 ? Math.min(...known) : 0,
      median: known.length > 0 ? median(known) : 0,
      max: known.length > 0 ? Math.max(...known) : 0,
    },
    phases,
    bytes: heard.reduce((sum, { bytesOut }) => sum + bytesOut, 0),
    seconds,
    errors: [...errors].slice(0, 8).map(([text, node]) => ({ node, text })),
  }
}

/** Devices of a roster that take no part, or have given up, by the reason that they tell. */
export function absentIn(board: ProgressBoard, roster: readonly NodeId[]): Alike[] {
  const told = roster.flatMap((node) => {
    const heard = board.get(node)
    if (!heard || !ABSENT.includes(heard.phase)) return []
    return { node, reason: heard.error ?? `it is ${heard.phase} and does not say why` }
  })
  return alike(told)
}

/** Who refuses a job, of those that were heard; undefined where nobody does. */
export function declinedIn(board: ProgressBoard): Declined | undefined {
  const reasons = new Map<string, number>()
  for (const { phase, error = '' } of board.values())
    if (phase === 'refused') reasons.set(error, (reasons.get(error) ?? 0) + 1)
  const [most] = [...reasons].sort(([a, one], [b, two]) => two - one || (a < b ? -1 : 1))
  if (!most) return undefined
  const devices = [...reasons.values()].reduce((sum, count) => sum + count, 0)
  return { devices, reason: most[0].replace(/^job \S+ refused: /, '') }
}
