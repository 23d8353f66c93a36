import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { formatEther } from 'viem'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { DEV_CHAIN } from '../../io/chain/anvil.ts'
import { checkDeployment, urlOf } from '../../io/chain/client.ts'
import { DEV_PLAN, PUBLIC_PLAN } from '../../io/chain/deploy.ts'
import { carryOut, planDeployment } from '../../io/chain/deployer.ts'
import { type Deployment, readDeployment, writeDeployment } from '../../io/chain/deployment.ts'
import { onChain } from '../../io/chain/trouble.ts'
import { checkCoins } from '../../io/chain/wallet.ts'
import { chainFor, deploymentPath, type OpenChain, walletFor } from '../market/place.ts'
import { shortPath } from '../settings.ts'
import type { Given } from '../shell/arguments.ts'
import { askYes } from '../shell/ask.ts'
import { EXIT } from '../shell/exit.ts'
import type { Terminal } from '../shell/terminal.ts'
import { planText, standingText } from './planText.ts'

/**
 * Shows what a deployment costs, asks, and carries it out.
 * @returns the exit code @throws HypernetError; nothing was sent unless the message says so
 */
export async function runDeploy(given: Given, terminal: Terminal): Promise<number> {
  const json = given.flag('json')
  const chain = await chainFor(given, terminal)
  const { client, chainId } = chain
  const named = given.text('out')
  const out = named ? resolve(terminal.cwd, named) : deploymentPath(terminal, chainId)
  const standing = existsSync(out) ? await earlier(chain, out) : undefined
  if (standing) {
    tell({ deployment: standing, gas: 0n, out }, json, terminal)
    return EXIT.done
  }
  const wallet = await walletFor(given, terminal, chain)
  const rules = chainId === DEV_CHAIN ? DEV_PLAN : PUBLIC_PLAN
  const plan = await planDeployment(client, wallet, rules)
  const say = (text: string) => (json ? terminal.err(text) : terminal.out(text))
  say(planText(plan, rules, { chainId, url: urlOf(client), coins: await coinsOf() }))
  await onChain(client, () => checkCoins(client, wallet.address, plan.gas * plan.fees.most))
  if (!given.flag('yes') && !(await askYes('Deploy?', terminal))) {
    terminal.err('not deployed, nothing was sent; answer y, or give --yes\n')
    return EXIT.failed
  }
  await mkdir(dirname(out), { recursive: true })
  const { deployment, gas } = await carryOut(client, wallet, plan, (name, used) =>
    terminal.err(`done: ${name}, ${used} gas\n`),
  )
  await writeDeployment(out, deployment)
  tell({ deployment, gas, out }, json, terminal)
  return EXIT.done

  async function coinsOf(): Promise<string> {
    return formatEther(await onChain(client, () => client.getBalance({ address: wallet.address })))
  }
}

/** The market of a file that is there already. @throws HypernetError where the file is of something else */
async function earlier({ client, chainId }: OpenChain, out: string): Promise<Deployment> {
  const deployment = await readDeployment(out)
  const other = (why: string) =>
    new HypernetError(
      'CHAIN_REFUSED',
      `${shortPath(out)} is there already, and ${why}; move it away, or give --out FILE. Nothing was sent`,
    )
  if (deployment.chainId !== chainId)
    throw other(`is of chain ${deployment.chainId}, found chain ${chainId}`)
  try {
    await onChain(client, () => checkDeployment(client, deployment))
  } catch (error) {
    if (error instanceof HypernetError && error.code === 'CHAIN_REFUSED')
      throw other(`its contracts do not stand on chain ${chainId}`)
    throw error
  }
  return deployment
}

function tell(
  { deployment, gas, out }: { deployment: Deployment; gas: bigint; out: string },
  json: boolean,
  terminal: Terminal,
): void {
  if (json) terminal.out(`${JSON.stringify({ deployment, gas: String(gas), file: out })}\n`)
  else {
    terminal.out(standingText(deployment))
    const done = gas === 0n ? 'the market stands, nothing was sent' : `deployed with ${gas} gas`
    terminal.out(`\n${done}; ${shortPath(out)} says where\n`)
  }
}
