import type { PublicClient } from 'viem'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { tokensText } from '../../../agent/wire/tokens.ts'
import { hyperToken } from '../../abi/hyperToken.ts'
import { hyperVault } from '../../abi/hyperVault.ts'
import { contractsAt, type Standing, urlOf } from '../../io/chain/client.ts'
import { type Deployment, readDeployment } from '../../io/chain/deployment.ts'
import { onChain } from '../../io/chain/trouble.ts'
import { wiringFaults } from '../../io/chain/wiring.ts'
import type { OpenChain } from '../market/place.ts'
import { percentText, secondsText, timeText } from '../market/words.ts'
import { factLines } from '../show/result.ts'
import { table } from '../show/table.ts'

/** The document of `hypernet chain status --json`; amounts in HYPER, times in seconds. */
export interface ChainStatus {
  readonly chainId: number
  readonly url: string
  readonly block: number
  /** Of the block, ISO 8601. */
  readonly time: string
  /** Highest block that stays; `null` where the chain does not tell. */
  readonly finalized: number | null
  readonly contracts: readonly Standing[]
  readonly rules?: { feeBps: number; leastWindow: number; mostWindow: number; stakeDelay: number }
  /** Fees and slashed collateral: in its account of the vault, and outside. */
  readonly treasury?: { account: string; outside: string }
  /** Tokens of the vault. */
  readonly inVault?: string
  readonly faults: readonly string[]
}

/** @throws HypernetError `CHAIN_LOST`, `NOT_FOUND` without a deployment, `BAD_CONFIG` */
export async function readStatus({
  client,
  chainId,
  deploymentFile,
}: OpenChain): Promise<ChainStatus> {
  const deployment = await readDeployment(deploymentFile)
  if (deployment.chainId !== chainId)
    throw new HypernetError(
      'CHAIN_LOST',
      `the chain at ${urlOf(client)} has the id ${chainId}, wanted ${deployment.chainId} (${deploymentFile}); give the address of the right chain`,
    )
  return onChain(client, async () => {
    const { number, timestamp } = await client.getBlock()
    const contracts = await contractsAt(client, deployment)
    const strange = contracts.filter(({ code }) => code !== 'ours')
    const chain = {
      chainId,
      url: urlOf(client),
      block: Number(number),
      time: timeText(timestamp),
      finalized: await finalized(client),
      contracts,
    }
    if (strange.length > 0) return { ...chain, faults: strange.map(faultOf) }
    const faults = await wiringFaults(client, deployment)
    return { ...chain, ...(await books(client, deployment)), faults }
  })
}

const faultOf = ({ name, address, code }: Standing): string =>
  `${code === 'none' ? 'no contract' : 'another contract than ours'} stands at ${address}, wanted ${name}`

async function finalized(client: PublicClient): Promise<number | null> {
  try {
    return Number((await client.getBlock({ blockTag: 'finalized' })).number)
  } catch {
    // A chain without the tag; whoever waits for finality has to count blocks.
    return null
  }
}

async function books(client: PublicClient, { vault, token, timelock }: Deployment) {
  const ofVault = { address: vault, abi: hyperVault.abi } as const
  const balance = async (owner: `0x${string}`) =>
    tokensText(
      await client.readContract({
        address: token,
        abi: hyperToken.abi,
        functionName: 'balanceOf',
        args: [owner],
      }),
    )
  const { free } = await client.readContract({
    ...ofVault,
    functionName: 'accountOf',
    args: [timelock],
  })
  return {
    rules: await client.readContract({ ...ofVault, functionName: 'rules' }),
    treasury: { account: tokensText(free), outside: await balance(timelock) },
    inVault: await balance(vault),
  }
}

/** The same for people. */
export function statusText(status: ChainStatus): string {
  const { chainId, url, block, time, finalized, contracts, rules, treasury, inVault } = status
  const facts: [string, string][] = [
    ['chain', `${chainId} at ${url}`],
    ['block', `${block} of ${time}`],
    ['finality', finalized === null ? 'not told by this chain' : `block ${finalized}`],
  ]
  if (rules)
    facts.push(
      ['fee', `${percentText(rules.feeBps)} of what sellers are paid`],
      ['window', `${secondsText(rules.leastWindow)} to ${secondsText(rules.mostWindow)}`],
      ['stake delay', secondsText(rules.stakeDelay)],
    )
  if (treasury)
    facts.push(['treasury', `${treasury.account} HYPER in the vault, ${treasury.outside} outside`])
  if (inVault !== undefined) facts.push(['vault', `${inVault} HYPER`])
  const rows = contracts.map(({ name, address, code }) => [name, address, code])
  const faults = status.faults.map((fault) => `fail  ${fault}\n`).join('')
  return `${factLines(facts)}\n${table([{ head: 'contract' }, { head: 'address' }, { head: 'code' }], rows)}${faults && `\n${faults}`}`
}
