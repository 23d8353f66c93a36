import type { Hex } from 'viem'
import * as z from 'zod/mini'
import { type Log, textOf } from '../../../agent/io/log.ts'
import { HypernetError } from '../../../agent/wire/errors.ts'
import type { StoredStep } from '../chainTables.ts'
import { Block, Bytes, Hash, Quantity, Receipt, toQuantity } from './answers.ts'
import { coinsText, type Fees, raisedFees } from './fees.ts'
import type { GasAccount } from './gasAccount.ts'
import type { Outbox } from './outbox.ts'
import { isRevert, refusalOf, refusalText } from './refusal.ts'
import type { NodeError, Rpc } from './rpc.ts'
import type { Witness } from './witness.ts'

export interface SenderOptions {
  readonly rpc: Rpc
  readonly witness: Witness
  readonly outbox: Outbox
  readonly account: GasAccount
  readonly log: Log
  /** Hash of a block of the chain as it was followed, where it is still kept. */
  readonly hashAt: (number: number) => Hex | undefined
}

/** Where the chain stands in one round. */
export interface Moment {
  readonly head: Block
  /** Highest block that stays; may be negative. */
  readonly final: number
}

/** Blocks after which a transaction that nobody mines is replaced. */
const STUCK_BLOCKS = 3
/** Transactions under way at a time: nodes keep 16 of an account for sure (geth's txpool.accountslots). */
const MOST_FLYING = 16
/** Gas that a transaction may use, in percent of what it would use now: others may come before it. */
const GAS_PERCENT = 130n
/** Of any transaction (Yellow Paper, appendix G). */
const LEAST_GAS = 21_000n
/** How often a step may be reverted in a block, though it passes when it is tried, before it is given up. */
const MOST_TRIES = 3

/** What nodes say of bytes that they cannot take; the words of geth, Nethermind, Besu, Erigon, Reth and anvil. */
const KNOWN = /already known|known transaction|already imported|already exists|already in/i
const USED = /nonce too low|nonce is too low|nonce.*already|invalid nonce/i
const OUTBID = /underpriced|fee too low|less than (the )?(block )?base fee|below.*base fee/i
const POOR = /insufficient funds|insufficient balance/i

/**
 * Takes the steps of an outbox through the chain. Steps of one job go one after the other, since each rests on the one
 * before; those of different jobs go side by side, in the order of their nonces.
 */
export class Sender {
  readonly #options: SenderOptions
  /** For each step the head at which its bytes went out last: once a block is enough. */
  readonly #sentAt = new Map<number, string>()
  readonly #tries = new Map<number, number>()

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** A node may have lost what it was sent. */
  sendAgain(): void {
    this.#sentAt.clear()
  }

  /** Does what can be done now. @throws HypernetError `CHAIN_LOST`, `STORE_FAILED` */
  async work(moment: Moment): Promise<void> {
    const { outbox } = this.#options
    const byNonce = (a: StoredStep, b: StoredStep) => (a.nonce ?? 0) - (b.nonce ?? 0)
    const flying = outbox.open().filter(isFlying).sort(byNonce)
    for (const step of flying) await this.#follow(step, moment, step === flying[0])
    for (const step of outbox.open().filter(({ state }) => state === 'mined'))
      await this.#settle(step, moment)
    for (const step of outbox.open()) {
      if (step.state !== 'intent' || !this.#isTurnOf(step)) continue
      if (outbox.open().filter(isFlying).length >= MOST_FLYING) break
      await this.#begin(step, moment)
    }
  }

  #isTurnOf({ job, step, serial }: StoredStep): boolean {
    return !this.#options.outbox
      .open()
      .some(
        (each) =>
          each.job === job &&
          each.serial < serial &&
          each.state !== 'mined' &&
          !(isCommit(each) && isCommit({ step })),
      )
  }

