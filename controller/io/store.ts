import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { HypernetError } from '../../agent/wire/errors.ts'
import type { JobId, NodeId } from '../../agent/wire/ids.ts'
import { type ChainStore, chainTables } from './chainTables.ts'
import { MIGRATIONS } from './storeSchema.ts'

/** A job as it stands in the store; `state` is the core's own JSON. */
export interface StoredJob {
  readonly job: JobId
  readonly active: boolean
  readonly state: string
}
/** Something signed once and for all: the payload bytes and their COSE_Sign1 form. */
export interface StoredSigned {
  readonly generation: number
  readonly payload: Uint8Array
  readonly signed: Uint8Array
}
export interface StoredRoster extends StoredSigned {
  /** SHA-256 of the payload. */
  readonly hash: Uint8Array
  readonly firstEpoch: number
  /** Unix milliseconds of its first publication. */
  readonly at: number
}
/** The highest generations of order and roster under a job's name. */
export interface Generations {
  readonly generation: number
  readonly rosterGeneration: number
}
/** A seal report as it came over the network, its signature already verified. */
export interface StoredReport {
  readonly epoch: number
  readonly node: NodeId
  readonly bytes: Uint8Array
}
export interface StoredResult {
  readonly epoch: number
  readonly at: number
  readonly document: string
}

/** The controller's memory in one SQLite file. All calls are synchronous. */
export interface Store extends ChainStore {
  /**
   * Runs `action` in one transaction. `durable` waits until the disk has it (power may fail right
   * after); otherwise it survives the end of the process but perhaps not of the machine.
   */
  write<T>(durable: boolean, action: () => T): T

  saveJob(job: StoredJob): void
  jobs(): StoredJob[]
  job(job: JobId): StoredJob | undefined

  saveOrder(job: JobId, order: StoredSigned): void
  /** The one with the highest generation. */
  order(job: JobId): StoredSigned | undefined
  saveRoster(job: JobId, roster: StoredRoster): void
  /** The newest rosters, highest generation first. */
  rosters(job: JobId, most: number): StoredRoster[]

  /** A later report of the same device and epoch under the same roster replaces the earlier one. */
  saveReport(job: JobId, roster: Uint8Array, report: StoredReport): void
  reports(job: JobId, roster: Uint8Array): StoredReport[]

  saveResult(job: JobId, generation: number, result: StoredResult): void
  /** Newest first. */
  results(job: JobId, most: number): StoredResult[]

  /** Keys pinned at the first birth, 66 hex digits. */
  pins(): [NodeId, string][]
  pin(node: NodeId, key: string): void
  unpin(node: NodeId): void

  /** Forgets rosters and results of a job beyond the newest ones, and reports of older rosters and epochs. */
  prune(job: JobId, keep: { rosters: number; results: number; reportsFrom: number }): void
  /** Forgets a job but for its generations, since devices ignore an order that is older than what they know. */
  removeJob(job: JobId, generations: Generations): void
  /** Generations that a forgotten job had. */
  retired(job: JobId): Generations | undefined
  close(): void
}

/**
 * Opens or makes the store (mode 600, WAL).
 * @param path a file, or `:memory:`
 * @throws HypernetError `STORE_FAILED` naming the file, also when a newer hypernet wrote it
 */
export function openStore(path: string): Store {
  try {
    if (path !== ':memory:') prepareFile(path)
    const database = new DatabaseSync(path)
    // Only one controller may own a fleet; a second one waits a moment and then says so.
    database.exec('PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON')
    database.exec('PRAGMA synchronous = FULL')
    migrate(database, path)
    return storeOn(database, path)
  } catch (error) {
    throw error instanceof HypernetError ? error : failed(path, error)
  }
}

function prepareFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  if (existsSync(path)) chmodSync(path, 0o600)
  else closeSync(openSync(path, 'a', 0o600))
}

function migrate(database: DatabaseSync, path: string): void {
  database.exec(
    'CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY, at TEXT NOT NULL)',
  )
  const row = database.prepare('SELECT coalesce(max(version), 0) AS version FROM migration').get()
  const version = Number(row?.version ?? 0)
  if (version > MIGRATIONS.length)
    throw new HypernetError(
      'STORE_FAILED',
      `${path} has schema version ${version}, this hypernet knows up to ${MIGRATIONS.length}; use the newer hypernet, or restore a backup made before it`,
    )
  MIGRATIONS.slice(version).forEach((sql, i) => {
    database.exec('BEGIN IMMEDIATE')
    database.exec(sql)
    database
      .prepare("INSERT INTO migration (version, at) VALUES (?, datetime('now'))")
      .run(version + i + 1)
    database.exec('COMMIT')
  })
}

