import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Lays out a tree like the kernel's: the class folders hold symbolic links into `devices`. */
export async function fakeSysfs(
  root: string,
  entries: Readonly<Record<string, Readonly<Record<string, string | null>>>>,
): Promise<string> {
  for (const [path, attributes] of Object.entries(entries)) {
    const [family, entry] = [dirname(path), path.slice(dirname(path).length + 1)]
    const device = join(root, 'devices', family, entry)
    await mkdir(device, { recursive: true })
    await mkdir(join(root, 'class', family), { recursive: true })
    await symlink(join('../../devices', family, entry), join(root, 'class', family, entry))
    for (const [name, content] of Object.entries(attributes)) {
      // `null`: a folder in the place of the attribute, so that reading it fails with EISDIR.
      if (content === null) await mkdir(join(device, name))
      else await writeFile(join(device, name), content)
    }
  }
  return root
}
