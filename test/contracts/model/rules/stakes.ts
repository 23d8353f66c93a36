import { demand } from './failure.ts'
import { tell } from './news.ts'
import type { Address } from './speech.ts'
import { type Account, accountOf, type Market, type Setting, type Stake } from './state.ts'

/** Stakes behind accounts: a share in a pool that is slashed as a whole. */

const stakeIn = (account: Account, owner: Address): Stake =>
  account.stakes.get(owner) ?? { shares: 0n, era: 0, leavesAt: 0 }

/** What an owner's stake is worth now, rounded down. */
export function worthOf(account: Account, owner: Address): bigint {
  const { pool } = account
  const { shares, era } = stakeIn(account, owner)
  return shares === 0n || era !== pool.era ? 0n : (shares * pool.total) / pool.shares
}

/** Gives tokens to an account. */
export function credit(market: Market, owner: Address, amount: bigint): void {
  accountOf(market, owner).free += amount
}

/** Takes free tokens of an account. @throws Failure */
export function debit(market: Market, owner: Address, amount: bigint): void {
  const account = accountOf(market, owner)
  demand(account.free >= amount, 'HyperVaultTooLittle')
  account.free -= amount
}

/** Puts free tokens of the sender behind an account. */
export function stakeOn(market: Market, at: Setting, on: Address, amount: bigint): void {
  demand(amount > 0n, 'HyperVaultNothing')
  debit(market, at.sender, amount)
  const account = accountOf(market, on)
  const { pool } = account
  const before = stakeIn(account, at.sender)
  // What was put in before a total loss is gone.
  const kept = before.era === pool.era ? before.shares : 0n
  const shares = pool.shares === 0n ? amount : (amount * pool.shares) / pool.total
  account.stakes.set(at.sender, { shares: kept + shares, era: pool.era, leavesAt: 0 })
  pool.shares += shares
  pool.total += amount
  tell(market, 'Staked', { account: on, owner: at.sender, amount })
}

/** Announces that the sender's stake leaves. */
export function requestUnstake(market: Market, at: Setting, on: Address): void {
  const account = accountOf(market, on)
  demand(worthOf(account, at.sender) > 0n, 'HyperVaultNoStake')
  const leavesAt = at.time + market.rules.stakeDelay
  account.stakes.set(at.sender, { ...stakeIn(account, at.sender), leavesAt })
  tell(market, 'UnstakeRequested', { account: on, owner: at.sender, leavesAt })
}

/** Takes the sender's stake back, when it may leave and no job holds it. */
export function unstake(market: Market, at: Setting, on: Address): void {
  const account = accountOf(market, on)
  const { pool } = account
  const { shares, leavesAt } = stakeIn(account, at.sender)
  const amount = worthOf(account, at.sender)
  demand(amount > 0n && leavesAt > 0, 'HyperVaultNoStake')
  demand(at.time >= leavesAt, 'HyperVaultStakeStays')
  demand(amount <= pool.total - pool.locked, 'HyperVaultStakeAtWork')
  pool.shares -= shares
  pool.total -= amount
  account.stakes.delete(at.sender)
  credit(market, at.sender, amount)
  tell(market, 'Unstaked', { account: on, owner: at.sender, amount })
}
