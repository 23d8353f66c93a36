import { type Abi, decodeErrorResult, type Hex } from 'viem'
import { tokensText } from '../../../agent/wire/tokens.ts'
import { hyperGovernor } from '../../abi/hyperGovernor.ts'
import { hyperToken } from '../../abi/hyperToken.ts'
import { hyperVault } from '../../abi/hyperVault.ts'
import { jobEscrow } from '../../abi/jobEscrow.ts'
import { jobFactory } from '../../abi/jobFactory.ts'
import { timelockController } from '../../abi/timelockController.ts'

/** A custom error of one of our contracts, `Error` of a text, or `Panic` of a number (Solidity's own). */
export interface Refusal {
  readonly name: string
  readonly args: readonly unknown[]
}

const CONTRACTS = [hyperVault, jobEscrow, jobFactory, hyperToken, hyperGovernor, timelockController]
const ERRORS: Abi = CONTRACTS.flatMap(({ abi }) =>
  (abi as Abi).filter(({ type }) => type === 'error'),
)
/** How deep causes are looked into. */
const DEPTH = 10

/** Name of the custom error in what a call failed with; nothing where it failed for another reason. */
export const errorName = (error: unknown): string | undefined => refusalOf(error)?.name

/**
 * The custom error in what a call failed with.
 * @param error of viem, or of a node (JSON-RPC)
 * @returns nothing where it failed for another reason, or gave an error that is none of ours
 */
export function refusalOf(error: unknown): Refusal | undefined {
  const data = revertData(error, DEPTH)
  if (!data) return undefined
  try {
    const { errorName, args } = decodeErrorResult({ abi: ERRORS, data })
    return { name: errorName, args: (args as readonly unknown[] | undefined) ?? [] }
  } catch {
    // An error of a contract that is none of ours.
    return undefined
  }
}

/** Whether the call itself fails, as opposed to a node that could not be asked. */
export function isRevert(error: unknown): boolean {
  if (revertData(error, DEPTH)) return true
  for (let each = error, depth = 0; isRecord(each) && depth < DEPTH; each = each.cause, depth++) {
    // Geth has the code 3 for reverts; without data there is the text alone.
    if (each.code === 3) return true
    if (/revert|invalid opcode|out of gas|exceeds allowance/i.test(firstLine(each.message)))
      return true
  }
  return false
}

