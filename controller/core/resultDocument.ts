import { toDoubles } from '../../agent/math/exactVector.ts'
import { count, fullSet, has, members, minus } from '../../agent/wire/bitset.ts'
import { hexOf } from '../../agent/wire/hash.ts'
import type { NodeId } from '../../agent/wire/ids.ts'
import type { Order, SealReport } from '../../agent/wire/messages.ts'
import { counted, someOf } from '../../agent/wire/words.ts'
import { alikeText } from './alike.ts'
import { admittedAnswer, type GateBlock, gateBlock } from './gateResult.ts'
import {
  apart,
  awaited,
  type Collection,
  failures,
  idsOf,
  leading,
  type SealedAnswer,
} from './result.ts'
import type { MarketBlock } from './settlement/seam.ts'

/** The JSON that `job get`, `demo` and the `result` topic show; docs/jobs.md describes it. */
export interface ResultDocument {
  readonly job: string
  readonly status: 'succeeded' | 'failed'
  readonly model: string
  /** Only of jobs that repeat. */
  readonly epoch?: number
  /** What went wrong, for people; absent where nothing did. */
  readonly reason?: string
  readonly result?: Readonly<Record<string, unknown>>
  readonly contributors?: Contributors
  /** Only of jobs that refuse devices. */
  readonly gate?: GateBlock
  /** Only of jobs whose rows travel with them. */
  readonly data?: DataCounts
  readonly agreement?: Agreement
  readonly consensus?: Consensus
  /** Only of paid jobs whose contract has ended. */
  readonly market?: MarketBlock
}
export interface Contributors {
  readonly count: number
  readonly roster: number
  /** Devices of the roster whose readings are not in the sum. */
  readonly missing: readonly NodeId[]
  /** Why, of those that said so. */
  readonly reasons?: readonly { readonly reason: string; readonly devices: readonly NodeId[] }[]
}
/** Rows that travelled with the job, and those in the sum: a shard without a majority of its replicas is left out. */
export interface DataCounts {
  readonly rows: number
  readonly counted: number
  readonly shards: number
  readonly replicas: number
}
export interface Agreement {
  /** The result is the exact sum over exactly the contributors: the method is exact and no seal contradicts it. */
  readonly exact: boolean
  /** Only of methods whose devices cannot know whether their answer is right, and then false. */
  readonly certified?: false
  /** Likewise: the greatest relative difference of any component between this answer and another device's. */
  readonly spread?: number
  /** Every device that is alive and not cut off from the larger part of the fleet sealed this answer, bit for bit. */
  readonly identical: boolean
  readonly statisticHash: string
  /** Devices that sealed this answer. */
  readonly sealed: number
  /** Devices that are online and have sealed nothing; absent where there are none. */
  readonly silent?: readonly NodeId[]
  /** Devices that were cut off from more than half of the roster and sealed an answer of their own. */
  readonly apart?: readonly NodeId[]
  /** Where devices sealed different answers: all of them. */
  readonly answers?: readonly {
    readonly statisticHash: string
    readonly contributors: number
    readonly sealedBy: readonly NodeId[]
  }[]
}
/** What it took, over the devices that sealed. */
export interface Consensus {
  readonly method: string
  /** Until the last device had the answer. */
  readonly rounds: number
  /** Medians of what a device sent. */
  readonly messagesPerDevice: number
  readonly bytesPerDevice: number
  /** Devices that stopped with another answer than this one. */
  readonly falseStops: number
  /** Until the last device had the answer, by its own clock. */
  readonly seconds: number
}

/** The figures of a sum, or why there are none (agent/fusion). */
export type Figures =
  | { readonly ok: true; readonly result: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly reason: string }

/** Methods that agree on no bits: each device ends with an approximation of its own. */
const INEXACT: readonly string[] = ['laplacian'] satisfies Order['method'][]
export const isExact = ({ method }: Pick<Order, 'method'>): boolean => !INEXACT.includes(method)

