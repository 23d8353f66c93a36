import type { AbiEvent, GetLogsReturnType, PublicClient } from 'viem'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { isUnreachable } from './client.ts'
import { inSpans, Span } from './spans.ts'
import { reasonOf } from './trouble.ts'

/** Blocks that are asked for at once; public nodes allow from 1,000 to 50,000. */
const MOST_BLOCKS = 20_000
/** A node that gives no answer at all to so few is away. */
const FEW_BLOCKS = 100

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
  const head = Number(to ?? (await client.getBlockNumber()))
  type Found = GetLogsReturnType<undefined, Events, true>
  let at = from
  try {
    const found = await inSpans<Found[number]>(
      { from, to: head },
      new Span(MOST_BLOCKS),
      async (blocks) => {
        at = blocks.from
        const fromBlock = BigInt(blocks.from)
        const toBlock = BigInt(blocks.to)
        const logs = await client.getLogs({ address, events, fromBlock, toBlock, strict: true })
        return logs as Found // of these events, mined, strict
      },
      (error, blocks) => !isUnreachable(error) || blocks > FEW_BLOCKS,
    )
    return found as Found // a list of the same
  } catch (error) {
    if (error instanceof HypernetError || isUnreachable(error)) throw error
    throw new HypernetError(
      'CHAIN_REFUSED',
      `the chain's node gives no events of block ${at}: ${reasonOf(error)}; use a node that keeps them`,
      error,
    )
  }
}
