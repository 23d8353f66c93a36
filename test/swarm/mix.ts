import { mostSums } from '../../agent/fusion/model.ts'
import { fleetId, jobId, type SensorId, sensorId } from '../../agent/wire/ids.ts'
import type { Order } from '../../agent/wire/messages.ts'
import type { Model } from '../../agent/wire/modelMessage.ts'
import { PROTOCOL } from '../../agent/wire/version.ts'
import { checkConnected, type Graph } from '../../controller/sim/graph.ts'
import { drawGraph, type GraphKind } from '../../controller/sim/graphs.ts'
import type { Conditions } from '../../controller/sim/passage.ts'
import { type Dice, streams } from '../../controller/sim/random.ts'
import type { Fault, Scenario, SimDevice } from '../../controller/sim/scenario.ts'
import { type MethodName, orderBy } from '../methods.ts'

/** Rounds after which an agent gives an epoch up. Linear iterations take thousands on poor graphs. */
const TIMEOUT: Readonly<Record<MethodName, number>> = {
  flood: 1200,
  tree: 1200,
  ratio: 40_000,
  laplacian: 20_000,
  commit: 1200,
}
/** Rounds after that in which the run ends. */
const GRACE = 300
/** Faults happen in the first rounds: that is where they can hurt. */
const TROUBLED = 40

/** What is drawn for. */
export interface Draw {
  readonly method: MethodName
  /** Most devices: small fleets run fast, and most bugs need no more. */
  readonly most?: number | undefined
  /** Of a model that takes several sums in a row. */
  readonly steps?: boolean | undefined
}

/** Windowed jobs: some draw two epochs, the second opens while the first may still be under way. */
const WINDOWED = { chance: 0.1, rounds: [100, 400], epochs: 2 } as const

/** Draws a scenario with everything that can go wrong; the same seed draws the same. */
export function drawScenario(seed: number, { method, most, steps }: Draw): Scenario {
  const dice = streams(seed)('swarm')
  const isLinear = method === 'ratio' || method === 'laplacian'
  const drawn = drawSize(dice)
  const isTooLarge = method === 'ratio' && drawn > MEDIUM && seed % FEW_LARGE !== 0
  const bound = most ?? (isTooLarge ? MEDIUM : undefined)
  const size = bound === undefined ? drawn : 1 + (drawn % bound)
  const conditions = drawConditions(dice)
  const declared = drawNeighbors(dice, size, seed, conditions.loss)
  // The tree assigns its own links. Linear iterations take rounds without end where many hang on few links.
  const graph = method === 'tree' || (isLinear && isPoor(declared)) ? undefined : declared
  const signatures = size <= 12 && dice.chance(0.04)
  const drawnOrder = windowed(orderBy(drawOrder(dice, TIMEOUT[method]), method), seed)
  const order = steps ? inSteps(drawnOrder) : drawnOrder
  return {
    order,
    devices: Array.from({ length: size }, (_, i) => drawDevice(dice, i, isLinear)),
    columns: ['x', 'y'].map((id) => ({ id: sensorId(id), unit: '' })),
    graph,
    conditions,
    // The baseline knows nothing of devices that go or come back.
    faults:
      method === 'laplacian'
        ? []
        : drawFaults(dice, size).filter((fault) => isMastered(method, fault)),
    seed,
    maxRounds:
      (mostSums(order.model) * order.timeout + (order.window.every ?? 0)) / order.period + GRACE,
    signatures,
    audited: method === 'ratio',
    codec: dice.chance(0.15),
    scattered: dice.chance(0.2),
    linger: dice.pick([0, 5, 30]),
    replay: [
      `npm run swarm -- --method ${method} --seed ${seed}`,
      ...(most === undefined ? [] : [`--most ${most}`]),
      ...(steps ? ['--steps'] : []),
    ].join(' '),
  }
}

