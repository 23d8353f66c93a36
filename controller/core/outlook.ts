import { type Choice, choose, type MethodName } from '../../agent/consensus/choose.ts'
import { diameterOf } from '../../agent/consensus/diameter.ts'
import { type Adjacency, DEGREE, neighborsOf, regular } from '../../agent/consensus/overlay.ts'
import { scaleOf } from '../../agent/consensus/ratio/scale.ts'
import { type Spectrum, spectrumOf } from '../../agent/consensus/spectrum.ts'
import { childrenOf, parentOf, treeOverlay } from '../../agent/consensus/treeOverlay.ts'
import { dimensionOf } from '../../agent/fusion/model.ts'
import type { JobId } from '../../agent/wire/ids.ts'
import type { FusionJob } from '../../agent/wire/job.ts'
import type { Order } from '../../agent/wire/messages.ts'
import type { ShareSize } from './exampleShare.ts'
import { type Ready, rosterOf } from './roster.ts'
import { weaknessOf } from './weakness.ts'

/** Least and most of a figure; the same where it is known. */
export interface Range {
  readonly least: number
  readonly most: number
}

/** Who talks to whom. */
export interface Overlay {
  readonly kind: 'everyone' | 'random' | 'tree' | 'declared'
  /** Neighbors of a device. */
  readonly degree?: Range
  /** Random links that each device adds to its declared ones. */
  readonly longLinks?: number
  /** Levels of a tree below its root. */
  readonly depth?: number
  readonly spectrum?: Spectrum
  readonly diameter?: Range
  /** Which devices hold it together alone, and what to do. */
  readonly weakness?: string
}

/** How the devices of a job would agree, and what that costs each of them, when nothing is lost. */
export interface Outlook extends Choice {
  readonly devices: number
  readonly overlay: Overlay
  /** Rounds until every device holds the answer, or is near it, and until every device knows that all do. */
  readonly rounds?: Range
  readonly roundsInAll?: Range
  /** What one device sends. */
  readonly messages?: Range
  readonly bytes?: Range
}

/** Seed of the graph that stands for those that the controller will draw. */
const EXAMPLE_SEED = 1
/** Bytes that flood sends at most, as multiples of all contributions: entries that cross on several links at once. */
const FLOOD_MOST = 2.7
/** Envelope of a message, without its sets and vectors. */
const ENVELOPE = 60
/** Labels of units and windows, and what bounds a window tells: as counted for 2 to 7 components. */
const RATIO_HEAD = 80
/** How often news cross the graph beside the iteration of `ratio`: units, and windows of the mean. */
const CROSSINGS = 4
/** Relative error at which an inexact method is taken to be done. */
const INEXACT = 1e-9
/** A signed commitment, as it was counted. */
const COMMITMENT = 190
/** Digests in one step of a tree's proof, with what names it: nine of 32 bytes and one more. */
const PROOF_DIGESTS = 350

/**
 * What is to be expected of a job.
 * @param fleet the devices that match, or how many there may be: then declared links are not known
 * @param share size of what one device adds to the sum
 */
export function outlookOf(
  job: FusionJob,
  order: Order,
  fleet: readonly Ready[] | number,
  share: ShareSize,
): Outlook {
  const { neighbors, method: wanted } = job.spec.consensus
  const isDeclared = neighbors === 'declared'
  const devices = typeof fleet === 'number' ? fleet : fleet.length
  const dimension = dimensionOf(order.model)
  // Declared links are taken both ways.
  const isStreaming = order.window.follow !== undefined
  const isReplicated = (order.data?.replicas ?? 1) > 1
  const isPaid = job.spec.market !== undefined
  const isGated = order.model.robust === 'gate'
  const graph = { isDeclared, isDirected: false, isStreaming, isReplicated, isPaid, isGated }
  const choice = choose({ size: devices, dimension, wanted, ...graph })
  const overlay = isDeclared
    ? declaredOverlay(job, order, fleet)
    : freeOverlay(choice, devices, order.job)
  const rounds = Math.ceil((order.window.follow ?? 0) / order.period)
  const sizes = { devices, dimension, contribution: share.bytes, bits: share.bits }
  const cost = costOf(choice.method, overlay, { ...sizes, following: rounds })
  return { ...choice, devices, overlay, ...cost }
}

function freeOverlay({ method }: Choice, devices: number, job: JobId): Overlay {
  if (method === 'tree') return treeOf(devices, job)
  const kind = devices <= DEGREE + 1 ? 'everyone' : 'random'
  return { kind, ...figuresOf(regular(devices, DEGREE, EXAMPLE_SEED)) }
}

function treeOf(devices: number, job: JobId): Overlay {
  const tree = treeOverlay(devices, { job, epoch: 0 })
  const links = Array.from({ length: devices }, (_, i) => {
    const parent = parentOf(tree, i)
    return parent === undefined ? childrenOf(tree, i) : [parent, ...childrenOf(tree, i)]
  })
  return { kind: 'tree', depth: tree.depth, ...figuresOf(links) }
}

function declaredOverlay(job: FusionJob, order: Order, fleet: readonly Ready[] | number): Overlay {
  const { longLinks } = job.spec.consensus
  const begin = { kind: 'declared' as const, ...(longLinks > 0 ? { longLinks } : {}) }
  if (typeof fleet === 'number') return begin
  const roster = rosterOf(fleet, {
    job: order.job,
    order: new Uint8Array(32),
    generation: 0,
    firstEpoch: 0,
    seed: EXAMPLE_SEED,
    neighbors: 'declared',
    longLinks,
  })
  const weakness = weaknessOf(roster)
  return { ...begin, ...figuresOf(neighborsOf(roster)), ...(weakness ? { weakness } : {}) }
}

