import { bytesOf } from '../../../agent/wire/hash.ts'
import { rest } from './bids.ts'
import { dealGroups } from './groups.ts'
import { marketBlock } from './outcome.ts'
import type { ChainLog } from './seam.ts'
import { shownIn } from './shown.ts'
import { NOTHING_SHOWN, type Settlement } from './state.ts'

/** Checkpoints in a row that nobody bound, after which a contract gives up (contracts/src/JobCheckpoints.sol). */
const MOST_MISSED = 2

/** Takes what the chain tells of a contract; `block`: number of the block that it is in. */
export function takeLog(state: Settlement, log: ChainLog, block: number): void {
  const { chain, terms } = state
  const number = (name: string) => Number(log.args[name])
  const big = (name: string) => log.args[name] as bigint // as the ABI has it
  switch (log.name) {
    case 'JobOpened':
      if (chain.phase === 'unknown') chain.phase = 'open'
      break
    case 'PriceRaised':
      chain.raised = big('price')
      break
    case 'SellersJoined': {
      const joined = (log.args.sellers as string[]).map((each) => each.toLowerCase())
      // Whoever was sent and has no place is poor or at work elsewhere: others come first now.
      sentOnce(state)
      chain.fills++
      chain.sellers.push(...joined)
      break
    }
    case 'Filled':
      chain.phase = 'filled'
      // Its time is not told. That of the next head is later, so that the contract's deadline is over when ours is.
      chain.filled = { block: number('fillBlock'), seenAt: undefined }
      break
    case 'Started':
      chain.phase = 'running'
      chain.startedIn = block
      chain.commitBy = number('commitBy')
      chain.startedAt = chain.commitBy - Number(state.terms.period)
      chain.groups = groupsOf(log.args.seed as `0x${string}`, state) // bytes32
      chain.okCounts = chain.sellers.map(() => 0)
      break
    case 'Anchored':
      chain.anchor = log.args.anchor as string // bytes32
      break
    case 'Committed':
      chain.own = new Map(chain.own).set(
        number('place'),
        bytesOf(log.args.commitment as string), // bytes32
      )
      break
    case 'Attested':
      chain.shown = shownIn(log.args.shown as string) // bytes
      break
    case 'StopRequested':
      chain.isStopping = true
      break
    case 'CheckpointClosed': {
      chain.history.push(big('ok'), big('bad'))
      const ok = big('ok')
      chain.okCounts = chain.okCounts.map((count, i) => count + Number((ok >> BigInt(i)) & 1n))
      const isMissed = chain.anchor === undefined && chain.own.size === 0 && ok === 0n
      chain.missed = isMissed ? chain.missed + 1 : 0
      chain.own = new Map()
      chain.index++
      chain.commitBy = number('nextCommitBy')
      chain.anchor = undefined
      chain.anchorSeen = undefined
      chain.shown = NOTHING_SHOWN
      if (
        BigInt(chain.index) === terms.checkpoints ||
        chain.isStopping ||
        chain.missed === MOST_MISSED
      )
        chain.phase = 'settling'
      break
    }
    case 'JobPaid':
    case 'JobEnded':
      chain.paid += big('paid')
      chain.slashed += big('slashed')
      chain.fee += big('fee')
      chain.history = []
      if (log.name === 'JobPaid') break
      chain.phase = 'ended'
      chain.end = { block, market: marketBlock(state, number('ending'), big('returned')) }
      break
  }
}

/** Without replicas all are one group. */
function groupsOf(seed: `0x${string}`, { chain, terms }: Settlement): number[] {
  const { sellers } = chain
  if (terms.replicas === 1n) return sellers.map(() => 0)
  return dealGroups(bytesOf(seed), sellers.length, Number(terms.replicas))
}

/** A filling has ended: whoever was in it is not sent again. */
export function sentOnce(state: Settlement): void {
  for (const key of state.sent ?? []) {
    const bidder = state.bidders.get(key)
    if (bidder) rest(bidder, state.time)
  }
  state.sent = undefined
}
