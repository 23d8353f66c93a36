import type { Sending, Wallet } from '../../io/chain/wallet.ts'
import type { Given } from '../shell/arguments.ts'
import { EXIT } from '../shell/exit.ts'
import type { Terminal } from '../shell/terminal.ts'
import { type OpenMarket, walletFor, withMarket } from './place.ts'

/** What a command says when a block has its transaction. */
export interface Done {
  /** For people. */
  readonly says: string
  /** For programs, beside transaction, block and gas. */
  readonly document: Readonly<Record<string, unknown>>
}

/** What a command is going to send, and what it says afterwards. */
export interface Act {
  readonly sending: Sending
  done(): Done | Promise<Done>
}

/**
 * Runs a command that sends one transaction: it is made, tried, sent, and told.
 * @returns the exit code @throws HypernetError; nothing was sent unless the message says so
 */
export const carryOutAct = (
  given: Given,
  terminal: Terminal,
  make: (market: OpenMarket, wallet: Wallet) => Act | Promise<Act>,
): Promise<number> =>
  withMarket(given, terminal, async (market) => {
    const wallet = await walletFor(given, terminal, market)
    const { sending, done } = await make(market, wallet)
    const { transactionHash: transaction, blockNumber, gasUsed } = await wallet.send(sending)
    const { says, document } = await done()
    const facts = { ...document, transaction, block: Number(blockNumber), gas: Number(gasUsed) }
    terminal.out(given.flag('json') ? `${JSON.stringify(facts)}\n` : `${says}\n`)
    return EXIT.done
  })
