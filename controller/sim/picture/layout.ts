import type { Graph, Position } from '../graph.ts'
import { springs } from './springs.ts'

/** How devices are placed where the graph does not say where they stand. */
export type Layout = 'circle' | 'grid' | 'springs'

/** Beyond this springs take too long, and a circle shows as much of such a graph. */
const MOST_SPRINGS = 1000

/** A place in the unit square for each device. */
export function placesOf(graph: Graph, layout: Layout): readonly Position[] {
  if (graph.positions !== undefined) return graph.positions
  const { size } = graph
  if (layout === 'grid') return gridPlaces(size)
  return layout === 'circle' || size > MOST_SPRINGS ? circle(size) : springs(graph, circle(size))
}

/** Around a circle, clockwise from the top. */
function circle(size: number): Position[] {
  if (size === 1) return [{ x: 0.5, y: 0.5 }]
  return Array.from({ length: size }, (_, i) => {
    const angle = (2 * Math.PI * i) / size
    return { x: 0.5 + 0.5 * Math.sin(angle), y: 0.5 - 0.5 * Math.cos(angle) }
  })
}

/** In the rows that `drawGraph` has (graphs.ts). */
function gridPlaces(size: number): Position[] {
  const width = Math.ceil(Math.sqrt(size))
  const span = Math.max(1, width - 1)
  return Array.from({ length: size }, (_, i) => ({
    x: (i % width) / span,
    y: Math.floor(i / width) / span,
  }))
}
