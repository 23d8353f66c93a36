import { constants } from 'node:fs'
import { access, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { SOFTWARE } from '../../../agent/wire/version.ts'
import type { Finding } from '../doctor.ts'

/** The first Node that runs TypeScript by erasing types without a flag (Node 22.18 release notes). */
const LEAST_NODE = [22, 18] as const
/** Processors with 64-bit addresses that Node is built for. */
const WIDE = ['x64', 'arm64', 'ppc64', 's390x', 'riscv64', 'loong64']

/** @param version such as `24.21.0`, the Node that runs this */
export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [wantedMajor, wantedMinor] = LEAST_NODE
  const fits = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
  const found = `${version}, wanted ${LEAST_NODE.join('.')} or newer.`
  if (fits) return { check: 'node', state: 'ok', found }
  return { check: 'node', state: 'fail', found, fix: 'Install a newer Node, or run: npm ci' }
}

/** @param arch the processor as Node names it */
export function processorFinding(arch: string): Finding {
  const found = `${arch}, wanted a 64-bit one.`
  if (WIDE.includes(arch)) return { check: 'processor', state: 'ok', found }
  const fix = 'Install a 64-bit system and a 64-bit Node.'
  return { check: 'processor', state: 'fail', found, fix }
}

/** A wall clock that is plainly wrong breaks certificates and makes logs useless. */
export function clockFinding(unixMilliseconds: number): Finding {
  const year = new Date(unixMilliseconds).getUTCFullYear()
  const found = `${new Date(unixMilliseconds).toISOString()}`
  if (year >= 2024 && year < 2100) return { check: 'clock', state: 'ok', found: `${found}.` }
  const fix = 'Set the clock: timedatectl set-ntp true'
  return { check: 'clock', state: 'fail', found: `${found}, wanted 2024 to 2099.`, fix }
}

/** Whether the controller can keep its state: makes and removes a folder beside it. */
export async function stateFinding(stateFolder: string): Promise<Finding> {
  const there = await exists(stateFolder)
  const folder = there ? stateFolder : await nearestFolder(stateFolder)
  try {
    const probe = await mkdtemp(join(folder, '.doctor-'))
    await rm(probe, { recursive: true })
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code
    const fix = `Give this user the right to write there: chown -R $USER ${folder}`
    return { check: 'state', state: 'fail', found: `cannot write in ${folder} (${reason}).`, fix }
  }
  const found = there ? `${stateFolder} is writable.` : `${stateFolder} will be made in ${folder}.`
  return { check: 'state', state: 'ok', found }
}

/**
 * Whether keys and passwords are for their owner alone (mode 600).
 * @param named key files that lie elsewhere; one that is missing is told by what needs it
 */
export async function keysFinding(
  stateFolder: string,
  named: readonly string[] = [],
): Promise<Finding> {
  const secrets: string[] = []
  const open: string[] = []
  const below = (await filesBelow(stateFolder)).filter((path) =>
    /(\.key|password|(^|\/)broker\.json)$/.test(path),
  )
  for (const path of new Set([...below, ...named])) {
    const found = await stat(path).catch(() => undefined)
    if (!found) continue
    secrets.push(path)
    if (found.mode & 0o077) open.push(path)
  }
  if (open.length > 0) {
    const found = `others can read ${open.join(', ')}.`
    return { check: 'keys', state: 'fail', found, fix: `Run: chmod 600 ${open.join(' ')}` }
  }
  const found = secrets.length === 0 ? 'none yet.' : `${secrets.length} with mode 600.`
  return { check: 'keys', state: 'ok', found }
}

/** Mosquitto is wanted only by those who use it as their broker, or its tools to watch. */
export async function mosquittoFinding(path: string | undefined): Promise<Finding> {
  const tools: string[] = []
  for (const tool of ['mosquitto', 'mosquitto_sub']) {
    for (const folder of [...(path ?? '').split(delimiter), '/usr/sbin']) {
      if (folder !== '' && (await isProgram(join(folder, tool)))) {
        tools.push(tool)
        break
      }
    }
  }
  if (tools.length === 2) return { check: 'mosquitto', state: 'ok', found: 'installed.' }
  const found = tools.length === 0 ? 'not installed (optional).' : `only ${tools[0]} (optional).`
  const fix = 'To get it: apt-get install mosquitto mosquitto-clients'
  return { check: 'mosquitto', state: 'note', found, fix }
}

/** @param installed version that package.json names @param controller version that the controller told, if any */
export function versionFinding(installed: string, controller: string | undefined): Finding {
  const versions = [`command ${SOFTWARE}`, `package ${installed}`]
  if (controller !== undefined) versions.push(`controller ${controller}`)
  const found = `${versions.join(', ')}.`
  if (installed === SOFTWARE && (controller ?? SOFTWARE) === SOFTWARE)
    return { check: 'versions', state: 'ok', found }
  const fix = 'Install one version everywhere, and restart: hypernet up'
  return { check: 'versions', state: 'fail', found, fix }
}

async function filesBelow(folder: string): Promise<string[]> {
  if (!(await exists(folder))) return []
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
}

async function nearestFolder(path: string): Promise<string> {
  const above = dirname(path)
  return above === path || (await exists(above)) ? above : nearestFolder(above)
}

const exists = (path: string): Promise<boolean> => allowed(path, constants.F_OK)
const isProgram = (path: string): Promise<boolean> => allowed(path, constants.X_OK)
const allowed = (path: string, mode: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  )
