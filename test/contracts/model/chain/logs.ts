import { decodeEventLog, type Hex } from 'viem'
import { newsText } from '../rules/news.ts'
import type { Address } from '../rules/speech.ts'
import type { Artifacts } from './artifacts.ts'

/** A log of a receipt. */
export interface Log {
  readonly address: Address
  readonly topics: [Hex, ...Hex[]]
  readonly data: Hex
}

/** Reads events as the model tells them. */
export class LogReader {
  readonly #abi
  readonly #token: Address

  constructor({ HyperVault, JobEscrow, JobFactory }: Artifacts, token: Address) {
    this.#abi = [HyperVault, JobEscrow, JobFactory].flatMap(({ abi }) =>
      abi.filter(({ type }) => type === 'event'),
    )
    this.#token = token
  }

  /** A text for each event in its order; balances show what the token's would tell. */
  texts(logs: readonly Log[]): string[] {
    return logs
      .filter(({ address }) => address !== this.#token)
      .map(({ topics, data }) => {
        const { eventName, args } = decodeEventLog({ abi: this.#abi, topics, data })
        return newsText(eventName ?? 'an unknown event', args ?? {})
      })
  }
}
