import { encodeFunctionData } from 'viem'
import { bytesOf, hexOf } from '../../../../agent/wire/hash.ts'
import { jobAddress } from '../../../../agent/wire/market.ts'
import type { Call } from '../rules/calls.ts'
import type { Address } from '../rules/speech.ts'
import type { Market, Rules, Setting, Terms } from '../rules/state.ts'
import { startTestChain } from './anvil.ts'
import { type Artifacts, artifacts as artifactsNow } from './artifacts.ts'
import { deploy, endow } from './deploy.ts'
import { Encoder, hexWord, type Places, wireTerms } from './encode.ts'
import { errorNames } from './errors.ts'
import { type Log, LogReader } from './logs.ts'
import { type Rpc, RpcFailure } from './rpc.ts'
import { Signers } from './signing.ts'
import { type Entry, stakesOf } from './view.ts'

const CHAIN_ID = 31_337
/** Enough for any call of these scripts. */
const GAS = '0xe4e1c0'
const hex = (value: number): string => `0x${value.toString(16)}`

/** What the first block after setting up has. */
export interface Clock {
  readonly time: number
  readonly block: number
}

/** How a call ended: with an error of this name, or with these events. */
export interface Outcome {
  readonly error?: string
  readonly news: readonly string[]
}

/** The real contracts on a chain of their own. */
export class Contracts {
  readonly places: Places
  readonly #rpc: Rpc
  readonly #artifacts: Artifacts
  readonly #signers: Signers
  readonly #encoder: Encoder
  readonly #logs: LogReader
  readonly #nameOf: (data: string | undefined) => string
  readonly stop: () => Promise<void>

  private constructor(
    rpc: Rpc,
    artifacts: Artifacts,
    places: Places,
    names: readonly string[],
    stop: () => Promise<void>,
  ) {
    this.#rpc = rpc
    this.#artifacts = artifacts
    this.places = places
    this.#signers = new Signers(CHAIN_ID, places.vault, names)
    this.#encoder = new Encoder(artifacts, places, this.#signers)
    this.#logs = new LogReader(artifacts, places.token)
    this.#nameOf = errorNames(artifacts)
    this.stop = stop
  }

  /**
   * Starts a chain and deploys.
   * @param names of who signs
   */
  static async start(
    rules: Rules,
    names: readonly string[],
    wallets: ReadonlyMap<Address, bigint>,
    approvals: ReadonlySet<Address>,
  ): Promise<Contracts> {
    const artifacts = artifactsNow()
    const chain = await startTestChain()
    try {
      const places = await deploy(chain.rpc, artifacts, rules)
      await endow(chain.rpc, artifacts, places, wallets, approvals)
      return new Contracts(chain.rpc, artifacts, places, names, chain.stop)
    } catch (error) {
      await chain.stop()
      throw error
    }
  }

  /** Where the job of these terms will stand. */
  jobAt(terms: Terms, resources: string): Address {
    const { factory, escrow } = this.places
    return hexOf(jobAddress(wireTerms(terms), bytesOf(factory), bytesOf(escrow), resources))
  }

  /** What the last block has. */
  async clock(): Promise<Clock> {
    const found = await this.#rpc.call('eth_getBlockByNumber', 'latest', false)
    const { number, timestamp } = found as { number: string; timestamp: string } // a block
    return { time: Number(timestamp), block: Number(number) }
  }

  /** Hash of a block; undefined where there is none yet. */
  async hashOf(block: number): Promise<string | undefined> {
    const found = await this.#rpc.call('eth_getBlockByNumber', hex(block), false)
    return (found as { hash: string } | null)?.hash // a block
  }

  /** Blocks pass in which nothing happens, one each second. */
  async mine(blocks: number): Promise<void> {
    await this.#rpc.call('anvil_mine', hex(blocks))
  }

  async snapshot(): Promise<string> {
    return String(await this.#rpc.call('evm_snapshot'))
  }

  /** Takes everything back to a snapshot, which is gone then. */
  async revert(snapshot: string): Promise<void> {
    this.#signers.clear()
    await this.#rpc.call('evm_revert', snapshot)
  }

  /** Sends a call, in a block of its own. */
  async send(call: Call, at: Setting): Promise<Outcome> {
    const { to, data } = this.#encoder.encode(call)
    const sent = { from: at.sender, to, data, gas: GAS, gasPrice: '0x0' }
    const receipt = await this.#rpc.batch(
      ['evm_setNextBlockTimestamp', at.time],
      ['eth_sendTransactionSync', sent],
    )
    const { status, logs } = receipt as { status: string; logs: Log[] }
    if (status === '0x1') return { news: this.#logs.texts(logs) }
    const { error = 'an error that cannot be repeated' } = await this.try(call, at)
    return { error, news: [] }
  }

  /** Tries a call, and changes nothing. */
  async try(call: Call, at: Setting): Promise<Outcome> {
    const { to, data } = this.#encoder.encode(call)
    const around = { number: hex(at.block), time: hex(at.time) }
    try {
      await this.#rpc.call(
        'eth_call',
        { from: at.sender, to, data, gas: GAS },
        'latest',
        {},
        around,
      )
      return { news: [] }
    } catch (error) {
      if (error instanceof RpcFailure && error.data !== undefined)
        return { error: this.#nameOf(error.data), news: [] }
      throw error
    }
  }

  /** All differences between the contracts and what the model expects of them. */
  async compare(
    market: Market,
    accounts: readonly Address[],
    expected: readonly Entry[],
  ): Promise<string[]> {
    const { vault, factory, reader } = this.places
    const data = encodeFunctionData({
      abi: this.#artifacts.Reader.abi,
      functionName: 'read',
      args: [vault, factory, accounts, stakesOf(market), [...market.jobs.keys()]],
    })
    const answer = String(await this.#rpc.call('eth_call', { to: reader, data }, 'latest'))
    // After the offset and the length of the list.
    const found = answer.slice(2 + 128)
    if (found === expected.map(([, value]) => hexWord(value)).join('')) return []
    if (found.length !== expected.length * 64) return [`${found.length / 64} words were read`]
    return expected.flatMap(([what, value], at) => {
      const real = BigInt(`0x${found.slice(64 * at, 64 * at + 64)}`)
      return real === value ? [] : [`${what}: the model has ${value}, the contracts ${real}`]
    })
  }
}
