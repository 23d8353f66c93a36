import type { JobId } from '../agent/wire/ids.ts'
import type { Order } from '../agent/wire/messages.ts'
import type { Settlement } from './core/settlement/state.ts'

/** One order, and its contract where there is one. */
export interface Desk {
  readonly job: JobId
  readonly settlement: Settlement
  /** Without the data that it deals. */
  readonly order: Order
  /** SHA-256 of the payload of the whole order. */
  readonly hash: Uint8Array
  /** Address of the contract, lower case. */
  readonly address: `0x${string}`
  /** The order is the operator's own. */
  readonly isOurs: boolean
  /** Keys that the vault is being asked about. */
  readonly reading: Set<string>
  /** Why steps wait on their way to the chain, by their names; and what the settlement itself waits for. */
  readonly held: Map<string, string>
  waits: string | undefined
  toldWaits: string | undefined
  /** Its events cannot be read in this life: that none came says nothing. */
  isUnread: boolean
}

/** Orders of strangers that are kept in mind without a contract: of one name, and in all. */
export const MOST_UNOPENED = { ofName: 8, inAll: 256 } as const

/**
 * Desks by the address of the contract, since many orders may be told under one name, and only some are ever opened.
 * Those of strangers cost nothing before that, so that they are bounded: the oldest goes first.
 */
export class Desks {
  /** Oldest first. */
  readonly #desks = new Map<string, Desk>()

  get all(): Desk[] {
    return [...this.#desks.values()]
  }

  at(address: string): Desk | undefined {
    return this.#desks.get(address.toLowerCase())
  }

  /** Orders under a name that are not given up. */
  of(job: JobId): Desk[] {
    return this.all.filter((desk) => desk.job === job && !desk.settlement.isGivenUp)
  }

  /** @returns those that are to be closed for it */
  add(desk: Desk): Desk[] {
    this.#desks.set(desk.address, desk)
    if (desk.isOurs) return []
    const junk = this.all.filter((each) => each !== desk && isUnopened(each))
    const ofName = junk.filter(({ job }) => job === desk.job)
    return [
      ...new Set([
        ...ofName.slice(0, Math.max(0, ofName.length + 1 - MOST_UNOPENED.ofName)),
        ...junk.slice(0, Math.max(0, junk.length + 1 - MOST_UNOPENED.inAll)),
      ]),
    ]
  }

  remove({ address }: Desk): void {
    this.#desks.delete(address)
  }
}

const isUnopened = ({ isOurs, settlement }: Desk): boolean =>
  !isOurs && settlement.chain.phase === 'unknown'
