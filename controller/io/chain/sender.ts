import { type Hex, keccak256, type PrivateKeyAccount, type PublicClient } from 'viem'
import type { Log } from '../../../agent/io/log.ts'
import { isUnreachable } from './client.ts'
import type { Outbox, Row } from './outbox.ts'
import { isRevert, refusalOf, refusalText } from './refusal.ts'

export interface SenderOptions {
  readonly client: PublicClient
  readonly log: Log
  readonly confirmations: 'finalized' | number
  readonly maxFeeGwei: number
}

const GWEI = 1_000_000_000n
/** Blocks after which a transaction that nobody mines is sent again for more. */
const STUCK_BLOCKS = 3
/** A replacement must pay at least a tenth more (geth's price bump); an eighth is on the safe side. */
const BUMP = { by: 9n, of: 8n }
/** What a transaction may use over what it would use now, in percent: others may come first. */
const GAS_PERCENT = 130n
/** A step whose transactions are reverted this often is given up. */
const MOST_TRIES = 5
const TIP = GWEI

/** Takes the steps of an outbox through a chain, each exactly once, for one account. */
export class Sender {
  readonly #options: SenderOptions
  readonly #account: PrivateKeyAccount
  readonly #outbox: Outbox
  readonly #changed: (row: Row) => void
  #finalized = 0

  constructor(
    options: SenderOptions,
    account: PrivateKeyAccount,
    outbox: Outbox,
    changed: (row: Row) => void,
  ) {
    this.#options = options
    this.#account = account
    this.#outbox = outbox
    this.#changed = changed
  }

  /** Does what can be done at this block. Errors of a chain that does not answer come out. */
  async work({ number }: { number: number }): Promise<void> {
    const open = this.#outbox.open()
    if (open.some(({ state }) => state === 'mined')) await this.#lookFinality(number)
    for (const row of open) {
      if (row.state === 'mined') await this.#confirm(row, number)
      else if (row.state === 'sent') await this.#follow(row, number)
      else await this.#begin(row, number)
    }
  }

