import { type Adjacency, neighborsOf } from '../../agent/consensus/overlay.ts'
import type { Roster } from '../../agent/wire/messages.ts'
import { someOf } from '../../agent/wire/words.ts'

/**
 * Says which devices hold a roster's graph together alone, and what to do about that: when one of them
 * leaves, the others fall into parts that end with an answer each. Nothing where any one may leave.
 */
export function weaknessOf(roster: Roster): string | undefined {
  const names = cutDevices(neighborsOf(roster)).map((i) => roster.members[i]?.id ?? `#${i}`)
  if (names.length === 0) return undefined
  const one = names.length === 1 ? 'it leaves' : 'one of them leaves'
  return `the declared links hang on ${someOf(names)}: if ${one}, the others fall apart and each part answers for itself; add neighbors in agent.yaml, or spec.consensus.longLinks: 2`
}

/**
 * The devices without which the rest of a graph falls into more parts, ascending. Links count both ways.
 * One depth-first search: a device is one where some child in the search has no way from below it to
 * above it (Hopcroft & Tarjan, Algorithm 447, Comm. ACM 16, 1973).
 */
export function cutDevices(adjacency: Adjacency): number[] {
  const linked = bothWays(adjacency)
  const found = new Int32Array(linked.length).fill(-1)
  const highest = new Int32Array(linked.length)
  const cuts = new Set<number>()
  let time = 0
  for (let root = 0; root < linked.length; root++) {
    if (found[root] !== -1) continue
    const open = [{ at: root, next: 0, children: 0 }]
    found[root] = highest[root] = time++
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const neighbor = linked[top.at]?.[top.next++]
      if (neighbor === undefined) {
        open.pop()
        const above = open.at(-1)
        if (!above) {
          if (top.children > 1) cuts.add(root)
          continue
        }
        highest[above.at] = Math.min(highest[above.at] ?? 0, highest[top.at] ?? 0)
        if (above.at !== root && (highest[top.at] ?? 0) >= (found[above.at] ?? 0))
          cuts.add(above.at)
      } else if (found[neighbor] === -1) {
        top.children++
        found[neighbor] = highest[neighbor] = time++
        open.push({ at: neighbor, next: 0, children: 0 })
      } else highest[top.at] = Math.min(highest[top.at] ?? 0, found[neighbor] ?? 0)
    }
  }
  return [...cuts].sort((a, b) => a - b)
}

function bothWays(adjacency: Adjacency): number[][] {
  const sets = adjacency.map((list) => new Set(list))
  adjacency.forEach((list, i) => {
    for (const j of list) sets[j]?.add(i)
  })
  return sets.map((set) => [...set])
}