const MEDIUM = 40
/** By ratio a large fleet takes as long as twenty small ones: one seed in so many may draw one. */
const FEW_LARGE = 10

function drawSize(dice: Dice): number {
  const kind = dice.fraction()
  if (kind < 0.3) return 1 + dice.below(9)
  if (kind < 0.85) return 9 + dice.below(32)
  return MEDIUM + 1 + dice.below(40)
}

/** Least chance of a message to arrive that agents provide for (agent/consensus/agreement/silence.ts). */
const WORST_DELIVERY = 0.14
/** Poor links on graphs of this size are slow enough. */
const MOST_POOR = 16

/** @param loss of the whole network, on top of what a link loses */
function drawNeighbors(dice: Dice, size: number, seed: number, loss: number): Graph | undefined {
  if (size > 1 && size <= MOST_POOR && dice.chance(0.3)) return drawPoor(dice, size, loss)
  const kinds: (GraphKind | undefined)[] = [
    ...new Array<undefined>(5).fill(undefined),
    { kind: size <= 24 ? 'complete' : 'grid' },
    { kind: size <= 40 ? 'ring' : 'smallworld' },
    { kind: 'grid' },
    { kind: 'geometric' },
    { kind: 'smallworld' },
    { kind: 'regular', degree: 4 },
  ]
  const kind = dice.pick(kinds)
  const weak = dice.chance(0.3)
  if (kind === undefined) return undefined
  const graph = drawGraph(kind, size, streams(seed)('graph'))
  if (!weak) return graph
  return checkConnected({
    ...graph,
    links: graph.links.map((link) => ({ ...link, delivery: 1 - dice.fraction() * 0.5 })),
  })
}

/** More than a few devices with hardly more links than a ring, or links that let little through. */
const isPoor = (graph: Graph | undefined): boolean =>
  graph !== undefined &&
  graph.size > 6 &&
  (graph.links.length <= 2 * graph.size || graph.links.some(({ delivery }) => delivery < 0.4))

/** Graphs that hang on single links, which let little through; some of them one way. */
function drawPoor(dice: Dice, size: number, loss: number): Graph {
  const all = Array.from({ length: size }, (_, i) => i)
  const both = (from: number, to: number) => [
    { from, to },
    { from: to, to: from },
  ]
  const shape = dice.pick(['path', 'star', 'ring', 'oneWayRing'] as const)
  const links = {
    path: all.slice(1).flatMap((i) => both(i - 1, i)),
    star: all.slice(1).flatMap((i) => both(0, i)),
    ring: all
      .map((i) => ({ from: i, to: (i + 1) % size }))
      .flatMap(({ from, to }) => both(from, to)),
    oneWayRing: all.map((i) => ({ from: i, to: (i + 1) % size })),
  }[size < 3 ? 'path' : shape]
  const least = Math.min(1, WORST_DELIVERY / (1 - loss))
  const best = dice.pick([least, 0.5, 1])
  return checkConnected({
    size,
    links: links.map((link) => ({
      ...link,
      delivery: Math.min(1, least + dice.fraction() * Math.max(0, best - least)),
    })),
  })
}

function drawConditions(dice: Dice): Conditions {
  return {
    loss: dice.pick([0, 0, 0.1, 0.3, 0.3, 0.5, dice.fraction() / 2]),
    duplicate: dice.pick([0, 0.05, 0.3]),
    delay: dice.pick([
      [0, 0],
      [0, 0],
      [0, 1],
      [0, 3],
      [1, 4],
    ] as const),
  }
}

