import type { SQLInputValue } from 'node:sqlite'

/** How far a step of a job is on its way to the chain (chain/outbox.ts). */
export const STEP_STATES = [
  'intent',
  'signed',
  'sent',
  'mined',
  'final',
  'done',
  'refused',
] as const
export type StepState = (typeof STEP_STATES)[number]
type HexText = `0x${string}`

/** A transaction as it was signed, once and for all. Fees in wei, as decimal text. */
export interface SignedTransaction {
  readonly raw: HexText
  readonly hash: HexText
  readonly gas: string
  readonly most: string
  readonly tip: string
}
export interface BlockName {
  readonly number: number
  readonly hash: HexText
}

/** One thing that a job wants done on the chain. */
export interface StoredStep {
  /** Order in which steps were wanted. */
  readonly serial: number
  readonly job: string
  readonly step: string
  readonly state: StepState
  readonly to: HexText
  readonly data: HexText
  /** Errors of the contract which mean that it was done already. */
  readonly done: readonly string[]
  readonly nonce: number | undefined
  /** All that were signed for the nonce, the last one last. */
  readonly transactions: readonly SignedTransaction[]
  /** Block at which the last of them was first sent. */
  readonly since: number | undefined
  /** Where it was mined, or the block at which it was found done or refused. */
  readonly block: BlockName | undefined
  /** Of a refusal, or why it waits. */
  readonly reason: string | undefined
  /** Nobody asks for it any more; it stays while its nonce is under way. */
  readonly isDropped: boolean
}

/** What the bridge to a chain remembers. */
export interface ChainStore {
  saveStep(step: StoredStep): void
  /** In the order in which they were wanted. */
  steps(): StoredStep[]
  removeStep(step: { readonly job: string; readonly step: string }): void

  saveBlock(block: BlockName): void
  /** Lowest first. */
  blocks(): BlockName[]
  /** Forgets blocks outside of these numbers. */
  keepBlocks(from: number, to: number): void

  /** From which block on the events of a job's contract are told. */
  saveWatch(address: string, fromBlock: number): void
  watches(): { readonly address: string; readonly fromBlock: number }[]
  removeWatch(address: string): void

  /** An order that was given up: the address of its contract, and the payload. */
  saveGivenUp(address: string, order: Uint8Array): void
  givenUp(): { readonly address: string; readonly order: Uint8Array }[]
  removeGivenUp(address: string): void

  /** Names the market that all of this belongs to. */
  saveMarket(identity: string): void
  market(): string | undefined
  /** Forgets everything that belongs to a market. */
  forgetMarket(): void
}

type Run = (sql: string, ...values: SQLInputValue[]) => void
type All = <T>(sql: string, ...values: SQLInputValue[]) => T[]

interface StepRow {
  serial: number
  job: string
  step: string
  state: StepState
  target: HexText
  data: HexText
  done: string
  nonce: number | null
  transactions: string
  since: number | null
  blockNumber: number | null
  blockHash: HexText | null
  reason: string | null
  dropped: number
}

export function chainTables(run: Run, all: All): ChainStore {
  return {
    saveStep(step) {
      run(
        'INSERT OR REPLACE INTO outbox (serial, job, step, state, target, data, done, nonce, transactions, since, blockNumber, blockHash, reason, dropped) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        step.serial,
        step.job,
        step.step,
        step.state,
        step.to,
        step.data,
        JSON.stringify(step.done),
        step.nonce ?? null,
        JSON.stringify(step.transactions),
        step.since ?? null,
        step.block?.number ?? null,
        step.block?.hash ?? null,
        step.reason ?? null,
        step.isDropped ? 1 : 0,
      )
    },
    steps: () => all<StepRow>('SELECT * FROM outbox ORDER BY serial').map(stepOf),
    removeStep: ({ job, step }) => run('DELETE FROM outbox WHERE job = ? AND step = ?', job, step),

    saveBlock: ({ number, hash }) =>
      run('INSERT OR REPLACE INTO chainBlock (number, hash) VALUES (?, ?)', number, hash),
    blocks: () => all<BlockName>('SELECT number, hash FROM chainBlock ORDER BY number'),
    keepBlocks: (from, to) =>
      run('DELETE FROM chainBlock WHERE number < ? OR number > ?', from, to),

    saveWatch: (address, fromBlock) =>
      run(
        'INSERT OR REPLACE INTO chainWatch (address, fromBlock) VALUES (?, ?)',
        address,
        fromBlock,
      ),
    watches: () => all('SELECT address, fromBlock FROM chainWatch ORDER BY rowid'),
    removeWatch: (address) => run('DELETE FROM chainWatch WHERE address = ?', address),

    saveGivenUp: (address, order) =>
      run('INSERT OR REPLACE INTO givenUp (address, payload) VALUES (?, ?)', address, order),
    givenUp: () => all('SELECT address, payload AS "order" FROM givenUp ORDER BY rowid'),
    removeGivenUp: (address) => run('DELETE FROM givenUp WHERE address = ?', address),

    saveMarket: (identity) =>
      run('INSERT OR REPLACE INTO chainMarket (id, identity) VALUES (1, ?)', identity),
    market: () => all<{ identity: string }>('SELECT identity FROM chainMarket')[0]?.identity,
    forgetMarket() {
      for (const table of ['outbox', 'chainBlock', 'chainWatch', 'givenUp', 'chainMarket'])
        run(`DELETE FROM ${table}`)
    },
  }
}

function stepOf(row: StepRow): StoredStep {
  const { serial, job, step, state, target, data, nonce, since, reason } = row
  const { blockNumber: number, blockHash: hash } = row
  return {
    serial,
    job,
    step,
    state,
    to: target,
    data,
    done: JSON.parse(row.done), // as `saveStep` wrote it, and so are the transactions
    nonce: nonce ?? undefined,
    transactions: JSON.parse(row.transactions),
    since: since ?? undefined,
    block: number !== null && hash !== null ? { number, hash } : undefined,
    reason: reason ?? undefined,
    isDropped: row.dropped === 1,
  }
}
