import { constants, type Stats } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { HypernetError } from '../wire/errors.ts'
import { formatSize } from '../wire/units.ts'

/**
 * Reads a whole file that a person named. Nothing is waited for: a pipe or a device, which may have
 * no end, is refused unread. At most one byte more than `most` is read.
 * @param most bytes
 * @throws HypernetError `NOT_FOUND` where there is no such file or it may not be read, `TOO_LARGE`;
 *   the message is a sentence that does not name the path
 */
export async function readRegularFile(path: string, most: number): Promise<Buffer> {
  try {
    const found = await stat(path)
    if (!found.isFile()) throw refusal(`this is a ${kindOf(found)}, wanted a file.`)
    if (found.size > most) throw tooLarge(found.size, most)
    // Should it have become a pipe since then, opening it does not wait for a writer.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)) // none in Windows
    return await readWithin(file.createReadStream({ end: most }), most)
  } catch (error) {
    throw error instanceof HypernetError ? error : refusal(sentence(error), error)
  }
}

/**
 * Reads a stream to its end, or gives up behind `most` bytes.
 * @throws HypernetError `TOO_LARGE`
 */
export async function readWithin(stream: AsyncIterable<Buffer>, most: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of stream) {
    size += part.length
    if (size > most) throw tooLarge(undefined, most)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** @param size bytes; absent where nobody counted to the end */
export function tooLarge(size: number | undefined, most: number): HypernetError {
  const found = size === undefined ? `more than ${most}` : `${size}`
  return new HypernetError(
    'TOO_LARGE',
    `found ${found} bytes, wanted at most ${most} (${formatSize(most)}).`,
  )
}

const refusal = (text: string, cause?: unknown): HypernetError =>
  new HypernetError('NOT_FOUND', text, cause)

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'folder'
  if (found.isFIFO()) return 'pipe'
  return found.isSocket() ? 'socket' : 'device'
}

function sentence(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException // node:fs throws nothing else
  if (code === 'ENOENT') return 'no such file. Check the path.'
  if (code === 'ENOTDIR') return 'no such file: a folder of the path is a file. Check the path.'
  if (code === 'EACCES') return 'this file may not be read by this user. Check its mode.'
  return `cannot be read: ${message}.`
}
