import { type Abi, decodeEventLog, type Hex, toEventSelector } from 'viem'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { hyperVault } from '../../abi/hyperVault.ts'
import { jobEscrow } from '../../abi/jobEscrow.ts'
import { jobFactory } from '../../abi/jobFactory.ts'
import type { RawLog } from './answers.ts'

/** An event of the market's contracts. Block hash and log index name it: the same name is the same event. */
export interface ChainLog {
  readonly name: string
  /** By the names of the ABI; addresses are checksummed, numbers above 48 bits are bigints. */
  readonly args: Readonly<Record<string, unknown>>
  /** Of the contract, lower case. */
  readonly address: Hex
  readonly blockNumber: number
  readonly blockHash: Hex
  readonly logIndex: number
  readonly transactionHash: Hex
}

const EVENTS: Abi = [hyperVault, jobEscrow, jobFactory].flatMap(({ abi }) =>
  (abi as Abi).filter(({ type }) => type === 'event'),
)
const SELECTORS: ReadonlySet<string> = new Set(
  EVENTS.flatMap((event) => (event.type === 'event' ? [toEventSelector(event)] : [])),
)

/**
 * @returns nothing for an event that the market does not have
 * @throws HypernetError `CHAIN_LOST` for one that it has, of another form
 */
export function decodeLog(raw: RawLog): ChainLog | undefined {
  const [selector, ...rest] = raw.topics
  if (selector === undefined || !SELECTORS.has(selector)) return undefined
  const { address, blockNumber, blockHash, logIndex, transactionHash } = raw
  try {
    const { eventName, args } = decodeEventLog({
      abi: EVENTS,
      topics: [selector, ...rest],
      data: raw.data,
    }) as unknown as { eventName: string; args: Record<string, unknown> | undefined }
    const place = { address, blockNumber, blockHash, logIndex, transactionHash }
    return { name: eventName, args: args ?? {}, ...place }
  } catch (error) {
    throw new HypernetError(
      'CHAIN_LOST',
      `the chain's node told an event of ${address} that is not of its form; check chain.rpc`,
      error,
    )
  }
}

/** Events in the order in which they happened. */
export const inOrder = (a: ChainLog, b: ChainLog): number =>
  a.blockNumber - b.blockNumber || a.logIndex - b.logIndex

/** Address of the job that an event is about, lower case: of the vault and the factory it is an argument. */
export const jobOf = ({ args, address }: ChainLog): Hex =>
  typeof args.job === 'string' ? (args.job.toLowerCase() as Hex) : address // the ABI has an address there
