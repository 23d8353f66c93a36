import type { Market } from './rules/state.ts'

/** What no call may ever break, whatever contracts and model agree on. @returns what is broken */
export function conserved(market: Market): string[] {
  const accounts = [...market.accounts.values()]
  const jobs = [...market.jobs.values()]
  const sum = (amounts: readonly bigint[]) => amounts.reduce((a, b) => a + b, 0n)
  const inside =
    sum(accounts.map(({ free, locked, pool }) => free + locked + pool.total)) +
    sum(jobs.map(({ escrow }) => escrow))
  const held = market.tokens.get(market.vault) ?? 0n
  const numbers = new Map(jobs.map((job) => [job.number, job]))
  const broken = accounts.flatMap(({ active, locked, pool, free, backed }) => {
    const job = numbers.get(active)
    const isWrong = [
      free < 0n || locked < 0n || pool.locked < 0n || pool.total < pool.locked,
      active === 0 && (locked > 0n || pool.locked > 0n || backed),
      active !== 0 && (job === undefined || job.phase === 'Closed'),
      !backed && pool.locked > 0n,
    ]
    return isWrong.some(Boolean) ? [`an account in job ${active} has ${locked} of ${free}`] : []
  })
  const worth = jobs.filter(({ escrow }) => escrow < 0n).map((job) => `job ${job.number} owes`)
  return [
    ...(inside === held ? [] : [`the vault has ${held} tokens, its accounts ${inside}`]),
    ...broken,
    ...worth,
  ]
}
