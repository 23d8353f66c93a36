import type { GraphKind } from '../../../controller/sim/graphs.ts'
import type { Conditions } from '../../../controller/sim/passage.ts'
import type { MethodName } from '../../methods.ts'

/** Who is linked with whom: a drawn graph, or the overlay that the product assigns. */
export interface Place {
  readonly name: string
  readonly size: number
  /** Absent: assigned. */
  readonly kind?: GraphKind
}

const regular = { kind: 'regular', degree: 8 } as const

export const PLACES: readonly Place[] = [
  { name: 'ring-64', size: 64, kind: { kind: 'ring' } },
  { name: 'random-geometric-64', size: 64, kind: { kind: 'geometric' } },
  { name: 'grid-256', size: 256, kind: { kind: 'grid' } },
  { name: 'random-8-regular-64', size: 64, kind: regular },
  { name: 'random-8-regular-256', size: 256, kind: regular },
  { name: 'random-8-regular-1024', size: 1024, kind: regular },
  ...[64, 155, 1000, 1024].map((size) => ({ name: `assigned-${size}`, size })),
]

/** What messages and devices suffer. */
export interface Network {
  readonly name: string
  readonly conditions: Conditions
  /** Part of the devices that stops for good in round 20. */
  readonly crash?: number
}

const bad: Conditions = { loss: 0.3, duplicate: 0.05, delay: [0, 3] }

export const NETWORKS: readonly Network[] = [
  { name: 'ideal', conditions: { loss: 0, duplicate: 0, delay: [0, 0] } },
  { name: 'loss30', conditions: { loss: 0.3, duplicate: 0, delay: [0, 0] } },
  { name: 'bad', conditions: bad },
]
/** The network of goal 9 alone. */
const CRASHING: Network = { name: 'bad-crash10', conditions: bad, crash: 0.1 }

/** Most rounds and bytes (docs: consensus, goals) of one method on one graph and network. */
export interface Goal {
  /** Until the last device holds the exact answer. */
  readonly exact: number
  /** Until the last device knows so, where a goal says that. */
  readonly known?: number
  readonly bytes?: number
}

/** Goals 1-3, 5, 6, 8 and 9 by method, graph and network. Certified within 1.3 of exact: goal 8. */
const GOALS: Readonly<Record<string, Goal>> = {
  'flood random-geometric-64 loss30': { exact: 12, bytes: 115_000 },
  'flood random-geometric-64 bad': { exact: 30 },
  'flood ring-64 loss30': { exact: 60 },
  'flood ring-64 bad': { exact: 105 },
  'tree assigned-64 ideal': { exact: 3, bytes: 3000 },
  'tree assigned-64 loss30': { exact: 14 },
  'tree assigned-64 bad': { exact: 32 },
  'tree assigned-1024 ideal': { exact: 5 },
  'tree assigned-1024 loss30': { exact: 22 },
  'tree assigned-1024 bad': { exact: 55 },
  'ratio random-8-regular-64 ideal': { exact: 125, known: 1.3 * 125 },
  'ratio random-8-regular-64 loss30': { exact: 180, known: 1.3 * 180 },
  'ratio random-8-regular-64 bad': { exact: 310, known: 1.3 * 310 },
  'ratio random-8-regular-256 loss30': { exact: 190 },
  'ratio random-8-regular-256 bad-crash10': { exact: 390 },
}

/** One line of the table. */
export interface Cell {
  readonly place: Place
  readonly network: Network
  readonly method: MethodName
  readonly goal: Goal | undefined
}

/** All lines of these methods; the assigned tree has links of its own, so it stands on no other graph. */
export function cellsOf(methods: readonly MethodName[]): Cell[] {
  return PLACES.flatMap((place) =>
    methods
      .filter((method) => method !== 'tree' || place.kind === undefined)
      .flatMap((method) =>
        networksOf(place, method).map((network) => cell(place, network, method)),
      ),
  )
}

const cell = (place: Place, network: Network, method: MethodName): Cell => ({
  place,
  network,
  method,
  goal: GOALS[`${method} ${place.name} ${network.name}`],
})

/** The graph of 256 devices stands here for goal 9 of `ratio` and nothing else. */
const networksOf = (place: Place, method: MethodName): readonly Network[] =>
  place.name !== 'random-8-regular-256'
    ? NETWORKS
    : method !== 'ratio'
      ? []
      : [...NETWORKS.filter(({ name }) => name === 'loss30'), CRASHING]