  async #lookFinality(newest: number): Promise<void> {
    const { client, confirmations } = this.#options
    if (confirmations !== 'finalized') {
      this.#finalized = newest - confirmations
      return
    }
    const block = await client.getBlock({ blockTag: 'finalized' })
    this.#finalized = Number(block.number)
  }

  /** Tries a step without sending it, then signs, keeps and sends it. */
  async #begin(row: Row, newest: number): Promise<void> {
    const { client, maxFeeGwei, log } = this.#options
    const { to, data } = row
    const gas = await this.#estimate(row)
    if (gas === undefined) return
    const { baseFeePerGas } = await client.getBlock({ blockTag: 'latest' })
    const most = BigInt(Math.floor(maxFeeGwei * 1e9))
    const wanted = 2n * (baseFeePerGas ?? 0n) + TIP
    const maxFee = wanted < most ? wanted : most
    if (maxFee < (baseFeePerGas ?? 0n)) {
      log({
        level: 'warn',
        kind: 'chain',
        message: `${row.step} waits: gas costs ${(baseFeePerGas ?? 0n) / GWEI} gwei, more than chain.maxFeeGwei`,
      })
      return
    }
    const tip = TIP < maxFee ? TIP : maxFee
    const nonce = await this.#nextNonce()
    const signed = await this.#sign({ to, data, gas, nonce, maxFee, tip })
    await this.#send({ ...row, state: 'sent', nonce, signed: [signed], sentAt: newest })
  }

  /** Gas of a step, with room; nothing where the contract refuses it, which is noted. */
  async #estimate(row: Row): Promise<bigint | undefined> {
    const { client } = this.#options
    const { to, data } = row
    try {
      const gas = await client.estimateGas({ account: this.#account.address, to, data })
      return (gas * GAS_PERCENT) / 100n
    } catch (error) {
      if (isUnreachable(error)) throw error
      const refusal = refusalOf(error)
      if (refusal && row.done.includes(refusal.name)) this.#move(row, { state: 'done' })
      else if (refusal) this.#move(row, { state: 'refused', reason: refusalText(refusal) })
      else if (isRevert(error)) this.#move(row, { state: 'refused', reason: 'the call reverts' })
      else throw error
      return undefined
    }
  }

  /** A transaction that was sent: is it in a block, was it replaced, must it pay more? */
  async #follow(row: Row, newest: number): Promise<void> {
    const receipt = await this.#receiptOf(row)
    if (receipt) {
      if (receipt.status === 'success')
        this.#move(row, { state: 'mined', block: Number(receipt.blockNumber) })
      else if (row.tries + 1 >= MOST_TRIES)
        this.#move(row, { state: 'refused', reason: `it was reverted ${MOST_TRIES} times` })
      else this.#again(row, row.tries + 1)
      return
    }
    const { client } = this.#options
    const nonce = await client.getTransactionCount({ address: this.#account.address })
    // Its nonce went to a transaction that is none of ours.
    if (nonce > (row.nonce ?? 0)) {
      if (!(await this.#receiptOf(row))) this.#again(row, row.tries)
      return
    }
    if (newest - (row.sentAt ?? newest) >= STUCK_BLOCKS) await this.#raise(row, newest)
    else await this.#send(row)
  }

  /** From the start, with another nonce. */
  #again(row: Row, tries: number): void {
    const { nonce: _, sentAt: __, block: ___, ...rest } = row
    this.#outbox.save({ ...rest, state: 'intent', tries, signed: [] })
  }

  async #raise(row: Row, newest: number): Promise<void> {
    const last = row.signed.at(-1)
    const most = BigInt(Math.floor(this.#options.maxFeeGwei * 1e9))
    if (!last || row.nonce === undefined) return
    const more = (value: string) => (BigInt(value) * BUMP.by) / BUMP.of + 1n
    const maxFee = more(last.maxFee)
    if (maxFee > most) {
      await this.#send({ ...row, sentAt: newest })
      return
    }
    const { to, data, nonce } = row
    const tip = more(last.tip) < maxFee ? more(last.tip) : maxFee
    const gas = (await this.#estimate(row)) ?? undefined
    if (gas === undefined) return
    const signed = await this.#sign({ to, data, gas, nonce, maxFee, tip })
    await this.#send({ ...row, signed: [...row.signed, signed], sentAt: newest })
  }

  /** In a block: does it stay? */
  async #confirm(row: Row, _newest: number): Promise<void> {
    const receipt = await this.#receiptOf(row)
    if (!receipt) {
      // A reorganisation took it back: the same bytes go out again.
      const { block: _, ...rest } = row
      this.#move({ ...rest } as Row, { state: 'sent' }) // without its block it is a row as before
      return
    }
    const block = Number(receipt.blockNumber)
    if (block <= this.#finalized) this.#move(row, { state: 'final', block })
    else if (block !== row.block) this.#outbox.save({ ...row, block })
  }

  /** The receipt of one of the transactions that we signed for this step, and of no other (viem #3982). */
  async #receiptOf({ signed }: Row) {
    for (const { hash } of signed) {
      try {
        const receipt = await this.#options.client.getTransactionReceipt({ hash })
        if (receipt.transactionHash === hash) return receipt
      } catch (error) {
        if (isUnreachable(error)) throw error
        if ((error as Error).name !== 'TransactionReceiptNotFoundError') throw error
      }
    }
    return undefined
  }

  async #nextNonce(): Promise<number> {
    const { client } = this.#options
    const address = this.#account.address
    const pending = await client.getTransactionCount({ address, blockTag: 'pending' })
    const ours = this.#outbox
      .open()
      .flatMap(({ nonce }) => (nonce === undefined ? [] : [nonce + 1]))
    return Math.max(pending, ...ours)
  }

  async #sign(transaction: {
    to: Hex
    data: Hex
    gas: bigint
    nonce: number
    maxFee: bigint
    tip: bigint
  }): Promise<Row['signed'][number]> {
    const { to, data, gas, nonce, maxFee, tip } = transaction
    const raw = await this.#account.signTransaction({
      type: 'eip1559',
      chainId: this.#options.client.chain?.id ?? 0,
      to,
      data,
      gas,
      nonce,
      maxFeePerGas: maxFee,
      maxPriorityFeePerGas: tip,
    })
    return { hash: keccak256(raw), raw, maxFee: String(maxFee), tip: String(tip) }
  }

  /** Kept first, then sent: after a crash between the two the same bytes go out. */
  async #send(row: Row): Promise<void> {
    this.#outbox.save(row)
    const raw = row.signed.at(-1)?.raw
    if (!raw) return
    try {
      await this.#options.client.sendRawTransaction({ serializedTransaction: raw })
    } catch (error) {
      if (isUnreachable(error)) throw error
      // It is there already, or its nonce is used: the receipt tells which.
      const text = (error as Error).message.split('\n')[0]
      this.#options.log({ level: 'debug', kind: 'chain', message: `${row.step}: ${text}` })
    }
  }

  #move(row: Row, to: Pick<Row, 'state'> & Partial<Row>): void {
    const moved = { ...row, ...to }
    this.#outbox.save(moved)
    this.#changed(moved)
  }
}