function drawFaults(dice: Dice, size: number): Fault[] {
  if (size < 2 || dice.chance(0.15)) return []
  if (dice.chance(0.1)) return drawLatecomers(dice, size)
  const order = dice.shuffle(Array.from({ length: size }, (_, i) => i))
  if (size > 4 && dice.chance(0.25)) return drawTangle(dice, order)
  const faults: Fault[] = []
  const round = () => dice.below(TROUBLED)
  const silently = dice.chance(0.3)
  // Somebody must be left to end.
  const take = (most: number): number[] =>
    order.splice(0, Math.min(dice.below(Math.floor(most) + 1), Math.max(0, order.length - 1)))
  if (dice.chance(0.6)) {
    const together = dice.chance(0.3) ? round() : undefined
    for (const device of take(Math.max(1, size * dice.pick([0.1, 0.1, 0.2, 0.3]))))
      faults.push({
        kind: 'crash',
        device,
        at: together ?? round(),
        silently,
        ...(dice.chance(0.6) ? { reach: dice.fraction() } : {}),
      })
  }
  if (dice.chance(0.5))
    for (const device of take(dice.pick([2, 2, size * 0.3])))
      faults.push(drawMoment(dice, device, silently))
  if (dice.chance(0.3))
    for (const device of take(3)) faults.push({ kind: 'join', device, at: 1 + round() })
  if (dice.chance(0.35)) for (const device of take(3)) faults.push(...drawRestarts(dice, device))
  if (dice.chance(0.15)) {
    const at = round()
    const share = dice.fraction()
    const sides = Array.from({ length: size }, () => (dice.chance(share) ? 1 : 0))
    faults.push({ kind: 'partition', sides, at, until: at + dice.pick([3, 10, 40, 150]) })
  }
  if (dice.chance(0.1)) {
    const at = round()
    faults.push({ kind: 'brokerCrash', at, until: at + dice.pick([1, 5, 30]) })
  }
  return faults
}

/**
 * What makes votes differ and answers hang on a few: some are gone from the beginning, so that all wait for
 * their burial; some stop about when that is over, others in the middle of telling a vote, a lock or an
 * answer, which only few hear; and some of those come back with what they had written.
 * @param order the devices, shuffled
 */
function drawTangle(dice: Dice, order: number[]): Fault[] {
  const left = Math.ceil(order.length * 0.4)
  const take = (most: number): number[] =>
    order.splice(0, Math.min(1 + dice.below(most), Math.max(0, order.length - left)))
  const mute = take(2).map((device): Fault => ({ kind: 'crash', device, at: 0, reach: 0 }))
  const during = take(3).map((device): Fault => {
    const at = 8 + dice.below(30)
    return { kind: 'crash', device, at, reach: dice.fraction() }
  })
  const telling = (['vote', 'lock', 'final'] as const).flatMap((moment) =>
    dice.chance(0.3) ? [] : take(2).map((device) => ({ moment, device })),
  )
  const moments = telling.flatMap(({ moment, device }): Fault[] => {
    const ending: Fault = { kind: 'crashOn', device, moment, reach: dice.fraction() ** 2 }
    const at = 15 + dice.below(60)
    return dice.chance(0.5) ? [ending] : [ending, { kind: 'restart', device, at, memory: 'kept' }]
  })
  return [...mute, ...during, ...moments]
}

/** An end in the middle of telling what others may count on. */
const drawMoment = (dice: Dice, device: number, silently: boolean): Fault => ({
  kind: 'crashOn',
  device,
  moment: dice.pick(['vote', 'lock', 'final'] as const),
  reach: dice.fraction(),
  silently,
})

/** Half of the roster or more stops, some come late: most after they were given up, some when all is over. */
function drawLatecomers(dice: Dice, size: number): Fault[] {
  const order = dice.shuffle(Array.from({ length: size }, (_, i) => i))
  const away = Math.min(size - 1, Math.floor(size * (0.5 + dice.fraction() * 0.4)))
  const late = 1 + dice.below(Math.min(away, 5))
  const silently = dice.chance(0.3)
  return order.slice(0, away).map((device, k): Fault => {
    if (k < late)
      return { kind: 'join', device, at: 1 + dice.below(dice.pick([TROUBLED, 100, 300])) }
    return { kind: 'crash', device, at: dice.below(dice.pick([1, 10])), silently }
  })
}

