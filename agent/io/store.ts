import { hash } from 'node:crypto'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Encoder } from 'cbor-x/encode' // the build without its native addon
import * as z from 'zod/mini'
import type { Snapshot } from '../core/snapshot.ts'
import { HypernetError } from '../wire/errors.ts'
import { concatBytes, equalBytes, utf8ToBytes } from '../wire/hash.ts'
import { writeAtomically } from './atomicFile.ts'

/** What a device starts from: the incarnation is one that it never had before. */
export interface Loaded {
  readonly incarnation: number
  readonly snapshot?: Snapshot
  /** What was wrong with the files, for the log; the device goes on without them. */
  readonly problems: readonly string[]
}

/** Where a device's state outlives its process. Calls are carried out one after the other. */
export interface Store {
  /** Counts one load of the state (decisions 4) before anything else happens. @throws HypernetError `STORE_FAILED` */
  load(): Promise<Loaded>
  /** Resolves once the snapshot would be found after a power cut. @throws HypernetError `STORE_FAILED` */
  save(snapshot: Snapshot): Promise<void> | undefined
  /** Number of the next connection, higher than all before. @throws HypernetError `STORE_FAILED` */
  nextSession(): Promise<number>
}

export interface FileStoreOptions {
  /** Made when it does not exist. Holds `agent.state` and `counters.json`. */
  readonly folder: string
  /**
   * Counters begin above this where their file is missing or spoiled. Seconds since 1970 for a
   * device that has lived before, so that they exceed the lost ones; 0 for a new one.
   */
  readonly base: number
}

/** Format of agent.state; a file of another one is moved aside. */
const HEADER = utf8ToBytes('hypernet-state 1\n')
const CHECKSUM_BYTES = 32

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array)
const whole = z.number().check(z.int(), z.gte(0))
// Loose: what the core adds to its snapshots is kept here without this file knowing it.
const StoredSnapshot = z.looseObject({
  incarnation: whole,
  jobs: z.array(
    z.looseObject({
      job: z.string(),
      order: bytes,
      rosters: z.array(bytes),
      epochs: z.array(z.looseObject({ epoch: whole, roster: bytes })),
    }),
  ),
  ended: z.array(z.tuple([z.string(), whole])),
  contracts: z.optional(
    z.array(
      z.looseObject({ job: z.string(), address: bytes, findings: z.array(z.looseObject({})) }),
    ),
  ),
})
const Counters = z.object({ version: z.literal(1), incarnation: whole, session: whole })
type Counters = z.output<typeof Counters>

const cbor = new Encoder({ useRecords: false, tagUint8Array: false })

/** A store of two files, each replaced atomically. A spoiled file is moved aside and reported, never fatal. */
export function fileStore({ folder, base }: FileStoreOptions): Store {
  const statePath = join(folder, 'agent.state')
  const countersPath = join(folder, 'counters.json')
  let counters: Counters | undefined

  const count = async (name: 'incarnation' | 'session'): Promise<number> => {
    if (!counters) throw new HypernetError('STORE_FAILED', `${folder}: load comes before counting`)
    counters = { ...counters, [name]: counters[name] + 1 }
    await written(countersPath, `${JSON.stringify(counters)}\n`)
    return counters[name]
  }
  // A save that is under way when its device ends must not meet the next one's load.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work)
    last = turn
    return turn
  }
  const load = async (): Promise<Loaded> => {
    const problems: string[] = []
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    } catch (error) {
      throw new HypernetError('STORE_FAILED', `cannot make the state folder ${folder}`, error)
    }
    const found = await content(countersPath, readCounters, problems)
    const snapshot = await content(statePath, decodeSnapshot, problems)
    counters = found ?? { version: 1, incarnation: base, session: base }
    const least = Math.max(counters.incarnation, snapshot?.incarnation ?? 0)
    counters = { ...counters, incarnation: least }
    const incarnation = await count('incarnation')
    return { incarnation, problems, ...(snapshot && { snapshot }) }
  }
  return {
    load: () => inTurn(load),
    save: (snapshot) => inTurn(() => written(statePath, encodeSnapshot(snapshot))),
    nextSession: () => inTurn(() => count('session')),
  }
}

/** A store that lives as long as its process: for tests, rehearsals and demos. @param base as for files */
export function memoryStore(base = 0): Store {
  let incarnation = base
  let session = base
  let held: Uint8Array | undefined
  return {
    async load() {
      incarnation++
      return { incarnation, problems: [], ...(held && { snapshot: readSnapshot(held) }) }
    },
    save(snapshot) {
      held = writeSnapshot(snapshot)
      return undefined
    },
    nextSession: async () => ++session,
  }
}

/** Snapshot as the bytes of a state file: a header line, the SHA-256 of the rest, CBOR. */
export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  const body = writeSnapshot(snapshot)
  return concatBytes(HEADER, checksum(body), body)
}

/** @throws HypernetError `STORE_FAILED` when these are not the bytes of a whole state file */
export function decodeSnapshot(file: Uint8Array): Snapshot {
  const start = HEADER.length + CHECKSUM_BYTES
  if (!equalBytes(file.subarray(0, HEADER.length), HEADER)) {
    throw wrong('not a state file of version 1')
  }
  const body = Uint8Array.from(file.subarray(start))
  if (!equalBytes(file.subarray(HEADER.length, start), checksum(body))) {
    throw wrong('checksum does not match: the file is cut off or was changed')
  }
  return readSnapshot(body)
}

/** Of its own, since the next encoding may use the same memory. */
const writeSnapshot = (snapshot: Snapshot): Uint8Array => Uint8Array.from(cbor.encode(snapshot))

/** @throws HypernetError `STORE_FAILED` when these are not the bytes of a snapshot */
function readSnapshot(body: Uint8Array): Snapshot {
  const parsed = z.safeParse(StoredSnapshot, cbor.decode(body))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw wrong(`field ${issue?.path.join('.')}: ${issue?.message}`)
  }
  // writeSnapshot wrote it, in a file the checksum says so; the schema, that it was of this version.
  return parsed.data as unknown as Snapshot
}

const checksum = (body: Uint8Array): Uint8Array => hash('sha256', body, 'buffer')
const wrong = (what: string, cause?: unknown) => new HypernetError('STORE_FAILED', what, cause)

function readCounters(file: Uint8Array): Counters {
  const parsed = z.safeParse(Counters, JSON.parse(Buffer.from(file).toString('utf8')))
  if (parsed.success) return parsed.data
  throw new HypernetError('STORE_FAILED', 'not the counters of version 1')
}

/** Reads a file that may be missing; one that cannot be understood is moved aside. */
async function content<T>(
  path: string,
  decode: (file: Uint8Array) => T,
  problems: string[],
): Promise<T | undefined> {
  let file: Uint8Array
  try {
    file = await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new HypernetError('STORE_FAILED', `cannot read ${path}`, error)
  }
  try {
    return decode(file)
  } catch (error) {
    const aside = `${path}.spoiled`
    await rename(path, aside)
    const reason = error instanceof Error ? error.message : String(error)
    problems.push(`${path}: ${reason}; moved to ${aside}, going on without it`)
    return undefined
  }
}

async function written(path: string, bytes: string | Uint8Array): Promise<void> {
  try {
    await writeAtomically(path, bytes)
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'error'
    throw new HypernetError('STORE_FAILED', `cannot write ${path} (${reason})`, error)
  }
}
