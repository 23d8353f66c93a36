import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { type Rpc, rpcAt } from './rpc.ts'

/** A development chain that is the same each time it starts, so that a script can be replayed. */
export interface TestChain {
  readonly rpc: Rpc
  stop(): Promise<void>
}

/** Time of its first block, in seconds since 1970. */
export const GENESIS = 2_000_000_000
const UP_MS = 20_000

/** Starts anvil on a free port; gas costs nothing, and whoever is named may send. */
export async function startTestChain(): Promise<TestChain> {
  const program = `@foundry-rs/anvil-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
  const child = spawn(
    createRequire(import.meta.url).resolve(`${program}/bin/anvil`),
    [
      ['--port', '0'],
      ['--hardfork', 'prague'],
      ['--timestamp', `${GENESIS}`],
      ['--base-fee', '0'],
      ['--gas-price', '0'],
      ['--auto-impersonate'],
    ].flat(),
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      process.removeListener('exit', kill)
      resolve()
    })
  })
  const { promise: port, resolve, reject } = Promise.withResolvers<number>()
  child.once('error', reject)
  child.once('close', (code) => reject(new Error(`anvil ended with ${code}`)))
  const timer = setTimeout(() => reject(new Error('anvil did not start')), UP_MS)
  createInterface({ input: child.stdout }).on('line', (line) => {
    const found = /^Listening on 127\.0\.0\.1:(\d+)/.exec(line)
    if (found) resolve(Number(found[1]))
  })
  try {
    const rpc = rpcAt(await port)
    await rpc.call('anvil_setLoggingEnabled', false)
    // Else blocks that are mined without a time of their own would follow the clock of this machine.
    await rpc.call('anvil_setBlockTimestampInterval', 1)
    return {
      rpc,
      stop: () => {
        child.kill('SIGTERM')
        return ended
      },
    }
  } catch (error) {
    kill()
    throw error
  } finally {
    clearTimeout(timer)
  }
}