/** What a node gives back of a call that reverts: nodes put it at different depths. */
function revertData(error: unknown, depth: number): Hex | undefined {
  if (typeof error === 'string') {
    const found = /^(?:Reverted )?(0x[0-9a-f]{8}(?:[0-9a-f]{2})*)$/i.exec(error)?.[1]
    return found as Hex | undefined // it begins with 0x
  }
  if (!isRecord(error) || depth === 0) return undefined
  return revertData(error.data, depth - 1) ?? revertData(error.cause, depth - 1)
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
const firstLine = (text: unknown): string => String(text ?? '').split('\n')[0] ?? ''

const amount = (value: unknown): string => `${tokensText(BigInt(value as bigint))} HYPER` // of the ABI
const time = (value: unknown): string => new Date(Number(value) * 1000).toISOString()
const PHASES = ['open', 'filled', 'running', 'settling', 'closed']
const PROPOSAL = 'pending active cancelled defeated succeeded queued expired executed'.split(' ')
const phase = (value: unknown): string => PHASES[Number(value)] ?? String(value)
/** A mistake in what our own programs send: nothing that a user could mend. */
const ours = (what: string) => () =>
  `${what}; please report it with the log (no user can cause this)`

/** What was found, what was wanted, and what to do. */
const SENTENCES: Readonly<Record<string, (args: readonly unknown[]) => string>> = {
  HyperVaultNothing: () => 'the amount is 0; give one above it',
  HyperVaultTooLittle: ([account, free, wanted]) =>
    `the account ${account} has ${amount(free)} free, wanted ${amount(wanted)}; deposit more`,
  HyperVaultNoStake: ([account, owner]) =>
    `${owner} has no stake behind ${account}, or has not asked for it yet; ask first (hypernet market unstake)`,
  HyperVaultStakeStays: ([leavesAt]) => `the stake may leave from ${time(leavesAt)} on; try then`,
  HyperVaultStakeAtWork: ([movable, wanted]) =>
    `a running job holds part of the stake: ${amount(movable)} may leave, wanted ${amount(wanted)}; try when the job has ended`,
  HyperVaultNotFactory: ([caller]) =>
    `the factory ${caller} is not listed on this market; check the file of the deployment`,
  HyperVaultNotJob: ([caller]) => `the job ${caller} is not open on this market: it has ended`,
  HyperVaultJobKnown: ([job]) => `the job ${job} was opened before; nothing is left to do`,
  HyperVaultBadSignature: ([signer]) =>
    `the signature is not of ${signer}; sign with its key, for this chain and this vault`,
  HyperVaultLate: ([deadline]) =>
    `what was signed was good until ${time(deadline)}; sign it again with a later deadline`,
  HyperVaultNotRaised: ([funded, wanted]) =>
    `the job holds ${amount(funded)} already, found ${amount(wanted)}; only more can be put in`,
  HyperVaultNoPayout: () => 'the payout address is zero, which would burn the money; give another',
  HyperVaultPayoutSet: ([payout]) =>
    `money of this account goes to ${payout} only; let that address name another one first`,
  HyperVaultNotAtWork: ([seller]) =>
    `${seller} does not work in this job, or its collateral is back already`,
  HyperVaultNotGovernance: ([caller]) =>
    `${caller} may not set rules; propose it to the governor, whose timelock may`,
  HyperVaultRulesOutOfBounds: () =>
    'the rules are out of their bounds: fee at most 1 %, windows of 10 s to 30 days, stakes held for at most 30 days',
  JobFactoryBadTerms: ([field]) =>
    `the market does not allow this ${field}; its rules say what it may be`,
  JobEscrowWrongPhase: ([found]) => `the job is ${phase(found)}, so that cannot be done now`,
  JobEscrowWrongIndex: ([index]) => `the job is at checkpoint ${index}, wanted another one`,
  JobEscrowBadSignature: ([signer]) =>
    `the signature is not of ${signer}; sign with its key, for this chain and this vault`,
  JobEscrowTooLate: ([deadline]) => `it could be done until ${time(deadline)}, which is over`,
  JobEscrowTooEarly: ([from]) => `it can be done from ${time(from)} on; try then`,
  JobEscrowWrongSellers: ours('the list of sellers is not the one that joined'),
  JobEscrowWrongHistory: ours('the list of closed checkpoints is not the one of the contract'),
  JobEscrowJoined: ([joined]) =>
    `${joined} sellers have joined, so the order cannot be taken back; stop the job instead`,
  JobEscrowPriceTooLow: ([price, wanted]) =>
    `the price is ${amount(price)}, wanted ${amount(wanted)} or more; raise the price`,
  JobEscrowNoLot: () =>
    'the block that deals the groups is not there yet, or is too old; try again in two blocks',
  JobEscrowAnchored: () => 'the commitments of this checkpoint are bound already',
  JobEscrowNotRelay: ([relay, openFrom]) =>
    `until ${time(openFrom)} only ${relay} may bind the commitments; try then`,
  JobEscrowWrongAnchor: ours('the commitments are not those that were bound'),
  JobEscrowNotCommitted: ([place]) =>
    `seller ${place} shows a signature that it did not commit to; leave it out`,
  JobEscrowCommitted: () => 'these sellers have committed themselves already',
  JobEscrowNotMore: () => 'no more signatures than the contract has already',
  JobEscrowWrongShown: () =>
    'other signatures were shown meanwhile; the next try starts from what the contract has now',
  JobEscrowWrongGroup: ([place]) => `the claim of seller ${place} is of another replica group`,
  JobEscrowStopping: () => 'the job is stopping already',
  JobEscrowNoConflict: () => 'both claims are the same, which proves nothing',
  FailedDeployment: () => 'a job of exactly these terms was opened before',
  ERC20InsufficientBalance: ([owner, balance, needed]) =>
    `${owner} holds ${amount(balance)}, wanted ${amount(needed)}`,
  ERC20InsufficientAllowance: ([spender, allowance, needed]) =>
    `${spender} may take ${amount(allowance)} of the caller's, wanted ${amount(needed)}; approve more`,
  ERC2612ExpiredSignature: ([deadline]) => `the approval was good until ${time(deadline)}`,
  InvalidAccountNonce: ([account, nonce]) =>
    `the signature of ${account} was used before or is out of order; sign again with nonce ${nonce}`,
  GovernorInsufficientProposerVotes: ([proposer, votes, threshold]) =>
    `${proposer} has ${amount(votes)} of votes, wanted ${amount(threshold)} to propose; votes count once they are delegated`,
  GovernorAlreadyCastVote: ([voter]) => `${voter} has voted on this proposal already`,
  GovernorNonexistentProposal: ([id]) => `there is no proposal ${id}`,
  GovernorUnexpectedProposalState: ([id, found]) =>
    `the proposal ${id} is ${PROPOSAL[Number(found)] ?? found}, so that cannot be done now`,
  GovernorRestrictedProposer: ([proposer]) =>
    `the description binds the proposal to another proposer than ${proposer}`,
  Error: ([text]) => `the contract refuses it: ${JSON.stringify(text)}`,
}

/** A refusal as a sentence for people. */
export const refusalText = ({ name, args }: Refusal): string =>
  SENTENCES[name]?.(args) ??
  `the contract refuses it (${name}${args.length ? ` ${args.join(', ')}` : ''})`