function figuresOf(hears: Adjacency) {
  const degrees = hears.map((list) => list.length)
  const degree = { least: Math.min(...degrees), most: Math.max(...degrees) }
  return { degree, spectrum: spectrumOf(hears), diameter: diameterOf(hears) }
}

type Cost = Pick<Outlook, 'rounds' | 'roundsInAll' | 'messages' | 'bytes'>

interface Sizes {
  readonly devices: number
  readonly dimension: number
  readonly contribution: number
  /** Of the longest component. */
  readonly bits: number
  /** Rounds in which readings are followed, before those that stand are agreed on. */
  readonly following: number
}

function costOf(method: MethodName, overlay: Overlay, sizes: Sizes): Cost {
  switch (method) {
    case 'flood':
      return floodCost(overlay, sizes)
    case 'commit':
      return commitCost(
        floodCost(overlay, sizes),
        floodCost(overlay, { ...sizes, contribution: COMMITMENT }),
      )
    case 'tree':
      return treeCost(overlay, sizes)
    case 'ratio':
    case 'laplacian':
      return iterationCost(method, overlay, sizes)
  }
}

/** Contributions cross the graph, then the votes; each message carries the set of what its sender holds. */
function floodCost({ diameter }: Overlay, { devices, contribution }: Sizes): Cost {
  const all = devices * contribution
  if (!diameter) return { bytes: { least: all, most: Math.round(FLOOD_MOST * all) } }
  const inAll = { least: 2 * diameter.least, most: 2 * diameter.most }
  const messages = { least: inAll.least + 1, most: inAll.most + 1 }
  const head = ENVELOPE + devices / 8
  const bytes = {
    least: Math.round(all + messages.least * head),
    most: Math.round(FLOOD_MOST * all + messages.most * head),
  }
  return { rounds: diameter, roundsInAll: inAll, messages, bytes }
}

const plus = (a: Range | undefined, b: Range | undefined): Range | undefined =>
  a && b && { least: a.least + b.least, most: a.most + b.most }

/** Nothing is shown before all know that the first pass is over. */
function commitCost(opening: Cost, commitments: Cost): Cost {
  const rounds = plus(opening.rounds, commitments.roundsInAll)
  const roundsInAll = plus(opening.roundsInAll, commitments.roundsInAll)
  const messages = plus(opening.messages, commitments.messages)
  const bytes = plus(opening.bytes, commitments.bytes)
  return {
    ...(rounds && { rounds }),
    ...(roundsInAll && { roundsInAll }),
    ...(messages && { messages }),
    ...(bytes && { bytes }),
  }
}

/**
 * Sums go up, the total comes down at once, then its proof level by level, then votes go up. Most
 * devices have none below: they send their contribution, their vote, and a question where they wait.
 * The proof, two sums a level, is what costs those with others below.
 */
function treeCost({ depth = 0 }: Overlay, { devices, contribution }: Sizes): Cost {
  const head = ENVELOPE + Math.ceil(devices / 8)
  const proof = depth * (2 * (contribution + devices / 8) + PROOF_DIGESTS)
  return {
    rounds: exactly(depth + 1),
    roundsInAll: exactly(3 * depth + 1),
    messages: { least: 2, most: 4 },
    bytes: {
      least: Math.round(2 * head + contribution),
      most: Math.round(4 * head + contribution + proof),
    },
  }
}

/**
 * Every round shrinks the error by the same factor, which the spectrum tells. By ratio the units are
 * learned first, and the windows that bound the mean cross the graph before and after it is exact.
 */
function iterationCost(
  method: 'ratio' | 'laplacian',
  { spectrum, diameter }: Overlay,
  { devices, dimension, bits, following }: Sizes,
): Cost {
  if (!spectrum || !diameter) return {}
  const { gap, lambda2, lambdaMax } = spectrum
  const isRatio = method === 'ratio'
  // The Laplacian's best step is 2 / (lambda2 + lambdaMax) (Xiao & Boyd, Systems & Control Letters 53, 2004).
  const rounds = isRatio
    ? roundsTo(devices * 2 ** (bits + 1), 1 - gap) + CROSSINGS * (diameter.most + 1)
    : roundsTo(1 / INEXACT, (lambdaMax - lambda2) / (lambdaMax + lambda2))
  const inAll = isRatio ? rounds + diameter.most : rounds
  const messages = inAll + following + 1
  const counters = 4 * scaleOf([], bits).limbs * (dimension + 1)
  const message = isRatio ? RATIO_HEAD + counters + devices / 8 : 8 * dimension
  return {
    rounds: exactly(rounds),
    // Nobody knows of an approximation that all are near it.
    ...(isRatio ? { roundsInAll: exactly(inAll) } : {}),
    messages: exactly(messages),
    bytes: exactly(messages * (ENVELOPE + message)),
  }
}

/** Rounds after which an error that each multiplies by `factor` has become `parts` times smaller. */
const roundsTo = (parts: number, factor: number): number =>
  factor <= 0 ? 1 : Math.ceil(Math.log(parts) / -Math.log(factor))

const exactly = (figure: number): Range => ({ least: figure, most: figure })