/**
 * Whether a method is known to end after a fault. By ratio no mass passes a device that lost its memory and
 * so takes no part: where nothing else connects two parts they may wait for each other (docs/consensus.md).
 */
const isMastered = (method: MethodName, fault: Fault): boolean =>
  method !== 'ratio' || !(fault.kind === 'restart' && fault.memory === 'lost')

/** One or two restarts of a device, after being away for a while or none. */
function drawRestarts(dice: Dice, device: number): Fault[] {
  const faults: Fault[] = []
  let at = dice.below(TROUBLED)
  for (let k = 0; k <= dice.below(2); k++) {
    if (k === 0 && dice.chance(0.3)) faults.push(drawMoment(dice, device, false))
    else if (dice.chance(0.7)) faults.push({ kind: 'crash', device, at, reach: dice.fraction() })
    at += 1 + dice.below(dice.pick([3, 20, 60]))
    faults.push({
      kind: 'restart',
      device,
      at,
      memory: dice.pick(['kept', 'kept', 'lost'] as const),
    })
    at += 1 + dice.below(20)
  }
  return faults
}

const MODELS: readonly Model[] = [
  { type: 'average', response: ['x'] },
  { type: 'sum', response: [['*', 2], 'x', 'y'] },
  { type: 'leastSquares', response: ['y'], terms: [[1], ['x']], names: ['1', 'x'] },
]

function drawOrder(dice: Dice, timeout: number): Order {
  const period = dice.pick([10, 100, 500])
  return {
    version: PROTOCOL,
    job: jobId('swarm'),
    fleet: fleetId('lab') as unknown as Order['fleet'], // the schema brands it as a job id
    generation: 1,
    model: dice.pick(MODELS),
    sensors: ['x', 'y'].map((id) => ({ id: sensorId(id) as SensorId, unit: '' })),
    window: { late: 0 },
    method: 'flood',
    period,
    timeout: timeout * period,
  }
}

/** A fit that goes on for a few sums, whatever the readings are. */
const inSteps = (order: Order): Order => ({
  ...order,
  model: {
    type: 'nonlinearLeastSquares',
    response: ['y'],
    terms: [
      [['*', 2], 'a', ['tanh', 1], ['*', 2], 'b', 'x'],
      [['tanh', 1], ['*', 2], 'b', 'x'],
      ['x'],
    ],
    names: ['a', 'b'],
    values: Float64Array.of(5, 1, -1e6, 1e6, 1e-3, -1e6, 1e6),
  },
})

/** The dice are of their own: what other seeds draw stays. */
function windowed(order: Order, seed: number): Order {
  const dice = streams(seed)('swarm/windows')
  if (!dice.chance(WINDOWED.chance)) return order
  const every = dice.pick(WINDOWED.rounds) * order.period
  return { ...order, window: { every, late: every / 2 }, epochs: WINDOWED.epochs }
}

/** @param isShort numbers of a few dozen bits: the rounds of linear iterations grow with those between the least and the largest */
const drawDevice = (dice: Dice, index: number, isShort: boolean): SimDevice => ({
  name: `d${String(index).padStart(3, '0')}`,
  rows: Array.from({ length: dice.pick([0, 1, 1, 1, 1, 3]) }, () => [
    drawReading(dice, isShort),
    drawReading(dice, isShort),
  ]),
})

/** Numbers as sensors give them: measured, counted, missing, tiny, huge. */
function drawReading(dice: Dice, isShort: boolean): number | null {
  const kind = dice.below(10)
  if (kind < 5) return (dice.fraction() - 0.5) * 1000
  if (kind < 7) return dice.below(4096)
  if (kind === 7) return null
  const wide = (dice.fraction() - 0.5) * 10 ** (dice.below(61) - 30)
  return isShort ? dice.below(2 ** 20) / 256 : wide
}
