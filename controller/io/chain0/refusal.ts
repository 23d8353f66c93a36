import { type Abi, BaseError, decodeErrorResult, type Hex } from 'viem'
import { tokensText } from '../../../agent/wire/tokens.ts'
import { hyperToken } from '../../abi/hyperToken.ts'
import { hyperVault } from '../../abi/hyperVault.ts'
import { jobEscrow } from '../../abi/jobEscrow.ts'
import { jobFactory } from '../../abi/jobFactory.ts'

/** A custom error of one of our contracts. */
export interface Refusal {
  readonly name: string
  readonly args: readonly unknown[]
}

const ERRORS = [hyperVault, jobEscrow, jobFactory, hyperToken].flatMap(
  ({ abi }) => (abi as Abi).filter(({ type }) => type === 'error'), // one of a kind is enough
)
/** Errors of OpenZeppelin's Clones and Create2, which the factory's own ABI may not list. */
const OTHERS: Abi = [{ type: 'error', name: 'FailedDeployment', inputs: [] }]

/** The custom error in what a call failed with; nothing where it failed for another reason. */
export function refusalOf(error: unknown): Refusal | undefined {
  const data = revertData(error)
  if (!data) return undefined
  try {
    const { errorName, args } = decodeErrorResult({ abi: [...ERRORS, ...OTHERS], data })
    return { name: errorName, args: (args as readonly unknown[] | undefined) ?? [] }
  } catch {
    // An error of a contract that is none of ours.
    return undefined
  }
}

/** What a node gives back of a call that reverts. */
function revertData(error: unknown): Hex | undefined {
  if (!(error instanceof BaseError)) return undefined
  let found: Hex | undefined
  error.walk((each) => {
    const { data } = each as { data?: unknown }
    const inner =
      typeof data === 'object' && data !== null ? (data as { data?: unknown }).data : data
    if (typeof inner === 'string' && /^0x[0-9a-f]{8}/i.test(inner)) found = inner as Hex
    return found !== undefined
  })
  return found
}

/** Whether a node says that the call itself fails, not that it could not be asked. */
export const isRevert = (error: unknown): boolean =>
  error instanceof BaseError &&
  error.walk((each) => /revert/i.test((each as Error).message.split('\n')[0] ?? '')) !== null

const amount = (value: unknown): string => tokensText(BigInt(value as bigint)) // of the ABI

/** What was found, what was wanted, and what to do, for the errors that people meet. */
const SENTENCES: Readonly<Record<string, (args: readonly unknown[]) => string>> = {
  HyperVaultTooLittle: ([account, free, wanted]) =>
    `the account ${account} has ${amount(free)} HYPER that are free, wanted ${amount(wanted)}; deposit more (hypernet market deposit)`,
  HyperVaultBadSignature: ([signer]) => `the signature is not of ${signer}`,
  HyperVaultLate: ([deadline]) => `its deadline has passed (${deadline} seconds since 1970)`,
  HyperVaultNotFactory: ([caller]) =>
    `the factory ${caller} is not listed on this market; check the deployment file`,
  JobFactoryBadTerms: ([field]) =>
    `the market does not allow this ${field}; hypernet chain status prints the rules`,
  JobEscrowPriceTooLow: ([price, wanted]) =>
    `the job pays ${amount(price)} HYPER, a seller wants ${amount(wanted)}; raise the price`,
  JobEscrowTooLate: ([deadline]) => `it is too late, the time was until ${deadline}`,
  JobEscrowTooEarly: ([time]) => `it is too early, the time is from ${time}`,
}

/** A refusal as a sentence for people. */
export const refusalText = ({ name, args }: Refusal): string =>
  SENTENCES[name]?.(args) ??
  `the contract refuses it (${name}${args.length ? ` ${args.join(', ')}` : ''})`
