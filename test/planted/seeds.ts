import { readFileSync, writeFileSync } from 'node:fs'
import type { Found } from './hunt.ts'

const FILE = new URL('seeds.json', import.meta.url)

/** The seed at which the swarm last found each bug. One that stands in the list but not here it never found. */
export function knownSeeds(): Map<string, number> {
  const seeds = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, number> // written below
  return new Map(Object.entries(seeds))
}

export function recordSeed({ bug, seed }: Found): void {
  const seeds = knownSeeds()
  if (seed === undefined) seeds.delete(bug)
  else seeds.set(bug, seed)
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(seeds), null, 2)}\n`)
}