function storeOn(database: DatabaseSync, path: string): Store {
  const statements = new Map<string, StatementSync>()
  const prepared = (sql: string): StatementSync => {
    let statement = statements.get(sql)
    if (!statement) {
      statement = database.prepare(sql)
      statements.set(sql, statement)
    }
    return statement
  }
  const run = (sql: string, ...values: SQLInputValue[]): void => {
    guarded(path, () => prepared(sql).run(...values))
  }
  // The columns are those that the statement names, of the types that storeSchema.ts gives them.
  const all = <T>(sql: string, ...values: SQLInputValue[]): T[] =>
    guarded(path, () => prepared(sql).all(...values) as unknown as T[])

  return {
    write(durable, action) {
      database.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`)
      guarded(path, () => database.exec('BEGIN IMMEDIATE'))
      try {
        const result = action()
        guarded(path, () => database.exec('COMMIT'))
        return result
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    },
    ...jobTables(run, all),
    ...collectedTables(run, all),
    ...chainTables(run, all),
    close() {
      statements.clear()
      database.close()
    },
  }
}

type Run = (sql: string, ...values: SQLInputValue[]) => void
type All = <T>(sql: string, ...values: SQLInputValue[]) => T[]

function jobTables(run: Run, all: All) {
  type Row = { job: JobId; active: number; state: string }
  const stored = ({ job, active, state }: Row): StoredJob => ({ job, active: active === 1, state })
  return {
    saveJob({ job, active, state }: StoredJob) {
      run(
        'INSERT INTO job (job, active, state) VALUES (?, ?, ?) ON CONFLICT (job) DO UPDATE SET active = excluded.active, state = excluded.state',
        job,
        active ? 1 : 0,
        state,
      )
    },
    jobs: () => all<Row>('SELECT job, active, state FROM job ORDER BY rowid').map(stored),
    job: (job: JobId) =>
      all<Row>('SELECT job, active, state FROM job WHERE job = ?', job).map(stored)[0],
    saveOrder(job: JobId, { generation, payload, signed }: StoredSigned) {
      run(
        'INSERT OR REPLACE INTO "order" (job, generation, payload, signed) VALUES (?, ?, ?, ?)',
        job,
        generation,
        payload,
        signed,
      )
    },
    order: (job: JobId) =>
      all<StoredSigned>(
        'SELECT generation, payload, signed FROM "order" WHERE job = ? ORDER BY generation DESC LIMIT 1',
        job,
      )[0],
    saveRoster(job: JobId, roster: StoredRoster) {
      const { generation, hash, payload, signed, firstEpoch, at } = roster
      run(
        'INSERT OR REPLACE INTO roster (job, generation, hash, payload, signed, firstEpoch, at) VALUES (?, ?, ?, ?, ?, ?, ?)',
        job,
        generation,
        hash,
        payload,
        signed,
        firstEpoch,
        at,
      )
    },
    rosters: (job: JobId, most: number) =>
      all<StoredRoster>(
        'SELECT generation, hash, payload, signed, firstEpoch, at FROM roster WHERE job = ? ORDER BY generation DESC LIMIT ?',
        job,
        most,
      ),
  }
}

function collectedTables(run: Run, all: All) {
  return {
    saveReport(job: JobId, roster: Uint8Array, { epoch, node, bytes }: StoredReport) {
      run(
        'INSERT OR REPLACE INTO report (job, roster, epoch, node, bytes) VALUES (?, ?, ?, ?, ?)',
        job,
        roster,
        epoch,
        node,
        bytes,
      )
    },
    reports: (job: JobId, roster: Uint8Array) =>
      all<StoredReport>(
        'SELECT epoch, node, bytes FROM report WHERE job = ? AND roster = ? ORDER BY epoch, node',
        job,
        roster,
      ),
    saveResult(job: JobId, generation: number, { epoch, at, document }: StoredResult) {
      run(
        'INSERT OR REPLACE INTO result (job, generation, epoch, at, document) VALUES (?, ?, ?, ?, ?)',
        job,
        generation,
        epoch,
        at,
        document,
      )
    },
    results: (job: JobId, most: number) =>
      all<StoredResult>(
        'SELECT epoch, at, document FROM result WHERE job = ? ORDER BY generation DESC, epoch DESC LIMIT ?',
        job,
        most,
      ),
    pins: () =>
      all<{ node: NodeId; key: string }>('SELECT node, key FROM pin ORDER BY node').map(
        ({ node, key }): [NodeId, string] => [node, key],
      ),
    pin(node: NodeId, key: string) {
      run('INSERT INTO pin (node, key) VALUES (?, ?)', node, key)
    },
    unpin(node: NodeId) {
      run('DELETE FROM pin WHERE node = ?', node)
    },
    prune(job: JobId, keep: { rosters: number; results: number; reportsFrom: number }) {
      run(
        'DELETE FROM roster WHERE job = ? AND generation NOT IN (SELECT generation FROM roster WHERE job = ? ORDER BY generation DESC LIMIT ?)',
        job,
        job,
        keep.rosters,
      )
      run(
        'DELETE FROM "order" WHERE job = ? AND generation NOT IN (SELECT generation FROM "order" WHERE job = ? ORDER BY generation DESC LIMIT 2)',
        job,
        job,
      )
      run(
        'DELETE FROM result WHERE job = ? AND rowid NOT IN (SELECT rowid FROM result WHERE job = ? ORDER BY generation DESC, epoch DESC LIMIT ?)',
        job,
        job,
        keep.results,
      )
      run(
        'DELETE FROM report WHERE job = ? AND (epoch < ? OR roster NOT IN (SELECT hash FROM roster WHERE job = ?))',
        job,
        keep.reportsFrom,
        job,
      )
    },
    removeJob(job: JobId, { generation, rosterGeneration }: Generations) {
      run(
        'INSERT OR REPLACE INTO retired (job, generation, rosterGeneration) VALUES (?, ?, ?)',
        job,
        generation,
        rosterGeneration,
      )
      for (const table of ['report', 'result', 'roster', '"order"', 'job'])
        run(`DELETE FROM ${table} WHERE job = ?`, job)
    },
    retired: (job: JobId) =>
      all<Generations>('SELECT generation, rosterGeneration FROM retired WHERE job = ?', job)[0],
  }
}

function guarded<T>(path: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw failed(path, error)
  }
}

function failed(path: string, error: unknown): HypernetError {
  const reason = error instanceof Error ? error.message : String(error)
  const hint = /locked|busy/i.test(reason)
    ? 'another controller uses this state folder; stop it first'
    : 'check that the folder is writable and the disk is not full, or restore a backup'
  return new HypernetError('STORE_FAILED', `store ${path}: ${reason}; ${hint}`, error)
}