/** What a result document needs to know beside what the devices sealed. */
export interface Circumstances {
  /** Turns the leading answer's sum into the model's figures. */
  figures(answer: SealedAnswer): Figures
  /** Whether a device is alive now. */
  online(node: NodeId): boolean
  /** `minNodes`: an answer over fewer devices fails. */
  readonly least: number
  /** What to do where no device reported anything. */
  readonly unheard?: string
  /** What devices say, as it is told to people. */
  readonly placed?: (text: string) => string
}

/** Composes the result document of an epoch from what the devices sealed. */
export function documentOf(
  order: Order,
  collection: Collection,
  { figures, online, least, unheard = 'see their status topics', placed = String }: Circumstances,
): ResultDocument {
  const answer = leading(collection)
  const about = {
    model: order.model.type,
    ...(order.window.every === undefined ? {} : { epoch: collection.epoch }),
  }
  if (!answer)
    return {
      job: order.job,
      status: 'failed',
      ...about,
      reason: placed(failureText(collection, unheard)),
    }
  const found = figures(admittedAnswer(answer))
  const strays = apart(collection)
  const split = splitOf(order, collection)
  const contributors = contributorsOf(collection, answer, placed)
  const reason = split ?? fewText(contributors, least) ?? (found.ok ? undefined : found.reason)
  return {
    job: order.job,
    status: reason === undefined ? 'succeeded' : 'failed',
    ...about,
    ...(reason === undefined ? {} : { reason }),
    ...(found.ok ? { result: found.result } : {}),
    contributors,
    ...gateBlock(collection.roster, answer),
    ...dataOf(order, answer),
    agreement: agreementOf(order, collection, answer, {
      strays,
      isSplit: split !== undefined,
      online,
    }),
    consensus: consensusOf(order, collection, answer.by.size + (strays?.length ?? 0)),
  }
}

/** Whether no answer stands for the fleet, since devices sealed different ones. */
export const isSplit = (order: Order, collection: Collection): boolean =>
  splitOf(order, collection) !== undefined

const splitOf = (order: Order, collection: Collection): string | undefined =>
  isExact(order) ? splitText(collection, apart(collection)) : undefined

function contributorsOf(
  { roster, reports }: Collection,
  answer: SealedAnswer,
  placed: (text: string) => string,
): Contributors {
  const absent = members(minus(fullSet(roster.members.length), answer.contributors))
  const told = absent.flatMap((i) => {
    const reason = reports.get(i)?.failure
    return reason === undefined ? [] : { reason: placed(reason), i }
  })
  const reasons = [...Map.groupBy(told, ({ reason }) => reason)].map(([reason, group]) => ({
    reason,
    devices: idsOf(
      roster,
      group.map(({ i }) => i),
    ),
  }))
  return {
    count: count(answer.contributors),
    roster: roster.members.length,
    missing: idsOf(roster, absent),
    ...(reasons.length > 0 ? { reasons } : {}),
  }
}

function dataOf({ data }: Order, { rows }: SealedAnswer): { data?: DataCounts } {
  if (!data) return {}
  const { shards, columns, replicas } = data
  const all = shards.reduce((sum, numbers) => sum + numbers.length, 0) / columns.length
  return { data: { rows: all, counted: rows, shards: shards.length, replicas } }
}

interface Standing {
  /** As `apart` has them. */
  readonly strays: readonly number[] | undefined
  /** No answer stands for the fleet. */
  readonly isSplit: boolean
  online(node: NodeId): boolean
}

