import { BaseError, type PublicClient } from 'viem'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { asking, urlOf } from './client.ts'
import { refusalOf, refusalText } from './refusal.ts'

/**
 * Does something on a chain, and tells what goes wrong in our own words.
 * @throws HypernetError `CHAIN_LOST` where nobody answers, `CHAIN_REFUSED` where a contract or the node says no
 */
export async function onChain<T>(client: PublicClient, act: () => Promise<T>): Promise<T> {
  try {
    return await asking(client, act)
  } catch (error) {
    if (error instanceof HypernetError) throw error
    const refusal = refusalOf(error)
    if (refusal) throw new HypernetError('CHAIN_REFUSED', `${refusalText(refusal)}.`, error)
    if (error instanceof BaseError)
      throw new HypernetError(
        'CHAIN_REFUSED',
        `the chain's node at ${urlOf(client)} refuses it: ${reasonOf(error)}`,
        error,
      )
    throw error
  }
}

/** What viem says of an error, on one line and without what was asked. */
export const reasonOf = (error: unknown): string =>
  error instanceof BaseError
    ? (error.details || error.shortMessage).split('\n', 1).join('')
    : error instanceof Error
      ? error.message
      : String(error)
