import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { ID_PATTERN, nodeId } from '../../../agent/wire/ids.ts'
import type { Role } from '../../core/access.ts'

/** Passwords of the clients of one broker. Only their hashes are kept. */
export interface Credentials {
  /**
   * Makes a new password for a client; an older one of the same client stops working.
   * @returns 32 random bytes as 43 characters of base64url, shown this once
   * @throws HypernetError `BAD_ID`, `NOT_ALLOWED` when the id has another role already,
   *   `STORE_FAILED` when the file cannot be written
   */
  issue(id: string, role: Role): string
  /** The same for many clients of one role with one write of the file. */
  issueAll(ids: readonly string[], role: Role): Map<string, string>
  /** The role of the client when the password is its own, in the same time whether or not. */
  verify(id: string, password: Uint8Array | string): Role | undefined
  has(id: string): boolean
  /** Forgets a client; false when it was not known. Does not close its connection. */
  revoke(id: string): boolean
}

const entry = z.strictObject({
  role: z.enum(['device', 'controller', 'viewer', 'relay']),
  /** SHA-256 of the password's characters, hex. */
  hash: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
})
const file = z.strictObject({
  version: z.literal(1),
  clients: z.record(z.string().check(z.regex(ID_PATTERN)), entry),
})
type Entry = z.infer<typeof entry>

/**
 * Opens the passwords of a broker. A password has 256 random bits, so one SHA-256 is as good as a
 * slow hash: there is nothing to guess (NIST SP 800-63B 5.1.2.2, look-up secrets).
 * @param path state file of mode 600, made when missing; without it nothing is kept on disk
 * @throws HypernetError `KEY_UNSAFE` when others may read the file, `STORE_FAILED` when it is not ours
 */
export function openCredentials(path?: string): Credentials {
  let clients: ReadonlyMap<string, Entry> = path === undefined ? new Map() : load(path)
  const nobody = randomBytes(32)

  const issueAll = (ids: readonly string[], role: Role): Map<string, string> => {
    for (const id of ids) {
      const held = clients.get(nodeId(id))
      if (!held || held.role === role) continue
      throw new HypernetError(
        'NOT_ALLOWED',
        `client ${id} is a ${held.role} already, wanted ${role}: revoke it first or choose another id`,
      )
    }
    const passwords = new Map<string, string>()
    const next = new Map(clients)
    for (const id of ids) {
      const password = randomBytes(32).toString('base64url')
      passwords.set(id, password)
      next.set(id, { role, hash: digest(password).toString('hex') })
    }
    save(path, next)
    clients = next
    return passwords
  }

  return {
    issueAll,
    issue: (id, role) => issueAll([id], role).get(id) ?? '',
    verify(id, password) {
      const held = clients.get(id)
      const expected = held ? Buffer.from(held.hash, 'hex') : nobody
      return timingSafeEqual(digest(password), expected) ? held?.role : undefined
    },
    has: (id) => clients.has(id),
    revoke(id) {
      const next = new Map(clients)
      if (!next.delete(id)) return false
      save(path, next)
      clients = next
      return true
    },
  }
}

const digest = (password: Uint8Array | string): Buffer =>
  createHash('sha256').update(password).digest()

function load(path: string): Map<string, Entry> {
  let text: string
  try {
    const mode = statSync(path).mode & 0o777
    if (mode & 0o077) {
      throw new HypernetError(
        'KEY_UNSAFE',
        `${path} has mode ${mode.toString(8)}, so others can read it; wanted 600: run chmod 600 ${path}`,
      )
    }
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof HypernetError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map()
    throw new HypernetError('STORE_FAILED', `cannot read the broker passwords in ${path}`, error)
  }
  try {
    return new Map(Object.entries(file.parse(JSON.parse(text)).clients))
  } catch (error) {
    throw new HypernetError(
      'STORE_FAILED',
      `${path} is not a file of broker passwords of version 1; restore it from a backup, or move it away and issue new passwords`,
      error,
    )
  }
}

/** Replaces the file whole: written beside it, flushed, renamed, and the folder flushed (rename(2)). */
function save(path: string | undefined, clients: ReadonlyMap<string, Entry>): void {
  if (path === undefined) return
  const fresh = `${path}.new`
  const text = JSON.stringify({ version: 1, clients: Object.fromEntries(clients) })
  try {
    writeFileSync(fresh, `${text}\n`, { mode: 0o600, flush: true })
    renameSync(fresh, path)
    const folder = openSync(dirname(path), 'r')
    fsyncSync(folder)
    closeSync(folder)
  } catch (error) {
    throw new HypernetError('STORE_FAILED', `cannot write the broker passwords to ${path}`, error)
  }
}
