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
  | ({ readonly op: 'commit' } & checkpoints.OwnCommitment)
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

/**
 * The market after a call. What the rules refuse changes nothing.
 * @returns the market as it is then, and the error's name, where there was one
 */
export function apply(before: Market, at: Setting, call: Call): { market: Market; error?: string } {
  const market = structuredClone(before)
  try {
    if ('job' in call && call.op !== 'create' && call.op !== 'release') {
      const job = market.jobs.get(call.job)
      if (!job) throw new Error(`the script calls a job that is not there: ${call.job}`)
      applyToJob(market, at, job, call)
    } else {
      applyToMarket(market, at, call as MarketCall) // all others are of jobs
    }
    return { market }
  } catch (error) {
    if (error instanceof Failure) return { market: before, error: error.message }
    throw error
  }
}

function applyToMarket(market: Market, at: Setting, call: MarketCall): void {
  switch (call.op) {
    case 'deposit':
      return vault.deposit(market, at, call.account, call.amount)
    case 'withdraw':
      return vault.withdraw(market, at, call)
    case 'register':
      return vault.register(market, at, call)
    case 'stakeOn':
      return stakeOn(market, at, call.account, call.amount)
    case 'requestUnstake':
      return requestUnstake(market, at, call.account)
    case 'unstake':
      return unstake(market, at, call.account)
    case 'setRules':
      return vault.setRules(market, at, call.rules)
    case 'setFactory':
      return vault.listFactory(market, at, call.listed)
    case 'create':
      return create(market, at, call)
    case 'release':
      // Jobs of this factory let everybody go when they end: nobody is ever left.
      return demand(false, 'HyperVaultNotAtWork')
    case 'trespass':
      if (call.as === 'code') return demand(false, 'JobEscrowWrongPhase')
      return demand(false, call.as === 'open' ? 'HyperVaultNotFactory' : 'HyperVaultNotJob')
  }
}

function applyToJob(market: Market, at: Setting, job: Job, call: JobCall): void {
  switch (call.op) {
    case 'fill':
      return joining.fill(market, at, job, call)
    case 'start':
      return joining.start(market, at, job)
    case 'raise':
      return joining.raise(market, job, call)
    case 'cancel':
      return joining.cancel(market, job, call.signature)
    case 'expire':
      return joining.expire(market, at, job, call.sellers)
    case 'anchor':
      return checkpoints.anchor(at, job, call)
    case 'commit':
      return checkpoints.commit(at, job, call)
    case 'attest':
      return checkpoints.attest(market, at, job, call)
    case 'accept':
      return checkpoints.accept(market, at, job, call)
    case 'close':
      return checkpoints.close(market, at, job, call.index)
    case 'stop':
      return checkpoints.stop(job, call.signature)
    case 'equivocate':
      return checkpoints.equivocate(market, job, call)
    case 'payout':
      return payout(market, job, call)
    case 'settle':
      return settle(market, at, job, call)
  }
}
