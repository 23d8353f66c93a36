import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Replaces a file so that after a crash at any moment the old or the new content stands, whole:
 * a neighbor file is written and flushed, renamed over the old one, and the folder flushed (POSIX
 * rename is atomic; the entry itself is on disk only after fsync of the folder, fsync(2)).
 * Not for two writers of one path at a time.
 */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const fresh = `${path}.new`
  const file = await open(fresh, 'w', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(fresh, path)
  const folder = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}
