import { getAbiItem, type Hex, type PublicClient } from 'viem'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { hyperGovernor } from '../../abi/hyperGovernor.ts'
import type { Deployment } from './deployment.ts'
import { pastLogs } from './pastLogs.ts'

/** How far proposals are (Governor's ProposalState, in its order). */
export const STATES = [
  'pending',
  'active',
  'cancelled',
  'defeated',
  'succeeded',
  'queued',
  'expired',
  'executed',
] as const

/** What was proposed, as the governor wants it told again when it is queued and executed. */
export interface Motion {
  readonly id: bigint
  readonly proposer: Hex
  readonly targets: readonly Hex[]
  readonly values: readonly bigint[]
  readonly calldatas: readonly Hex[]
  readonly description: string
}

/** A proposal, and how its vote stands. Votes in the smallest unit of tokens, times in seconds since 1970. */
export interface Proposal extends Motion {
  readonly state: (typeof STATES)[number]
  readonly voteStart: bigint
  readonly voteEnd: bigint
  /** From when on it may be executed; 0: it is not queued. */
  readonly executableAt: bigint
  readonly votes: { readonly for: bigint; readonly against: bigint; readonly abstain: bigint }
}

/** All proposals, oldest first. */
export async function readProposals(
  client: PublicClient,
  deployment: Deployment,
): Promise<Proposal[]> {
  const motions = await readMotions(client, deployment)
  return Promise.all(motions.map((motion) => standingOf(client, deployment, motion)))
}

/** @throws HypernetError `NOT_FOUND` */
export async function findProposal(
  client: PublicClient,
  deployment: Deployment,
  id: bigint,
): Promise<Proposal> {
  const motion = (await readMotions(client, deployment)).find((each) => each.id === id)
  if (motion) return standingOf(client, deployment, motion)
  throw new HypernetError('NOT_FOUND', `no proposal ${id}. See: hypernet market proposals`)
}

async function readMotions(
  client: PublicClient,
  { governor, block }: Deployment,
): Promise<Motion[]> {
  const created = getAbiItem({ abi: hyperGovernor.abi, name: 'ProposalCreated' })
  const logs = await pastLogs(client, governor, [created], block)
  return logs.map(({ args }) => {
    const { proposalId: id, proposer, targets, values, calldatas, description } = args
    return { id, proposer, targets, values, calldatas, description }
  })
}

async function standingOf(
  client: PublicClient,
  { governor }: Deployment,
  motion: Motion,
): Promise<Proposal> {
  const asked = { address: governor, abi: hyperGovernor.abi, args: [motion.id] } as const
  const [state, voteStart, voteEnd, executableAt, [against, inFavor, abstain]] = await Promise.all([
    client.readContract({ ...asked, functionName: 'state' }),
    client.readContract({ ...asked, functionName: 'proposalSnapshot' }),
    client.readContract({ ...asked, functionName: 'proposalDeadline' }),
    client.readContract({ ...asked, functionName: 'proposalEta' }),
    client.readContract({ ...asked, functionName: 'proposalVotes' }),
  ])
  return {
    ...motion,
    state: STATES[state] ?? 'expired',
    voteStart,
    voteEnd,
    executableAt,
    votes: { for: inFavor, against, abstain },
  }
}

/** Votes of an address at a time that is over. */
export const votesAt = (
  client: PublicClient,
  { governor }: Deployment,
  address: Hex,
  time: bigint,
): Promise<bigint> =>
  client.readContract({
    address: governor,
    abi: hyperGovernor.abi,
    functionName: 'getVotes',
    args: [address, time],
  })
