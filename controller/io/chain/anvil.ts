import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { resolve as absolute } from 'node:path'
import { createInterface } from 'node:readline'
import type { PublicClient } from 'viem'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { endOrphan, forgetChild, noteChild } from './orphan.ts'

/** A development chain in a process of its own, which dies with this one. */
export interface Anvil {
  /** Address of its JSON-RPC, on loopback. */
  readonly url: string
  readonly chainId: number
  /** Resolves when the process has ended, by whatever reason. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** Chain id of development chains: keys that everybody knows may be used on it alone. */
export const DEV_CHAIN = 31_337
/** What the chain's ten rich accounts derive from (BIP-39); known to everybody. */
export const DEV_MNEMONIC = 'test test test test test test test test test test test junk'

/**
 * Seconds between two writings of a state. The file holds all blocks and is written as a whole, 6 MB after an hour of a
 * block a second; what a chain without its owner has not written yet it writes when the next start ends it.
 */
const STATE_SECONDS = 10
/** Time that the chain has to come up. */
const UP_MS = 20_000

/**
 * Starts anvil, from its npm package.
 * @param port on loopback; absent or 0: a free one
 * @param chainId another than that of development chains, to try what is refused elsewhere
 * @param blockSeconds a block every so often; absent: one for each transaction
 * @param more options of the program
 * @param isApart in a process group of its own: Ctrl-C in a terminal, which reaches a whole group, leaves it running until
 *   it is stopped; for programs that take that signal over and end it in their own order
 * @param state file that keeps the chain from one start to the next; a chain that a killed process left on it is ended
 *   first
 * @throws HypernetError `CHAIN_LOST` where the package has no build for this machine, the chain does not come up, or its
 *   state is damaged
 */
export async function startAnvil({
  port = 0,
  chainId = DEV_CHAIN,
  blockSeconds,
  hardfork,
  state: named,
  isApart = false,
  more = [],
}: {
  port?: number
  chainId?: number
  blockSeconds?: number
  hardfork?: string
  state?: string
  isApart?: boolean
  more?: readonly string[]
} = {}): Promise<Anvil> {
  const place = ['--port', String(port), '--chain-id', String(chainId)]
  const args = [...place, '--mnemonic', DEV_MNEMONIC]
  if (blockSeconds !== undefined) args.push('--block-time', String(blockSeconds))
  if (hardfork !== undefined) args.push('--hardfork', hardfork)
  const state = named === undefined ? undefined : absolute(named)
  if (state !== undefined) {
    await endOrphan(state)
    args.push('--state', state, '--state-interval', String(STATE_SECONDS))
  }
  args.push(...more)
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe']
  const child = spawn(binary(), args, { stdio, detached: isApart })
  const { pid } = child
  if (state !== undefined && pid !== undefined) noteChild(state, pid)
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      process.removeListener('exit', kill)
      if (state !== undefined && pid !== undefined) forgetChild(state, pid)
      resolve()
    })
  })
  try {
    const url = await listening(child, port)
    return {
      url,
      chainId,
      ended,
      stop: () => {
        child.kill('SIGTERM')
        return ended
      },
    }
  } catch (error) {
    kill()
    if (state !== undefined) await checkState(state, error)
    throw error
  }
}

/** Looks whether a chain did not start because the machine stopped while its state was written. */
async function checkState(state: string, cause: unknown): Promise<void> {
  const text = await readFile(state, 'utf8').catch(() => undefined)
  if (text === undefined || isState(text)) return
  throw new HypernetError(
    'CHAIN_LOST',
    `the file ${state} of the development chain is damaged, as when the machine stops while it is written; delete it and start again: a new chain begins, and nothing but the development chain is lost`,
    cause,
  )
}

function isState(text: string): boolean {
  try {
    const { block, accounts } = JSON.parse(text)
    return block !== undefined && accounts !== undefined
  } catch {
    return false
  }
}

/** A request of anvil's own, which viem's list of methods lacks. */
export const askAnvil = (
  client: PublicClient,
  method: string,
  ...params: readonly unknown[]
): Promise<unknown> => client.request({ method: method as never, params: params as never })

/** Path of the program that the package holds for this machine. */
function binary(): string {
  const processor = { x64: 'amd64' }[process.arch as string] ?? process.arch
  const name = `@foundry-rs/anvil-${process.platform}-${processor}`
  try {
    const end = process.platform === 'win32' ? '.exe' : ''
    return createRequire(import.meta.url).resolve(`${name}/bin/anvil${end}`)
  } catch (error) {
    throw new HypernetError(
      'CHAIN_LOST',
      `the development chain needs the package ${name}, which is not installed; run npm ci, or give a chain by its RPC address`,
      error,
    )
  }
}

/** Waits until it says where it listens. */
function listening(child: ChildProcess, port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const said: string[] = []
  const fail = (why: string, cause?: unknown) =>
    reject(
      new HypernetError(
        'CHAIN_LOST',
        `the development chain did not start: ${why}${said.length > 0 ? `; it said ${said.slice(-3).join(' ')}` : ''}`,
        cause,
      ),
    )
  const timer = setTimeout(() => fail(`silent for ${UP_MS / 1000} s`), UP_MS)
  child.once('error', (error) => fail(error.message, error))
  child.once('close', (code) => {
    if (!said.some((line) => /address already in use/i.test(line))) fail(`it ended with ${code}`)
    else
      reject(
        new HypernetError(
          'CHAIN_LOST',
          `the development chain did not start: port ${port} of 127.0.0.1 is taken, perhaps by another chain; end that, or choose another (--port N; 0: any free one)`,
        ),
      )
  })
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on('line', (line) => {
      const found = /^Listening on (127\.0\.0\.1:\d+)/.exec(line)
      if (found) resolve(`http://${found[1]}`)
      else if (line.trim() !== '' && said.length < 100) said.push(line)
    })
  }
  return promise.finally(() => clearTimeout(timer))
}