function agreementOf(
  order: Order,
  collection: Collection,
  answer: SealedAnswer,
  { strays, isSplit, online }: Standing,
): Agreement {
  const unsealed = collection.roster.members.filter(
    ({ id }, i) => !collection.reports.get(i)?.seal && !has(answer.tombstones, i) && online(id),
  )
  const silent = unsealed.map(({ id }) => id)
  const hasSilent = silent.length > 0 ? { silent } : {}
  if (!isExact(order))
    return {
      exact: false,
      certified: false,
      identical: collection.answers.size === 1 && silent.length === 0,
      spread: spreadOf(collection, answer),
      statisticHash: hexOf(answer.statistic),
      sealed: answer.by.size,
      ...hasSilent,
    }
  return {
    exact: strays !== undefined,
    // Of a program the sums may be the same and what it ended with not.
    identical: !isSplit && silent.length === 0 && answer.told.size <= 1,
    statisticHash: hexOf(answer.statistic),
    sealed: answer.by.size,
    ...hasSilent,
    ...(strays && strays.length > 0 && !isSplit ? { apart: idsOf(collection.roster, strays) } : {}),
    ...(collection.answers.size > 1 ? { answers: answersOf(collection) } : {}),
  }
}

function spreadOf({ answers }: Collection, { sum }: SealedAnswer): number {
  const own = toDoubles(sum)
  const others = [...answers.values()].map((answer) => toDoubles(answer.sum))
  const distances = others.flatMap((other) =>
    other.map((value, k) => {
      const distance = Math.abs(value - (own[k] ?? 0))
      return distance === 0 ? 0 : distance / Math.max(Math.abs(value), Math.abs(own[k] ?? 0))
    }),
  )
  return Math.max(0, ...distances)
}

function answersOf({ answers, roster }: Collection): NonNullable<Agreement['answers']> {
  return [...answers.entries()]
    .sort(([a, one], [b, two]) => two.by.size - one.by.size || (a < b ? -1 : 1))
    .map(([, { statistic, contributors, by }]) => ({
      statisticHash: hexOf(statistic),
      contributors: count(contributors),
      sealedBy: idsOf(
        roster,
        [...by].sort((a, b) => a - b),
      ),
    }))
}

/** @param rightly devices that sealed the answer, or one that names them as cut off */
function consensusOf(order: Order, collection: Collection, rightly: number): Consensus {
  const sealed = [...collection.reports.values()].filter(({ seal }) => seal !== undefined)
  const of = (figure: (report: SealReport) => number) => median(sealed.map(figure))
  return {
    method: order.method,
    rounds: Math.max(...sealed.map(({ rounds }) => rounds)),
    messagesPerDevice: of(({ messages }) => messages),
    bytesPerDevice: of(({ bytesOut }) => bytesOut),
    falseStops: sealed.length - rightly,
    seconds: Math.max(...sealed.map(({ milliseconds }) => milliseconds)) / 1000,
  }
}

/** Why the answers do not make a result: they contradict each other, or none is that of the larger part. */
function splitText(
  { answers, roster }: Collection,
  strays: readonly number[] | undefined,
): string | undefined {
  if (answers.size < 2) return undefined
  const sizes = [...answers.values()].map(({ by }) => by.size).sort((a, b) => b - a)
  if (strays !== undefined) {
    if ((sizes[0] ?? 0) * 2 > roster.members.length) return undefined
    return `the fleet fell into ${answers.size} parts (of ${sizes.join(', ')} devices) that lost touch, none of more than half of the roster; agreement.answers names them`
  }
  return `devices sealed ${answers.size} different answers (by ${sizes.join(', ')} devices); agreement.answers names them`
}

/** Why an answer does not do although the devices agree on it: too few of them are in it. */
function fewText({ count, roster, missing }: Contributors, least: number): string | undefined {
  if (count >= least) return undefined
  return `only ${count} of ${counted(roster, 'device')} contributed, wanted minNodes ${least}; missing: ${someOf(missing)}`
}

function failureText(collection: Collection, unheard: string): string {
  const reasons = failures(collection)
  const silent = awaited(collection).length
  const size = collection.roster.members.length
  if (reasons.length === 0) return `none of ${size} devices reported an answer in time; ${unheard}`
  const missing = silent > 0 ? `; ${silent} reported nothing` : ''
  return `no device has an answer: ${alikeText(reasons, size)}${missing}`
}

/** The middle value; of an even number of values the mean of the two in the middle. At least one value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? 0
  return sorted.length % 2 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2
}
