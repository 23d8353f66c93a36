import type { AbiEvent, GetLogsReturnType, PublicClient } from 'viem'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { isUnreachable } from './client.ts'
import { reasonOf } from './trouble.ts'

/** Blocks that are asked for at once; public nodes allow from 1,000 to 50,000. */
const MOST_BLOCKS = 20_000n
const LEAST_BLOCKS = 100n

/**
 * All events of some kinds that a contract ever told, in order. Where a node gives fewer blocks at a time, it is asked
 * for fewer.
 * @param from block of the market's deployment: no event is older
 * @param to the last block that counts; absent: the newest
 * @throws HypernetError `CHAIN_REFUSED` where a node gives no events
 */
export async function pastLogs<const Events extends readonly AbiEvent[]>(
  client: PublicClient,
  address: `0x${string}`,
  events: Events,
  from: number,
  to?: bigint,
): Promise<GetLogsReturnType<undefined, Events, true>> {
  const head = to ?? (await client.getBlockNumber())
  const found: GetLogsReturnType<undefined, Events, true> = []
  let step = MOST_BLOCKS
  for (let first = BigInt(from); first <= head; ) {
    const end = first + step - 1n
    const toBlock = end < head ? end : head
    try {
      const logs = await client.getLogs({
        address,
        events,
        fromBlock: first,
        toBlock,
        strict: true,
      })
      found.push(...(logs as typeof found)) // of these events, mined, strict
      first = toBlock + 1n
    } catch (error) {
      if (isUnreachable(error) && step <= LEAST_BLOCKS) throw error
      if (step <= LEAST_BLOCKS)
        throw new HypernetError(
          'CHAIN_REFUSED',
          `the chain's node gives no events of blocks ${first} to ${toBlock}: ${reasonOf(error)}; use a node that keeps them`,
          error,
        )
      step /= 4n
    }
  }
  return found
}
