import { type Graph, outNeighbors, type Position } from '../graph.ts'

/** Pairs of devices that all steps together may look at: about a second. */
const WORK = 60_000_000
const MOST_STEPS = 300

/**
 * Places devices by forces: links draw their ends together, and all push each other away
 * (Fruchterman and Reingold, "Graph drawing by force-directed placement", Software: Practice and
 * Experience 21, 1991). Nothing is drawn at random.
 * @param start places to begin with, no two alike
 * @returns places that fill the unit square
 */
export function springs(graph: Graph, start: readonly Position[]): Position[] {
  const { size } = graph
  const xs = Float64Array.from(start, ({ x }) => x)
  const ys = Float64Array.from(start, ({ y }) => y)
  const out = outNeighbors(graph)
  const steps = Math.min(MOST_STEPS, Math.floor(WORK / (size * size)))
  const reach = Math.sqrt(1 / size)
  for (let step = 0; step < steps; step++) {
    const [fx, fy] = [new Float64Array(size), new Float64Array(size)]
    push(xs, ys, fx, fy, reach)
    pull(out, xs, ys, fx, fy, reach)
    // Steps become shorter, so that the picture comes to rest.
    const longest = 0.1 * (1 - step / steps)
    for (let i = 0; i < size; i++) {
      const force = Math.sqrt(at(fx, i) ** 2 + at(fy, i) ** 2)
      const scale = force === 0 ? 0 : Math.min(force, longest) / force
      xs[i] = at(xs, i) + at(fx, i) * scale
      ys[i] = at(ys, i) + at(fy, i) * scale
    }
  }
  return filling(xs, ys)
}

const at = (numbers: Float64Array, i: number): number => numbers[i] ?? 0

/** Every device pushes every other with reach^2 / distance. */
function push(
  xs: Float64Array,
  ys: Float64Array,
  fx: Float64Array,
  fy: Float64Array,
  reach: number,
): void {
  for (let i = 0; i < xs.length; i++)
    for (let j = i + 1; j < xs.length; j++) {
      const [dx, dy] = [at(xs, i) - at(xs, j), at(ys, i) - at(ys, j)]
      const share = reach ** 2 / Math.max(dx * dx + dy * dy, 1e-9)
      fx[i] = at(fx, i) + dx * share
      fy[i] = at(fy, i) + dy * share
      fx[j] = at(fx, j) - dx * share
      fy[j] = at(fy, j) - dy * share
    }
}

/** Each link pulls its ends together with distance^2 / reach. */
function pull(
  out: readonly (readonly number[])[],
  xs: Float64Array,
  ys: Float64Array,
  fx: Float64Array,
  fy: Float64Array,
  reach: number,
): void {
  out.forEach((targets, i) => {
    for (const j of targets) {
      const [dx, dy] = [at(xs, j) - at(xs, i), at(ys, j) - at(ys, i)]
      const share = Math.sqrt(dx * dx + dy * dy) / reach / 2
      fx[i] = at(fx, i) + dx * share
      fy[i] = at(fy, i) + dy * share
      fx[j] = at(fx, j) - dx * share
      fy[j] = at(fy, j) - dy * share
    }
  })
}

/** Moves and scales the places, alike in both directions, so that they just fit the unit square. */
function filling(xs: Float64Array, ys: Float64Array): Position[] {
  const [left, top] = [Math.min(...xs), Math.min(...ys)]
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top]
  const span = Math.max(width, height) || 1
  return Array.from(xs, (x, i) => ({
    x: 0.5 + (x - left - width / 2) / span,
    y: 0.5 + (at(ys, i) - top - height / 2) / span,
  }))
}
