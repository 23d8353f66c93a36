import { formatEther } from 'viem'
import { tokensText } from '../../../agent/wire/tokens.ts'
import type { Holdings } from '../../io/chain/holdings.ts'
import { factLines } from '../show/result.ts'
import { hyper } from './words.ts'

/** Holdings as JSON; amounts as decimal text. */
export const holdingsDocument = (holdings: Holdings) => ({
  address: holdings.address,
  free: tokensText(holdings.free),
  locked: tokensText(holdings.locked),
  active: holdings.active ? { ...holdings.active, job: holdings.active.job ?? null } : null,
  payout: holdings.payout ?? null,
  backing: {
    total: tokensText(holdings.backing.total),
    locked: tokensText(holdings.backing.locked),
  },
  outside: tokensText(holdings.outside),
  votes: tokensText(holdings.votes),
  delegate: holdings.delegate ?? null,
  coins: formatEther(holdings.coins),
})

/** The same for people. */
export function holdingsText(holdings: Holdings): string {
  const { address, free, locked, active, payout, backing, outside, votes, delegate } = holdings
  const atWork = active && `job ${active.number}${active.job ? `, ${active.job}` : ''}`
  const undelegated = delegate === undefined && outside > 0n
  return factLines([
    ['address', address],
    ['free', hyper(free)],
    ['locked', hyper(locked)],
    ['works for', atWork ?? 'no job'],
    ['pays out to', payout ?? 'anywhere; hypernet market register binds it'],
    ['backing', `${hyper(backing.total)}, ${tokensText(backing.locked)} of it locked`],
    ['outside', hyper(outside)],
    [
      'votes',
      `${tokensText(votes)}${undelegated ? ' (nothing is delegated: hypernet market delegate)' : ''}`,
    ],
    ['coins', formatEther(holdings.coins)],
  ])
}
