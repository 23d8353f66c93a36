import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { quote } from '../../wire/ids.ts'
import { Missing } from './sensor.ts'

/** Where the kernel shows its devices; a test gives a folder of its own. */
export const SYSFS_ROOT = '/sys'

/** A sysfs attribute is at most one page (Linux Documentation/filesystems/sysfs.rst). */
const PAGE_BYTES = 4096

/** Text of an attribute without its newline. @throws Missing or the system's error */
export async function attribute(path: string): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(PAGE_BYTES), 0, PAGE_BYTES, 0)
    const text = buffer.toString('latin1', 0, bytesRead).trim()
    if (text === '') throw new Missing(`${path} is empty`)
    return text
  } finally {
    await file.close()
  }
}

/** An attribute that holds one decimal number. @throws Missing or the system's error */
export async function numberAttribute(path: string): Promise<number> {
  const text = await attribute(path)
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number(text)
  throw new Missing(`${path} holds ${quote(text)}, not a number`)
}

/** The same, or `undefined` where the attribute does not exist. */
export async function optionalAttribute(path: string): Promise<string | undefined> {
  try {
    return await attribute(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Folder of a class device, found anew at each reading, since numbers change when drivers reload.
 * @param device the entry's own name (`hwmon0`), or the content of its attribute `label` (`name`, `type`)
 * @throws Missing when there is none or more than one
 */
export async function classDevice(
  folder: string,
  entryPattern: RegExp,
  label: string,
  device: string,
): Promise<string> {
  const found: string[] = []
  for (const entry of (await readdir(folder)).sort()) {
    if (!entryPattern.test(entry)) continue
    if (entry === device) return join(folder, entry)
    const name = await attribute(join(folder, entry, label)).catch(() => undefined) // unplugged or broken: not the one
    if (name === device) found.push(join(folder, entry))
  }
  const [first, second] = found
  if (first && !second) return first
  const entries = found.map((path) => path.slice(folder.length + 1)).join(', ')
  throw new Missing(
    first
      ? `${found.length} devices in ${folder} are called ${quote(device)} (${entries}); name one of them`
      : `no device ${quote(device)} in ${folder}`,
  )
}
