import type { Hex, PublicClient } from 'viem'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { quote } from '../../../agent/wire/ids.ts'
import { tokensText } from '../../../agent/wire/tokens.ts'
import { hyperGovernor } from '../../abi/hyperGovernor.ts'
import { hyperToken } from '../../abi/hyperToken.ts'
import { type Proposal, votesAt } from '../../io/chain/ballot.ts'
import type { Deployment } from '../../io/chain/deployment.ts'
import { hyper, timeText } from './words.ts'

/** What is checked of a vote before anything is sent, with reasons that people can act on. */

/** @throws HypernetError `BAD_USAGE` */
export function proposalId(text: string): bigint {
  if (/^(\d{1,78}|0x[0-9a-f]{1,64})$/i.test(text)) return BigInt(text)
  throw new HypernetError(
    'BAD_USAGE',
    `ID: found ${quote(text)}, wanted the number that hypernet market propose printed.`,
  )
}

/** @throws HypernetError `CHAIN_REFUSED` where an address has too few votes to propose */
export async function checkProposer(
  client: PublicClient,
  deployment: Deployment,
  address: Hex,
): Promise<void> {
  const votes = await client.readContract({
    address: deployment.token,
    abi: hyperToken.abi,
    functionName: 'getVotes',
    args: [address],
  })
  const threshold = await client.readContract({
    address: deployment.governor,
    abi: hyperGovernor.abi,
    functionName: 'proposalThreshold',
  })
  if (votes >= threshold) return
  throw refuse(
    `${address} has ${tokensText(votes)} votes, wanted ${tokensText(threshold)} to propose; ${await hintOf(client, deployment, address)}`,
  )
}

/** @throws HypernetError `CHAIN_REFUSED` where a vote would be refused, or count nothing */
export async function checkVoter(
  client: PublicClient,
  deployment: Deployment,
  address: Hex,
  { id, state, voteStart, voteEnd }: Proposal,
): Promise<bigint> {
  if (state === 'pending') throw refuse(`votes are taken from ${timeText(voteStart)} on; try then`)
  if (state !== 'active')
    throw refuse(`votes were taken until ${timeText(voteEnd)}: the proposal is ${state}`)
  const hasVoted = await client.readContract({
    address: deployment.governor,
    abi: hyperGovernor.abi,
    functionName: 'hasVoted',
    args: [id, address],
  })
  if (hasVoted) throw refuse(`${address} has voted on this proposal already; a vote stands`)
  const votes = await votesAt(client, deployment, address, voteStart)
  if (votes > 0n) return votes
  throw refuse(
    `${address} had 0 votes at ${timeText(voteStart)}, when the vote began; for the next one: ${await hintOf(client, deployment, address)}`,
  )
}

/** @throws HypernetError `CHAIN_REFUSED` where it is not the time to queue or to execute */
export async function checkReady(
  client: PublicClient,
  { state, voteEnd, executableAt }: Proposal,
  step: 'queue' | 'execute',
): Promise<void> {
  if (step === 'queue') {
    if (state === 'succeeded') return
    if (state === 'queued') throw refuse('the proposal is queued already; execute it')
    if (state === 'pending' || state === 'active')
      throw refuse(`votes are taken until ${timeText(voteEnd)}; queue it then, if it has won`)
    throw refuse(`the proposal is ${state}; only one that has won can be queued`)
  }
  if (state === 'succeeded') throw refuse('the proposal has won, but is not queued; queue it first')
  if (state !== 'queued')
    throw refuse(`the proposal is ${state}; only a queued one can be executed`)
  const { timestamp } = await client.getBlock()
  if (timestamp < executableAt)
    throw refuse(`the proposal can be executed from ${timeText(executableAt)} on; try then`)
}

/** Why somebody has too few votes, and what to do. */
async function hintOf(client: PublicClient, { token }: Deployment, address: Hex): Promise<string> {
  const balance = await client.readContract({
    address: token,
    abi: hyperToken.abi,
    functionName: 'balanceOf',
    args: [address],
  })
  const has = `it holds ${hyper(balance)} outside of the market`
  return `${has}, and votes count only once they are delegated: hypernet market delegate`
}

const refuse = (sentence: string) =>
  new HypernetError('CHAIN_REFUSED', `${sentence}. Nothing was sent`)
