import { HypernetError } from '../../../agent/wire/errors.ts'
import { coinsText } from '../../io/chain/fees.ts'
import type { Purse } from '../../openMarket.ts'

/**
 * Says whose account sends and what it has, for people, and warns of one that has nothing: paid jobs would wait for it
 * without another word.
 */
export async function purseText({ relay, chainId, coins }: Purse): Promise<{
  line: string
  warning?: string
}> {
  const has = await coinsNow(coins)
  if (has === undefined)
    return { line: `relay ${relay} pays for gas on chain ${chainId}, which does not answer now` }
  const line = `relay ${relay} has ${coinsText(has)} coins of chain ${chainId} for gas`
  if (has > 0n) return { line }
  const warning = `the relay's account ${relay} has no coins of chain ${chainId}, so nothing of paid jobs can be sent; send it some (hypernet doctor says how many)`
  return { line, warning }
}

async function coinsNow(coins: Purse['coins']): Promise<bigint | undefined> {
  try {
    return await coins()
  } catch (error) {
    // A chain that is away is waited for, and told of by the log.
    if (error instanceof HypernetError && error.code === 'CHAIN_LOST') return undefined
    throw error
  }
}
