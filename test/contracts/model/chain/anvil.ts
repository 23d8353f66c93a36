import { startAnvil } from '../../../../controller/io/chain/anvil.ts'
import { type Rpc, rpcAt } from './rpc.ts'

/** A development chain that is the same each time it starts, so that a script can be replayed. */
export interface TestChain {
  readonly rpc: Rpc
  stop(): Promise<void>
}

/** Time of its first block, in seconds since 1970. */
export const GENESIS = 2_000_000_000
/** Gas costs nothing, and whoever is named may send. */
const FREE = ['--base-fee', '0', '--gas-price', '0', '--auto-impersonate']

/** Starts anvil on a free port. */
export async function startTestChain(): Promise<TestChain> {
  const more = ['--timestamp', `${GENESIS}`, ...FREE]
  const anvil = await startAnvil({ hardfork: 'prague', more })
  try {
    const rpc = rpcAt(Number(new URL(anvil.url).port))
    await rpc.call('anvil_setLoggingEnabled', false)
    // Else blocks that are mined without a time of their own would follow the clock of this machine.
    await rpc.call('anvil_setBlockTimestampInterval', 1)
    return { rpc, stop: () => anvil.stop() }
  } catch (error) {
    await anvil.stop()
    throw error
  }
}
