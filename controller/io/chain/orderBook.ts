import { getAbiItem, type Hex, type PublicClient } from 'viem'
import { hyperVault } from '../../abi/hyperVault.ts'
import { jobEscrow } from '../../abi/jobEscrow.ts'
import { jobFactory } from '../../abi/jobFactory.ts'
import { ENDINGS } from '../../core/settlement/seam.ts'
import type { Deployment } from './deployment.ts'
import { pastLogs } from './pastLogs.ts'

/** Where a job stands; `expired`: its time to join is over, and somebody has to close it. */
export type OrderPhase = 'open' | 'expired' | 'filled' | 'running' | 'settling' | 'closed'

/** One order of a market, or what became of it. Tokens in the smallest unit, times in seconds. */
export interface BookOrder {
  readonly job: Hex
  /** From 1 upwards: lower is older. */
  readonly number: number
  readonly buyer: Hex
  readonly phase: OrderPhase
  /** How it ended; only where it did. */
  readonly ending?: (typeof ENDINGS)[number]
  /** For one seller for the whole job, raises counted. */
  readonly price: bigint
  readonly collateral: bigint
  readonly relayFee: bigint
  readonly feeBps: number
  readonly sellers: number
  readonly joined: number
  readonly replicas: number
  readonly checkpoints: number
  /** Checkpoints that have closed. */
  readonly closed: number
  readonly payEvery: number
  readonly period: number
  readonly window: number
  /** Seconds since 1970. */
  readonly joinBy: number
  /** What the job still holds of its buyer. */
  readonly escrow: bigint
  /** What the buyer wants of a device, as it wrote it; empty: nothing. */
  readonly resources: string
}

const PHASES = ['open', 'filled', 'running', 'settling', 'closed'] as const
/** Jobs that are asked at a time. */
const AT_ONCE = 20

/**
 * The order book, from the vault's events: only jobs that the vault knows are real. Best price first, then oldest.
 * @param withEnded also jobs that are over
 */
export async function readOrders(
  client: PublicClient,
  { vault, factory, block }: Deployment,
  withEnded: boolean,
): Promise<BookOrder[]> {
  const opened = getAbiItem({ abi: hyperVault.abi, name: 'JobOpened' })
  const ended = getAbiItem({ abi: hyperVault.abi, name: 'JobEnded' })
  const created = getAbiItem({ abi: jobFactory.abi, name: 'JobCreated' })
  const logs = await pastLogs(client, vault, [opened, ended], block)
  const endings = new Map<Hex, number>()
  for (const { eventName, args } of logs)
    if (eventName === 'JobEnded') endings.set(args.job, args.ending)
  const wanted = logs.filter(({ args }) => withEnded || !endings.has(args.job))
  const resources = new Map<Hex, string>()
  for (const { args } of await pastLogs(client, factory, [created], block))
    resources.set(args.job, args.resources)
  const { timestamp } = await client.getBlock()
  const orders: BookOrder[] = []
  const jobs = wanted.flatMap(({ eventName, args }) =>
    eventName === 'JobOpened' ? [{ job: args.job, number: args.number }] : [],
  )
  for (let from = 0; from < jobs.length; from += AT_ONCE) {
    const some = jobs.slice(from, from + AT_ONCE).map(async ({ job, number }) => {
      const ending = ENDINGS[endings.get(job) ?? 0]
      return {
        ...(await readOrder(client, vault, job, timestamp)),
        number,
        resources: resources.get(job) ?? '',
        ...(endings.has(job) && ending && { ending }),
      }
    })
    orders.push(...(await Promise.all(some)))
  }
  return orders.sort((a, b) =>
    a.price === b.price ? a.number - b.number : a.price < b.price ? 1 : -1,
  )
}

/** @param now of the newest block, seconds since 1970 */
export async function readOrder(
  client: PublicClient,
  vault: Hex,
  job: Hex,
  now: bigint,
): Promise<Omit<BookOrder, 'number' | 'resources'>> {
  const ofJob = { address: job, abi: jobEscrow.abi } as const
  const [terms, progress, { escrow }] = await Promise.all([
    client.readContract({ ...ofJob, functionName: 'terms' }),
    client.readContract({ ...ofJob, functionName: 'progress' }),
    client.readContract({
      address: vault,
      abi: hyperVault.abi,
      functionName: 'jobOf',
      args: [job],
    }),
  ])
  const phase = PHASES[progress.phase] ?? 'closed'
  const { buyer, collateral, relayFee, feeBps, sellers, replicas } = terms
  const { checkpoints, payEvery, period, window, joinBy } = terms
  return {
    job,
    buyer,
    phase: phase === 'open' && now > BigInt(joinBy) ? 'expired' : phase,
    price: progress.price === 0n ? terms.price : progress.price,
    collateral,
    relayFee,
    feeBps,
    sellers,
    joined: progress.joined,
    replicas,
    checkpoints,
    closed: progress.index,
    payEvery,
    period,
    window,
    joinBy,
    escrow,
  }
}
