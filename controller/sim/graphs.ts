import { HypernetError } from '../../agent/wire/errors.ts'
import { checkConnected, type Graph, graphOf, MOST_LINKS, type Position } from './graph.ts'
import type { Dice } from './random.ts'
import { regularPairs } from './regular.ts'

/** The graphs that have a name; `regular` takes a number of neighbors. */
export type GraphKind =
  | { kind: 'complete' | 'ring' | 'grid' | 'geometric' | 'smallworld' }
  | { kind: 'regular'; degree: number }

/**
 * Draws a graph; the same kind, size and stream give the same graph.
 * @throws HypernetError `BAD_GRAPH` when there is none of this kind and size, `TOO_LARGE` above MOST_LINKS
 */
export function drawGraph(kind: GraphKind, size: number, random: Dice): Graph {
  const degree =
    kind.kind === 'complete'
      ? size - 1
      : kind.kind === 'regular'
        ? Math.min(kind.degree, size - 1)
        : 4
  if (size * degree > MOST_LINKS)
    throw new HypernetError(
      'TOO_LARGE',
      `a ${kind.kind} graph of ${size} devices has ${size * degree} links, more than ${MOST_LINKS}; take fewer devices or another graph`,
    )
  switch (kind.kind) {
    case 'complete':
      return graphOf(size, regularPairs(size, size - 1, random))
    case 'ring':
      return graphOf(size, ringPairs(size))
    case 'grid':
      return graphOf(size, gridPairs(size))
    case 'geometric':
      return geometric(size, random)
    case 'smallworld':
      return graphOf(size, smallWorldPairs(size, random))
    case 'regular':
      return checkConnected(graphOf(size, regularPairs(size, kind.degree, random)))
  }
}

const ringPairs = (size: number): [number, number][] =>
  Array.from({ length: size }, (_, i) => [i, (i + 1) % size])

/** Rows of ceil(sqrt(size)) devices; the last row may be shorter. */
function gridPairs(size: number): [number, number][] {
  const width = Math.ceil(Math.sqrt(size))
  const pairs: [number, number][] = []
  for (let i = 0; i < size; i++) {
    if ((i + 1) % width !== 0 && i + 1 < size) pairs.push([i, i + 1])
    if (i + width < size) pairs.push([i, i + width])
  }
  return pairs
}

/** A ring and one random further link from each device (Newman and Watts, 1999, with one shortcut a device). */
function smallWorldPairs(size: number, random: Dice): [number, number][] {
  const pairs = ringPairs(size)
  if (size > 3)
    for (let i = 0; i < size; i++) pairs.push([i, (i + 2 + random.below(size - 3)) % size])
  return pairs
}

/** How far the least radius that connects all is exceeded, so that no single link holds the field together. */
const MARGIN = 1.25

/** Random places in the unit square; two hear each other within a radius that is grown until all are connected. */
function geometric(size: number, random: Dice): Graph {
  const positions = Array.from({ length: size }, () => ({
    x: random.fraction(),
    y: random.fraction(),
  }))
  let radius = 1 / Math.sqrt(size)
  while (!isConnected(graphOf(size, near(positions, radius)))) radius *= 1.05
  return graphOf(size, near(positions, radius * MARGIN), positions)
}

function isConnected(graph: Graph): boolean {
  try {
    checkConnected(graph)
    return true
  } catch (error) {
    if (error instanceof HypernetError && error.code === 'BAD_GRAPH') return false
    throw error
  }
}

/** Pairs within the radius, found through cells as wide as the radius. */
function near(positions: readonly Position[], radius: number): [number, number][] {
  const cells = new Map<number, number[]>()
  const across = Math.ceil(1 / radius) + 2
  const cellOf = ({ x, y }: Position) => Math.floor(x / radius) + Math.floor(y / radius) * across
  positions.forEach((position, i) => {
    const key = cellOf(position)
    const cell = cells.get(key)
    if (cell) cell.push(i)
    else cells.set(key, [i])
  })
  const pairs: [number, number][] = []
  positions.forEach((a, i) => {
    for (let dy = -1; dy <= 1; dy++)
      for (let dx = -1; dx <= 1; dx++)
        for (const j of cells.get(cellOf(a) + dx + dy * across) ?? []) {
          const b = positions[j] as Position // the cells hold indices of positions
          if (j > i && (a.x - b.x) ** 2 + (a.y - b.y) ** 2 <= radius * radius) pairs.push([i, j])
        }
  })
  return pairs
}
