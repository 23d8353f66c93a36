import * as checkpoints from './checkpoints.ts'
import { demand, Failure } from './failure.ts'
import * as joining from './joining.ts'
import { create, type Order } from './orders.ts'
import { payout, settle, type Told } from './settling.ts'
import type { Address, Commitment, Signature } from './speech.ts'
import { requestUnstake, stakeOn, unstake } from './stakes.ts'
import type { Job, Market, Reveals, Rules, Setting } from './state.ts'
import * as vault from './vault.ts'

/** Everything that anybody can send, and what it does. */

/** Calls of the vault and the factory. */
export type MarketCall =
  | { readonly op: 'deposit'; readonly account: Address; readonly amount: bigint }
  | ({ readonly op: 'withdraw' } & vault.Withdrawal)
  | ({ readonly op: 'register' } & vault.Registration)
  | { readonly op: 'stakeOn'; readonly account: Address; readonly amount: bigint }
  | { readonly op: 'requestUnstake' | 'unstake'; readonly account: Address }
  | { readonly op: 'setRules'; readonly rules: Rules }
  | { readonly op: 'setFactory'; readonly listed: boolean }
  | ({ readonly op: 'create' } & Order)
  | { readonly op: 'release'; readonly account: Address; readonly job: Address }
  /** A stranger does what only factories or jobs may; or calls the code that jobs share. */
  | { readonly op: 'trespass'; readonly as: (typeof TRESPASSES)[number] }

/** Calls of one job. */
export type JobCall = { readonly job: Address } & (
  | ({ readonly op: 'fill' } & joining.Fill)
  | { readonly op: 'start' }
  | { readonly op: 'raise'; readonly price: bigint; readonly signature: Signature }
  | { readonly op: 'cancel' | 'stop'; readonly signature: Signature }
  | { readonly op: 'expire'; readonly sellers: readonly Address[] }
  | {
      readonly op: 'anchor'
      readonly index: number
      readonly list: readonly Commitment[] | 'other'
    }
  | ({ readonly op: 'commit' } & checkpoints.OwnCommitments)
  | { readonly op: 'attest'; readonly index: number; readonly reveals: Reveals }
  | { readonly op: 'accept'; readonly index: number; readonly signature: Signature }
  | { readonly op: 'close'; readonly index: number }
  | {
      readonly op: 'equivocate'
      readonly one: checkpoints.Evidence
      readonly other: checkpoints.Evidence
    }
  | ({ readonly op: 'payout' | 'settle' } & Told)
)

export type Call = MarketCall | JobCall

export const TRESPASSES = ['open', 'fund', 'join', 'settle', 'slashAll', 'reward', 'code'] as const

/** What each call of a kind does. */
type Deeds<Kind extends Call, Where extends unknown[]> = {
  readonly [Op in Kind['op']]: (...where: [...Where, call: Extract<Kind, { op: Op }>]) => void
}

const ON_MARKET: Deeds<MarketCall, [market: Market, at: Setting]> = {
  deposit: (market, at, { account, amount }) => vault.deposit(market, at, account, amount),
  withdraw: vault.withdraw,
  register: vault.register,
  stakeOn: (market, at, { account, amount }) => stakeOn(market, at, account, amount),
  requestUnstake: (market, at, { account }) => requestUnstake(market, at, account),
  unstake: (market, at, { account }) => unstake(market, at, account),
  setRules: (market, at, { rules }) => vault.setRules(market, at, rules),
  setFactory: (market, at, { listed }) => vault.listFactory(market, at, listed),
  create,
  // Jobs of this factory let everybody go when they end: nobody is ever left.
  release: () => demand(false, 'HyperVaultNotAtWork'),
  trespass: (_, __, { as }) => {
    demand(as !== 'code', 'JobEscrowWrongPhase')
    demand(false, as === 'open' ? 'HyperVaultNotFactory' : 'HyperVaultNotJob')
  },
}

const ON_JOB: Deeds<JobCall, [market: Market, at: Setting, job: Job]> = {
  fill: joining.fill,
  start: joining.start,
  raise: (market, _, job, call) => joining.raise(market, job, call),
  cancel: (market, _, job, { signature }) => joining.cancel(market, job, signature),
  expire: (market, at, job, { sellers }) => joining.expire(market, at, job, sellers),
  anchor: checkpoints.anchor,
  commit: checkpoints.commit,
  attest: checkpoints.attest,
  accept: checkpoints.accept,
  close: (market, at, job, { index }) => checkpoints.close(market, at, job, index),
  stop: (market, _, job, { signature }) => checkpoints.stop(market, job, signature),
  equivocate: (market, _, job, call) => checkpoints.equivocate(market, job, call),
  payout: (market, _, job, call) => payout(market, job, call),
  settle,
}

/** Whether a call goes to a job that is there. */
export const isOfJob = (call: Call): call is JobCall => call.op in ON_JOB

/**
 * The market after a call. What the rules refuse changes nothing.
 * @returns the market as it is then, and the error's name, where there was one
 */
export function apply(before: Market, at: Setting, call: Call): { market: Market; error?: string } {
  const market = structuredClone({ ...before, news: [] })
  try {
    if (isOfJob(call)) applyToJob(market, at, call)
    else applyToMarket(market, at, call)
    return { market }
  } catch (error) {
    if (error instanceof Failure) return { market: before, error: error.message }
    throw error
  }
}

function applyToMarket(market: Market, at: Setting, call: MarketCall): void {
  const deed = ON_MARKET[call.op] as (market: Market, at: Setting, call: MarketCall) => void // its own
  deed(market, at, call)
}

function applyToJob(market: Market, at: Setting, call: JobCall): void {
  const job = market.jobs.get(call.job)
  if (!job) throw new Error(`the script calls a job that is not there: ${call.job}`)
  const deed = ON_JOB[call.op] as (market: Market, at: Setting, job: Job, call: JobCall) => void // its own
  deed(market, at, job, call)
}
