import type { Account } from './state.ts'

/** Collateral of one account in its one job: its own tokens, and, for the rest, those of its backers. */

/** What a new job may hold of the pool: not what its owners have asked back, rounded up. */
export function stayingIn({ pool, stakes }: Account): bigint {
  const leaving = [...stakes.values()]
    .filter(({ era, leavesAt }) => era === pool.era && leavesAt > 0)
    .reduce((sum, { shares }) => sum + shares, 0n)
  if (leaving === 0n) return pool.total
  return pool.total - (leaving * pool.total + pool.shares - 1n) / pool.shares
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

/** All that an account has in its job. */
export const heldBy = ({ locked, pool }: Account): bigint => locked + pool.locked

/** Puts collateral up, own tokens first. @returns false, and nothing changed, for who is busy or too poor */
export function lock(account: Account, amount: bigint, job: number): boolean {
  const own = least(account.free, amount)
  const rest = amount - own
  if (account.active !== 0 || rest > stayingIn(account)) return false
  account.free -= own
  account.locked = own
  account.pool.locked = rest
  account.backed = rest > 0n
  account.active = job
  return true
}

/** Takes collateral away: the account's own first, then its backers'. */
export function slash(account: Account, amount: bigint): void {
  const { pool } = account
  const own = least(amount, account.locked)
  const rest = amount - own
  account.locked -= own
  pool.locked -= rest
  pool.total -= rest
  if (rest > 0n && pool.total === 0n) {
    pool.shares = 0n
    pool.era += 1
  }
}

/** Gives collateral back: the backers' first. */
export function unlock(account: Account, amount: bigint): void {
  const theirs = least(amount, account.pool.locked)
  account.pool.locked -= theirs
  account.locked -= amount - theirs
  account.free += amount - theirs
}

/** Lets an account go to other jobs. */
export function dismiss(account: Account): void {
  account.active = 0
  account.backed = false
}
