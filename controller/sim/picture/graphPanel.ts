import type { Graph, Position } from '../graph.ts'
import type { Frame } from './errorPanel.ts'
import { type Layout, placesOf } from './layout.ts'
import { element, escaped, label, point } from './svg.ts'

/** How a device ended, as far as the picture tells it. */
export type Ending = 'answered' | 'unanswered' | 'crashed' | 'liar'

/** What the panel shows of a run. */
export interface GraphPanel {
  readonly graph: Graph
  readonly layout: Layout
  /** For each device. */
  readonly endings: readonly Ending[]
  readonly names: readonly string[]
}

/** Most links that are drawn: the lines of more could not be told apart. */
const MOST_LINKS = 20_000
/** Opacities of links: the worst, the best, and how many kinds are told apart. */
const FAINT = 0.25
const SHADES = 5
const LEGEND: readonly (readonly [Ending, string])[] = [
  ['answered', 'ended with an answer'],
  ['unanswered', 'without an answer'],
  ['crashed', 'crashed'],
  ['liar', 'lied'],
]

/** Draws who heard whom, and how each device ended. */
export function graphPanel({ graph, layout, endings, names }: GraphPanel, frame: Frame): string {
  const radius = Math.max(1.5, Math.min(6, 40 / Math.sqrt(graph.size)))
  const inset = radius + 4
  const at = placesOf(graph, layout).map(({ x, y }) => ({
    x: frame.left + inset + x * (frame.right - frame.left - 2 * inset),
    y: frame.top + inset + y * (frame.bottom - frame.top - 2 * inset),
  }))
  const every = Math.max(1, Math.ceil(graph.links.length / MOST_LINKS))
  const width = Math.max(0.3, Math.min(1.2, 20 / Math.sqrt(graph.links.length)))
  return element(
    'g',
    { id: 'graph' },
    element('g', { 'stroke-width': width }, ...linkPaths(graph, at, radius, every)),
    ...at.map((place, i) => mark(place, radius, endings[i] ?? 'unanswered', names[i])),
    label(frame.left, frame.top - 8, headline(graph, every), { class: 'quiet' }),
    ...legend(endings, frame),
  )
}

function headline({ links, size }: Graph, every: number): string {
  const kept = every === 1 ? '' : `, one in ${every} of them drawn`
  return `who hears whom: ${size} devices, ${links.length} directed links${kept}`
}

/**
 * Links by how much they deliver. Each is drawn from its sender, up to the middle where the other end
 * sends as well, so that both directions show; otherwise to the end, with a head.
 */
function linkPaths(graph: Graph, at: readonly Position[], radius: number, every: number): string[] {
  const known = new Set(graph.links.map(({ from, to }) => from * graph.size + to))
  const shades = Array.from({ length: SHADES }, (): string[] => [])
  graph.links.forEach(({ from, to, delivery }, k) => {
    const [start, end] = [at[from], at[to]]
    if (!start || !end || delivery === 0 || k % every !== 0) return
    const isMutual = known.has(to * graph.size + from)
    shades[Math.ceil(delivery * SHADES) - 1]?.push(
      isMutual ? half(start, end) : arrow(start, end, radius),
    )
  })
  return shades.flatMap((parts, shade) => {
    const opacity = FAINT + ((1 - FAINT) * (shade + 1)) / SHADES
    return parts.length === 0
      ? []
      : [element('path', { class: 'link', opacity: String(opacity.toFixed(2)), d: parts.join('') })]
  })
}

const half = (from: Position, to: Position): string =>
  `M${point(from.x, from.y)}L${point((from.x + to.x) / 2, (from.y + to.y) / 2)}`

function arrow(from: Position, to: Position, radius: number): string {
  const length = Math.sqrt((to.x - from.x) ** 2 + (to.y - from.y) ** 2) || 1
  const [ux, uy] = [(to.x - from.x) / length, (to.y - from.y) / length]
  const tip = { x: to.x - ux * (radius + 1), y: to.y - uy * (radius + 1) }
  const side = (turn: number) => point(tip.x - 6 * ux + turn * uy, tip.y - 6 * uy - turn * ux)
  return `M${point(from.x, from.y)}L${point(tip.x, tip.y)}M${side(3)}L${point(tip.x, tip.y)}L${side(-3)}`
}

function mark({ x, y }: Position, radius: number, ending: Ending, name?: string): string {
  const title = name === undefined ? [] : [element('title', {}, escaped(name))]
  if (ending === 'crashed') {
    const r = radius * 0.8
    const d = `M${point(x - r, y - r)}L${point(x + r, y + r)}M${point(x - r, y + r)}L${point(x + r, y - r)}`
    return element('path', { class: ending, d }, ...title)
  }
  return element('circle', { class: ending, cx: x, cy: y, r: radius }, ...title)
}

function legend(endings: readonly Ending[], { left, bottom }: Frame): string[] {
  const present = LEGEND.flatMap(([ending, text]) => {
    const count = endings.filter((each) => each === ending).length
    return count === 0 ? [] : [{ ending, text: `${count} ${text}` }]
  })
  return present.map(({ ending, text }, k) => {
    const place = { x: left + 6 + 190 * (k % 2), y: bottom + 17 + 17 * Math.floor(k / 2) }
    return mark(place, 5, ending) + label(place.x + 11, place.y + 4, text)
  })
}