  /** Tries a step without sending it; where it passes, signs it, keeps it, and sends it. */
  async #begin(step: StoredStep, { head }: Moment): Promise<void> {
    const { outbox, account } = this.#options
    const gas = await this.#simulate(step, head)
    if (gas === undefined) return
    const fees = await account.fees(head)
    if (!fees) return this.#hold(step, 'gas costs more than chain.maxFeeGwei allows; it waits')
    const mined = await account.count(head.number)
    const waiting = await account.count('pending')
    // A nonce far above would never be reached, and all that follow would wait for it.
    if (waiting > mined + 1000) throw strange(`${waiting} transactions of ${account.address}`)
    const nonce = Math.max(mined, waiting, outbox.nextNonce())
    const { to, data } = step
    const transaction = await account.sign({ to, data, gas, nonce }, fees)
    const signed = outbox.change(step, {
      state: 'signed',
      nonce,
      transactions: [transaction],
      since: head.number,
      reason: undefined,
    })
    if (signed) await this.#send(signed, head)
  }

  /** @returns gas with room; nothing where the contract refuses, which is noted, or the node cannot tell */
  async #simulate(step: StoredStep, head: Block): Promise<bigint | undefined> {
    const { rpc, account } = this.#options
    const { to, data } = step
    // By number: a node that lags behind says that it lacks the block, where its own newest one might refuse.
    const at = toQuantity(head.number)
    // A call of an address without a contract passes, and does nothing.
    if ((await rpc.ask('eth_getCode', [to, at], Bytes)) === '0x') {
      this.#refuse(step, head, `no contract stands at ${to} yet`)
      return undefined
    }
    const call = { from: account.address, to, data }
    const found = await rpc.tryAsk('eth_estimateGas', [call, at], Quantity)
    if (found.error) {
      if (isRevert(found.error)) this.#refuseOrDone(step, head, found.error)
      else this.#hold(step, `the node cannot try it: ${found.error.message}`)
      return undefined
    }
    // A node's own bounds are an intrinsic cost and a block's limit: less or more is no estimate.
    if (found.value < LEAST_GAS || found.value > head.gasLimit)
      throw strange(`that a call needs ${found.value} gas`)
    const gas = (found.value * GAS_PERCENT) / 100n
    return gas < head.gasLimit ? gas : head.gasLimit
  }

  #refuseOrDone(step: StoredStep, { number, hash }: Block, error: NodeError, note = ''): void {
    const refusal = refusalOf(error)
    if (refusal && step.done.includes(refusal.name))
      this.#options.outbox.change(step, { state: 'done', block: { number, hash } })
    else {
      const text = refusal ? refusalText(refusal) : `the call fails: ${error.message}`
      this.#refuse(step, { number, hash }, `${text}${note}`)
    }
  }

  #refuse(
    step: StoredStep,
    { number, hash }: Pick<Block, 'number' | 'hash'>,
    reason: string,
  ): void {
    this.#options.outbox.change(step, { state: 'refused', block: { number, hash }, reason })
  }

  /** Says why a step waits, once. */
  #hold(step: StoredStep, reason: string): void {
    if (this.#options.outbox.get(step)?.reason === reason) return
    const message = `${step.step} of ${step.job} waits: ${reason}`
    this.#options.log({ level: 'warn', kind: 'chain', message })
    this.#options.outbox.change(step, { reason })
  }

  /** Looks for the receipt of bytes that went out; sends them again; replaces them where they are stuck. */
  async #follow(step: StoredStep, moment: Moment, isFirst: boolean): Promise<void> {
    const { account, outbox } = this.#options
    const { head, final } = moment
    const nonce = step.nonce ?? 0
    const receipt = await this.#receiptOf(step, head)
    if (receipt) return this.#mined(step, receipt)
    if ((await account.count(head.number)) > nonce) {
      // Ours, by a node that tells receipts late; or another's. That is certain once the other's is final.
      if (final < 0 || (await account.count(final)) <= nonce) return
      if (await this.#receiptOf(step, head)) return
      this.#again(step)
      return
    }
    const isStuck = head.number - (step.since ?? head.number) >= STUCK_BLOCKS
    // Nonces before it that nobody fills: the chain forgot transactions that we forgot, too.
    if (isStuck && isFirst && (await account.count('pending')) < nonce) this.#again(step)
    // What no node has taken, such as for want of coins, is not made dearer.
    else if (isStuck && step.state === 'sent') await this.#replace(step, head)
    else {
      if (step.since === undefined) outbox.change(step, { since: head.number })
      await this.#send(step, head)
    }
  }

  /** From the start, with another nonce. */
  #again(step: StoredStep): void {
    const none = { nonce: undefined, transactions: [], since: undefined, reason: undefined }
    this.#options.outbox.change(step, { state: 'intent', ...none })
  }

  /**
   * The receipt of one of the transactions that we signed for the nonce, and of no other (viem #3982), in a block of
   * the chain that was followed: a node on another fork tells receipts that count for nothing.
   */
  async #receiptOf({ transactions }: StoredStep, head: Block): Promise<Receipt | undefined> {
    const { rpc, hashAt } = this.#options
    for (const { hash } of [...transactions].reverse()) {
      const found = await rpc.ask('eth_getTransactionReceipt', [hash], z.nullable(Receipt))
      if (!found) continue
      if (found.transactionHash !== hash) throw strange('the receipt of another transaction')
      if (found.blockNumber > head.number) continue
      const ours = hashAt(found.blockNumber) ?? (await this.#hashOf(found.blockNumber))
      if (ours === found.blockHash) return found
    }
    return undefined
  }

  async #hashOf(number: number): Promise<Hex | undefined> {
    const params = [toQuantity(number), false]
    const block = await this.#options.rpc.ask('eth_getBlockByNumber', params, z.nullable(Block))
    return block?.number === number ? block.hash : undefined
  }

  async #mined(step: StoredStep, receipt: Receipt): Promise<void> {
    const { rpc, outbox, account } = this.#options
    const { blockNumber: number, blockHash: hash } = receipt
    if (receipt.status === '0x1') {
      outbox.change(step, { state: 'mined', block: { number, hash }, reason: undefined })
      return
    }
    const call = { from: account.address, to: step.to, data: step.data }
    const tried = await rpc.tryAsk('eth_call', [call, toQuantity(number)], Bytes)
    const block = { number, hash } as Block // only its name is used
    const spent = `; ${receipt.transactionHash} was reverted, its gas is spent`
    if (tried.error && isRevert(tried.error))
      return this.#refuseOrDone(step, block, tried.error, spent)
    // It came at a bad moment, or ran out of gas, and would pass now.
    const tries = (this.#tries.get(step.serial) ?? 0) + 1
    this.#tries.set(step.serial, tries)
    if (tries < MOST_TRIES) this.#again(step)
    else this.#refuse(step, block, `it fails on the chain, but passes when it is tried${spent}`)
  }

  /** In a block: does it stay? */
  async #settle(step: StoredStep, { head, final }: Moment): Promise<void> {
    const { witness, outbox, hashAt, log } = this.#options
    const { block } = step
    if (!block || block.number > final) return
    const hash = hashAt(block.number) ?? (await this.#hashOf(block.number))
    if (hash === undefined) return
    if (hash !== block.hash) {
      outbox.change(step, { state: 'sent', block: undefined, since: head.number })
      return
    }
    const word = await witness.word(block)
    if (word.kind === 'agreed') outbox.change(step, { state: 'final' })
    else if (word.kind === 'disputed')
      this.#hold(step, 'the nodes in chain.rpc do not agree on its block')
    else log({ level: 'debug', kind: 'chain', message: textOf(word.why) })
  }

  async #send(step: StoredStep, head: Block, mayReplace = true): Promise<void> {
    const { rpc } = this.#options
    const last = step.transactions.at(-1)
    if (!last) return
    const mark = `${head.hash}/${last.hash}`
    if (this.#sentAt.get(step.serial) === mark) return
    const answer = await rpc.tryAsk('eth_sendRawTransaction', [last.raw], Hash)
    // What is known there was taken before; of a used nonce, ours or another's, receipts tell.
    const isThere =
      answer.error && (KNOWN.test(answer.error.message) || USED.test(answer.error.message))
    if (answer.error && !isThere)
      return this.#notTaken(step, head, answer.error.message, mayReplace)
    if (!answer.error && answer.value !== last.hash)
      throw strange('the hash of another transaction')
    this.#sentAt.set(step.serial, mark)
    this.#took(step)
  }

  #took(step: StoredStep): void {
    if (step.state !== 'sent')
      this.#options.outbox.change(step, { state: 'sent', reason: undefined })
  }

  async #notTaken(
    step: StoredStep,
    head: Block,
    message: string,
    mayReplace: boolean,
  ): Promise<void> {
    if (OUTBID.test(message)) {
      // Before anything of ours was taken, what stands in the way is another's: it is left alone.
      const isOurs = step.state === 'sent' || step.transactions.length > 1
      const isPlace = /replacement/i.test(message)
      if (mayReplace && (isOurs || !isPlace)) return this.#replace(step, head)
    }
    const { account } = this.#options
    this.#hold(
      step,
      POOR.test(message)
        ? needsCoins(account.address, step)
        : `the node does not take it: ${message}`,
    )
  }

  /** The same call and nonce for a higher fee. */
  async #replace(step: StoredStep, head: Block): Promise<void> {
    const { outbox, account } = this.#options
    const last = step.transactions.at(-1)
    if (!last || step.nonce === undefined) return
    const before: Fees = { most: BigInt(last.most), tip: BigInt(last.tip) }
    const now = await account.fees(head)
    const fees = now && raisedFees(before, now, account.bound)
    if (!fees) {
      this.#hold(step, 'nobody mines it for the most that chain.maxFeeGwei allows; it waits')
      return this.#send(step, head, false)
    }
    const { to, data, nonce } = step
    const transaction = await account.sign({ to, data, nonce, gas: BigInt(last.gas) }, fees)
    const transactions = [...step.transactions, transaction]
    const signed = outbox.change(step, { transactions, since: head.number, reason: undefined })
    if (signed) await this.#send(signed, head, false)
  }
}

/** Transactions that a job takes, about: it is created, filled, bound, shown and settled; some twice. */
const OF_A_JOB = 10n
/** What the account needs for a job at the price of this step. */
function needsCoins(address: Hex, { transactions }: StoredStep): string {
  const { gas = '0', most = '0' } = transactions.at(-1) ?? {}
  const about = coinsText(BigInt(gas) * BigInt(most) * OF_A_JOB)
  return `the relay's account ${address} has too few coins of the chain to pay for gas: send it about ${about}`
}

/** What sellers bind by themselves rests on nothing that another one binds, and has little time. */
const isCommit = ({ step }: Pick<StoredStep, 'step'>): boolean => step.startsWith('commit/')
const isFlying = ({ state }: StoredStep): boolean => state === 'signed' || state === 'sent'
const strange = (what: string): HypernetError =>
  new HypernetError('CHAIN_LOST', `the chain's node told ${what}; check chain.rpc`)
