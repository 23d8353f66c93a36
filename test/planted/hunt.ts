import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Bug, planted } from './bug.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** What the swarm needs of the repository. */
const PARTS = [
  'package.json',
  'agent',
  'controller',
  'test/methods.ts',
  'test/scenarios',
  'test/swarm',
]

/** Devices of a fleet at most: a bug that needs more would have to be sought with more. */
export const MOST = 20

/** How a hunt ended. */
export interface Found {
  readonly bug: string
  readonly found: boolean
  readonly seed?: number
  /** `false`: a wrong answer or a broken invariant; `stuck`: a device that lives has no answer. */
  readonly verdict?: 'false' | 'stuck'
  readonly complaint?: string
  readonly seeds: number
  readonly seconds: number
  readonly replay: string
}

/** How far to look. */
export interface Reach {
  readonly from: number
  readonly seeds: number
  readonly milliseconds: number
}

/** A copy of the source with the bug in it. The caller removes it. */
export function copyWith(bug: Bug): string {
  const folder = mkdtempSync(join(tmpdir(), 'hn-planted-'))
  for (const part of PARTS) {
    mkdirSync(dirname(join(folder, part)), { recursive: true })
    cpSync(join(root, part), join(folder, part), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const edit of bug.edits) {
    const file = join(folder, edit.file)
    writeFileSync(file, planted(readFileSync(file, 'utf8'), edit))
  }
  return folder
}

/**
 * Lets the swarm loose on the source with the bug, until a seed does not agree that does without the bug.
 * @param first a seed to try before all others
 */
export async function hunt(
  bug: Bug,
  { from, seeds, milliseconds }: Reach,
  first?: number,
): Promise<Found> {
  const started = performance.now()
  const folder = copyWith(bug)
  const record = join(folder, 'seeds')
  const upTo = from + seeds
  let next = from
  let find: Line | undefined
  let tried = 0
  try {
    if (first !== undefined) {
      const path = `${record}-first`
      await swarm(folder, bug, ['--seed', String(first), '--record', path], milliseconds)
      const last = linesOf(`${path}-${bug.method}.jsonl`).at(-1)
      tried = 1
      if (last && last.verdict !== 'agreed' && (await agreesWithout(bug, first))) find = last
    }
    while (find === undefined && next < upTo) {
      const left = milliseconds - (performance.now() - started)
      const given = ['--from', String(next), '--seeds', String(upTo - next), '--record', record]
      const isLate = left <= 0 || (await swarm(folder, bug, ['--first', ...given], left)) === 'late'
      const lines = linesOf(`${record}-${bug.method}.jsonl`)
      const last = lines.at(-1)
      next = from + lines.length
      if (last && last.verdict !== 'agreed' && (await agreesWithout(bug, last.seed))) find = last
      if (isLate) break
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const common = {
    bug: bug.name,
    seeds: tried + next - from,
    seconds: Math.round((performance.now() - started) / 100) / 10,
    replay: `npm run planted -- --bug ${bug.name}${find ? ` --seed ${find.seed}` : ''}`,
  }
  if (!find || find.verdict === 'agreed') return { ...common, found: false }
  const { seed, verdict, complaint = '' } = find
  return { ...common, found: true, seed, verdict, complaint: complaint.split('\n')[0] ?? '' }
}

/** Whether a seed agrees on the source as it is: what fails there tells nothing of the bug. */
const agreesWithout = async (bug: Bug, seed: number): Promise<boolean> =>
  (await swarm(root, bug, ['--seed', String(seed)], Infinity)) === 'agreed'

/** Runs the swarm of a copy in a group of processes of its own, for so long. */
async function swarm(
  folder: string,
  { method }: Bug,
  given: readonly string[],
  milliseconds: number,
): Promise<'agreed' | 'failed' | 'late'> {
  const common = ['--method', method, '--workers', '1', '--most', String(MOST)]
  const child = spawn(process.execPath, ['test/swarm/swarm.ts', ...common, ...given], {
    cwd: folder,
    stdio: 'ignore',
    detached: true,
  })
  let isLate = false
  const timer = setTimeout(
    () => {
      isLate = true
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    },
    Math.min(milliseconds, 2 ** 31 - 1),
  )
  const [code] = (await once(child, 'exit')) as [number | null]
  clearTimeout(timer)
  return isLate ? 'late' : code === 0 ? 'agreed' : 'failed'
}

interface Line {
  readonly seed: number
  readonly verdict: 'agreed' | 'false' | 'stuck'
  readonly complaint?: string
}

function linesOf(file: string): Line[] {
  try {
    const text = readFileSync(file, 'utf8')
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line) // test/swarm/record.ts
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
