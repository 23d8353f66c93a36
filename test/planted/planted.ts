import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { bugs } from './bugs.ts'
import { copyWith, hunt, MOST } from './hunt.ts'
import { knownSeeds, recordSeed } from './seeds.ts'

/**
 * `npm run planted -- [--bug NAME]... [--seeds 5000] [--seconds 1200] [--from 1] [--workers 2]`: plants each bug of
 * the list that the swarm has found before in a copy of the source and lets the swarm loose on it, with the seed
 * of then first; one JSON line a bug. Exits 1 if one is not found. `--all`: also the bugs that it never found.
 * `--record` writes where each was found to seeds.json.
 * `npm run planted -- --bug NAME --seed N`: one seed with the bug, and its complaint.
 */
const { values } = parseArgs({
  options: {
    bug: { type: 'string', multiple: true },
    all: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    seed: { type: 'string' },
    seeds: { type: 'string', default: '5000' },
    from: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '1200' },
    workers: { type: 'string', default: '2' },
  },
})
const known = knownSeeds()
const isWanted = (name: string) => values.bug?.includes(name) ?? (values.all || known.has(name))
const wanted = bugs.filter(({ name }) => isWanted(name))
const [first] = wanted
if (first === undefined || (values.seed !== undefined && wanted.length > 1)) {
  process.stderr.write(`planted: wanted --bug ${bugs.map(({ name }) => name).join('|')}\n`)
  process.exit(2)
}
if (values.seed !== undefined) {
  const folder = copyWith(first)
  const given = ['--method', first.method, '--seed', values.seed, '--most', String(MOST)]
  const { status } = spawnSync(process.execPath, ['test/swarm/swarm.ts', ...given], {
    cwd: folder,
    stdio: 'inherit',
  })
  rmSync(folder, { recursive: true, force: true })
  process.exit(status ?? 1)
}

const reach = {
  from: Number(values.from),
  seeds: Number(values.seeds),
  milliseconds: 1000 * Number(values.seconds),
}
const waiting = wanted[Symbol.iterator]()
await Promise.all(
  Array.from({ length: Number(values.workers) }, async () => {
    for (const bug of waiting) {
      const found = await hunt(bug, reach, known.get(bug.name))
      if (values.record) recordSeed(found)
      process.stdout.write(`${JSON.stringify(found)}\n`)
      if (!found.found) process.exitCode = 1
    }
  }),
)
