import { type Address, NOBODY } from '../rules/speech.ts'
import { worthOf } from '../rules/stakes.ts'
import { type Account, accountOf, type Job, type Market } from '../rules/state.ts'

/** One number of a market, and what it is. */
export type Entry = readonly [what: string, value: bigint]

const PHASES = ['Open', 'Filled', 'Running', 'Settling', 'Closed']

/** Who has something behind whom, as far as the model knows. */
export const stakesOf = (market: Market): [account: Address, owner: Address][] =>
  [...market.accounts].flatMap(([account, { stakes }]) =>
    [...stakes.keys()].map((owner): [Address, Address] => [account, owner]),
  )

/** All that the model knows of a market, in the order of Reader.sol. */
export function entriesOf(market: Market, accounts: readonly Address[]): Entry[] {
  const { rules } = market
  const stakes = stakesOf(market).flatMap(([account, owner]) => {
    const whole = accountOf(market, account)
    const name = `stake of ${owner} on ${account}`
    const leavesAt = whole.stakes.get(owner)?.leavesAt ?? 0
    return named(name, { amount: worthOf(whole, owner), leavesAt })
  })
  return [
    ...named('rules', {
      feeBps: rules.feeBps,
      leastWindow: rules.leastWindow,
      mostWindow: rules.mostWindow,
      stakeDelay: rules.stakeDelay,
      factoryListed: market.factoryListed,
    }),
    ...accounts.flatMap((owner) => ofAccount(market, owner, accountOf(market, owner))),
    ...stakes,
    ...[...market.jobs.values()].flatMap(ofJob),
  ]
}

function ofAccount(market: Market, owner: Address, account: Account): Entry[] {
  return named(`account ${owner}`, {
    free: account.free,
    locked: account.locked,
    active: account.active,
    ok: account.ok,
    bad: account.bad,
    backed: account.backed,
    pool: account.pool.total,
    poolLocked: account.pool.locked,
    payout: BigInt(account.payout ?? NOBODY),
    nonce: account.nonce,
    tokens: market.tokens.get(owner) ?? 0n,
    completed: account.score.completed,
    stopped: account.score.stopped,
    abandoned: account.score.abandoned,
  })
}

function ofJob(job: Job): Entry[] {
  const { terms, phase, checkpoint, raised } = job
  const isDealt = phase === 'Running' || phase === 'Settling'
  return named(`job ${job.number}`, {
    buyer: BigInt(terms.buyer),
    number: job.number,
    feeBps: terms.feeBps,
    ended: phase === 'Closed',
    escrow: job.escrow,
    funded: job.funded,
    phase: PHASES.indexOf(phase),
    joined: job.sellers.length,
    index: job.index,
    unpaid: job.unpaid,
    missed: job.missed,
    stopping: job.stopping,
    anchored: checkpoint.anchor !== undefined,
    overridden: checkpoint.own.size > 0,
    tallied: checkpoint.tally !== undefined,
    raised,
    commitBy: job.commitBy,
    fillBlock: job.fillBlock,
    price: raised || terms.price,
    groups: job.groups.length,
    ...Object.fromEntries(
      job.groups.map((group, place) => [`group of ${place}`, isDealt ? group : 0]),
    ),
  })
}

const named = (name: string, values: Record<string, bigint | number | boolean>): Entry[] =>
  Object.entries(values).map(([field, value]) => [`${name}: ${field}`, BigInt(value)])
