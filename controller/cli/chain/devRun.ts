import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { encodeFunctionData, type Hex, toHex } from 'viem'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { hyperToken } from '../../abi/hyperToken.ts'
import { askAnvil, DEV_CHAIN } from '../../io/chain/anvil.ts'
import { openClient } from '../../io/chain/client.ts'
import { readDeployment, writeDeployment } from '../../io/chain/deployment.ts'
import { devKey } from '../../io/chain/devKeys.ts'
import { type EmbeddedMarket, startEmbedded } from '../../io/chain/embedded.ts'
import { openWallet } from '../../io/chain/wallet.ts'
import { DEV_PORT } from '../market/options.ts'
import { deploymentPath, namedDeployment } from '../market/place.ts'
import { addressOf, hyper } from '../market/words.ts'
import { configOf } from '../reach.ts'
import { shortPath } from '../settings.ts'
import type { Given } from '../shell/arguments.ts'
import { EXIT } from '../shell/exit.ts'
import type { Terminal } from '../shell/terminal.ts'
import { shellWord } from '../shell/word.ts'
import { standingText } from './planText.ts'

/** What each funded address gets, in the account of the market and again outside of it. */
const TOKENS = 10_000n * 10n ** 18n
const COINS = 10n * 10n ** 18n

/** Runs a development chain until it is interrupted. @returns the exit code @throws HypernetError */
export async function runDevChain(given: Given, terminal: Terminal, port: number): Promise<number> {
  const funded = given.texts('fund').map((text) => addressOf(text, '--fund'))
  const named = given.text('out')
  const asConfigured = named ? undefined : await namedDeployment(given, terminal, port)
  const out = named
    ? resolve(terminal.cwd, named)
    : (asConfigured ?? deploymentPath(terminal, DEV_CHAIN))
  await checkFree(out)
  const market = await startEmbedded(undefined, port)
  try {
    const { anvil, deployment } = market
    if (funded.length > 0) await fund(market, funded)
    await mkdir(dirname(out), { recursive: true })
    await writeDeployment(out, deployment)
    const document = { url: anvil.url, deployment, file: out, funded, next: next() }
    if (given.flag('json')) terminal.out(`${JSON.stringify(document)}\n`)
    else {
      terminal.out(`chain ${anvil.chainId} on ${anvil.url}, a block a second\n\n`)
      terminal.out(standingText(deployment))
      for (const address of funded)
        terminal.out(`\n${address} has ${hyper(TOKENS)} in the market and as much outside`)
      terminal.out(`${funded.length > 0 ? '\n' : ''}\n${shortPath(out)} says where; try:\n`)
      terminal.out(`  ${document.next}\nup until Ctrl-C\n`)
    }
    await untilEnd(market, terminal)
  } finally {
    await market.stop()
  }
  return terminal.interrupted.reason === 'SIGTERM' ? EXIT.done : EXIT.interrupted

  /** A command that can be pasted into another terminal of the same folder. */
  function next(): string {
    const isConfigured = configOf(given, terminal) !== undefined
    const usual = asConfigured !== undefined || (port === DEV_PORT && !isConfigured)
    return [
      `hypernet market deposit 100 --for ${funded[0] ?? EXAMPLE}`,
      ...(usual ? [] : [`--rpc ${market.anvil.url}`]),
      ...(named ? [`--deployment ${shellWord(named)}`] : []),
    ].join(' ')
  }
}

/** Never writes over what says where the market of another chain stands. @throws HypernetError `BAD_USAGE` */
async function checkFree(out: string): Promise<void> {
  if (!existsSync(out)) return
  const { chainId } = await readDeployment(out)
  if (chainId === DEV_CHAIN) return
  throw new HypernetError(
    'BAD_USAGE',
    `${shortPath(out)} is there already, and is of chain ${chainId}; move it away, or give --out FILE.`,
  )
}

/** The second account of development chains. */
const EXAMPLE = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'

async function fund(market: EmbeddedMarket, accounts: readonly Hex[]): Promise<void> {
  const { anvil, deployment } = market
  const client = openClient(anvil.chainId, [anvil.url])
  await market.endow(accounts, TOKENS)
  const wallet = openWallet(client, devKey())
  for (const account of accounts) {
    const args = [account, TOKENS] as const
    const data = encodeFunctionData({ abi: hyperToken.abi, functionName: 'transfer', args })
    await wallet.send({ to: deployment.token, data })
    await askAnvil(client, 'anvil_setBalance', account, toHex(COINS))
  }
}

/** @throws HypernetError `CHAIN_LOST` where the chain ends by itself */
async function untilEnd({ anvil }: EmbeddedMarket, { interrupted }: Terminal): Promise<void> {
  if (interrupted.aborted) return
  const stopped = once(interrupted, 'abort').then(() => true)
  if (!(await Promise.race([stopped, anvil.ended.then(() => interrupted.aborted)])))
    throw new HypernetError('CHAIN_LOST', 'the development chain ended by itself; start it again')
}
