import type { Hex } from 'viem'
import * as z from 'zod/mini'
import { HypernetError } from '../../../agent/wire/errors.ts'

/**
 * What is to be done on a chain, step by step. Each step is written before anything of it is sent, so that a relay
 * that dies at any instruction goes on with the very bytes that it signed.
 *
 * `intent`: wanted. `sent`: signed, and sent or about to be. `mined`: in a block. `final`: in one that stays.
 * `done`: somebody did it before us. `refused`: the contract refuses it, and nothing was spent.
 */
const hex = z.custom<Hex>((value) => typeof value === 'string' && /^0x[0-9a-f]*$/.test(value))
const whole = z.int().check(z.nonnegative())
export const Row = z.object({
  job: z.string(),
  step: z.string(),
  to: hex,
  data: hex,
  /** Names of custom errors which mean that it was done before. */
  done: z.array(z.string()),
  state: z.enum(['intent', 'sent', 'mined', 'final', 'done', 'refused']),
  /** Transactions that were reverted in a block. */
  tries: whole,
  nonce: z.optional(whole),
  /** All that were signed for the nonce, the newest last: each raises the fee. */
  signed: z.array(z.object({ hash: hex, raw: hex, maxFee: z.string(), tip: z.string() })),
  /** Number of the newest block when the last of them was sent. */
  sentAt: z.optional(whole),
  block: z.optional(whole),
  reason: z.optional(z.string()),
})
export type Row = z.output<typeof Row>

export const isOpen = ({ state }: Row): boolean =>
  state === 'intent' || state === 'sent' || state === 'mined'

/** What keeps the rows; each `save` is on the disk when it returns. */
export interface OutboxStore {
  chainSteps(): string[]
  saveChainStep(job: string, step: string, row: string): void
}

/** Steps that may be open at a time. */
const MOST_OPEN = 1000

/** The rows in the order in which they were wanted. */
export class Outbox {
  readonly #store: OutboxStore
  readonly #rows = new Map<string, Row>()

  /** @throws HypernetError `STORE_FAILED` where the store holds something else */
  constructor(store: OutboxStore) {
    this.#store = store
    for (const text of store.chainSteps()) {
      const parsed = Row.safeParse(JSON.parse(text))
      if (!parsed.success)
        throw new HypernetError(
          'STORE_FAILED',
          `a step of the chain in the store is spoiled at ${parsed.error.issues[0]?.path.join('.')}; restore a backup`,
        )
      this.#rows.set(nameOf(parsed.data), parsed.data)
    }
  }

  /** @returns nothing where the step is known already. @throws HypernetError `TOO_LARGE` */
  add(row: Row): Row | undefined {
    if (this.#rows.has(nameOf(row))) return undefined
    if (this.open().length >= MOST_OPEN)
      throw new HypernetError('TOO_LARGE', `${MOST_OPEN} transactions wait for the chain already`)
    this.save(row)
    return row
  }

  has(job: string, step: string): boolean {
    return this.#rows.has(nameOf({ job, step }))
  }

  save(row: Row): void {
    this.#store.saveChainStep(row.job, row.step, JSON.stringify(row))
    this.#rows.set(nameOf(row), row)
  }

  open(): Row[] {
    return [...this.#rows.values()].filter(isOpen)
  }

  all(): Row[] {
    return [...this.#rows.values()]
  }
}

const nameOf = ({ job, step }: Pick<Row, 'job' | 'step'>): string => `${job}/${step}`
