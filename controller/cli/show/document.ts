import * as z from 'zod/mini'
import { GateBlock, type GateView } from './gate.ts'
import { read } from './read.ts'

const count = z.number()

/** What the commands read of a result document. What they do not know is kept and printed by `--json`. */
export const ResultDocument = z.looseObject({
  job: z.string(),
  status: z.string(),
  model: z.optional(z.string()),
  reason: z.optional(z.string()),
  epoch: z.optional(count),
  result: z.optional(z.record(z.string(), z.unknown())),
  contributors: z.optional(
    z.looseObject({
      count,
      roster: count,
      missing: z.array(z.string()),
      reasons: z.optional(
        z.array(z.looseObject({ reason: z.string(), devices: z.array(z.string()) })),
      ),
    }),
  ),
  gate: z.optional(GateBlock),
  data: z.optional(z.looseObject({ rows: count, counted: count, shards: count, replicas: count })),
  agreement: z.optional(
    z.looseObject({
      exact: z.boolean(),
      identical: z.boolean(),
      statisticHash: z.optional(z.string()),
      sealed: z.optional(count),
      silent: z.optional(z.array(z.string())),
      apart: z.optional(z.array(z.string())),
      answers: z.optional(z.array(z.looseObject({ sealedBy: z.array(z.string()) }))),
      spread: z.optional(z.number()),
      maxRelativeError: z.optional(z.number()),
    }),
  ),
  consensus: z.optional(
    z.looseObject({
      method: z.string(),
      rounds: z.optional(count),
      roundsToExact: z.optional(count),
      messagesPerDevice: z.optional(count),
      bytesPerDevice: z.optional(count),
      falseStops: z.optional(count),
      seconds: z.optional(count),
    }),
  ),
  market: z.optional(
    z.looseObject({
      chainId: count,
      escrow: z.string(),
      checkpoints: count,
      sellers: count,
      paidInFull: count,
      paid: z.string(),
      slashed: z.string(),
      fee: z.string(),
      relays: z.optional(z.string()),
      returned: z.string(),
      currency: z.string(),
      ending: z.string(),
      result: z.string(),
      work: z.string(),
      books: z.optional(z.looseObject({ owed: z.string(), held: z.string() })),
    }),
  ),
})

/** What is shown of the posterior of a Bayesian job (agent/fusion/kind.ts). */
export const Posterior = z.looseObject({
  credible: count,
  parameters: z.array(
    z.looseObject({
      name: z.string(),
      mean: count,
      standardDeviation: z.nullable(count),
      interval: z.tuple([count, count]),
    }),
  ),
})
export type Posterior = z.output<typeof Posterior>

/** What became of the money of a paid job; amounts as decimal text. */
export interface MarketView {
  readonly chainId: number
  readonly escrow: string
  readonly checkpoints: number
  readonly sellers: number
  readonly paidInFull: number
  readonly paid: string
  readonly slashed: string
  readonly fee: string
  /** Absent in results of earlier versions. */
  readonly relays?: string | undefined
  readonly returned: string
  readonly currency: string
  readonly ending: string
  readonly result: string
  readonly work: string
  /** What the vault owes and what it has. */
  readonly books?: { readonly owed: string; readonly held: string } | undefined
}

/** What is shown of a result document, wherever it came from. */
export interface ResultView {
  readonly job: string
  readonly status: string
  readonly model?: string | undefined
  readonly reason?: string | undefined
  readonly epoch?: number | undefined
  readonly result?: Readonly<Record<string, unknown>> | undefined
  readonly contributors?:
    | {
        readonly count: number
        readonly roster: number
        readonly missing: readonly string[]
        readonly reasons?:
          | readonly { readonly reason: string; readonly devices: readonly string[] }[]
          | undefined
      }
    | undefined
  /** Only of a job that refuses devices. */
  readonly gate?: GateView | undefined
  /** Only of a job whose rows travel with it. */
  readonly data?:
    | {
        readonly rows: number
        readonly counted: number
        readonly shards: number
        readonly replicas: number
      }
    | undefined
  readonly agreement?:
    | {
        readonly exact: boolean
        readonly identical: boolean
        readonly sealed?: number | undefined
        readonly silent?: readonly string[] | undefined
        readonly apart?: readonly string[] | undefined
        readonly answers?: readonly { readonly sealedBy: readonly string[] }[] | undefined
        readonly spread?: number | undefined
        readonly maxRelativeError?: number | undefined
      }
    | undefined
  readonly consensus?:
    | {
        readonly method: string
        readonly rounds?: number | undefined
        readonly roundsToExact?: number | undefined
        readonly messagesPerDevice?: number | undefined
        readonly bytesPerDevice?: number | undefined
        readonly seconds?: number | undefined
      }
    | undefined
  /** Only of a paid job whose contract has ended. */
  readonly market?: MarketView | undefined
  /** Only of a rehearsal. */
  readonly liars?:
    | readonly { readonly device: string; readonly lie: string; readonly reason: string }[]
    | undefined
}

/** Reads a result document that came from outside this process. @throws HypernetError `BAD_MESSAGE` */
export const resultDocument = (value: unknown): ResultView =>
  read(ResultDocument, value, 'result document')
