import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Packages with native parts name one optional package a platform. A registry mirror that lacks those of
 * other platforms makes npm write a lock file without them, which `npm ci` then refuses everywhere. This
 * adds what is missing: `npm run lock` after each change of the dependencies.
 */
interface Locked {
  version?: string
  optionalDependencies?: Record<string, string>
  dev?: boolean
}
interface LockFile {
  packages: Record<string, Locked>
}

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'win32']
const PROCESSORS = [
  'arm64',
  'x64',
  'arm',
  'ia32',
  'ppc64',
  's390x',
  'riscv64',
  'loong64',
  'mips64el',
]

/** Optional packages that a lock file names and does not hold: place, name and version. */
export function missingFrom({
  packages,
}: LockFile): { at: string; name: string; version: string; dev: boolean }[] {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {}, dev = false }]) =>
    Object.entries(optionalDependencies).flatMap(([name, version]) => {
      const at = `node_modules/${name}`
      return packages[at] || packages[`${path}/${at}`] ? [] : [{ at, name, version, dev }]
    }),
  )
}

/** Adds the entries that are missing, with the platform that their names tell. */
export function completed(lock: LockFile): LockFile {
  const added = missingFrom(lock).map(({ at, name, version, dev }) => {
    const words = name.split(/[/-]/)
    const only = (known: readonly string[]) =>
      known.filter((each) => words.includes(each)).slice(0, 1)
    const entry = {
      version,
      cpu: only(PROCESSORS),
      ...(dev ? { dev } : {}),
      ...(words.includes('musl') ? { libc: ['musl'] } : {}),
      optional: true,
      os: only(SYSTEMS),
    }
    return [at, entry] as const
  })
  const packages = [...Object.entries(lock.packages), ...added].sort(([a], [b]) => (a < b ? -1 : 1))
  return { ...lock, packages: Object.fromEntries(packages) }
}

export const LOCK_FILE = fileURLToPath(new URL('../package-lock.json', import.meta.url))

if (import.meta.main) {
  const lock = JSON.parse(readFileSync(LOCK_FILE, 'utf8')) as LockFile
  writeFileSync(LOCK_FILE, `${JSON.stringify(completed(lock), null, 2)}\n`)
}
