import { doublesFrom, doublesTo } from '../math/doubles.ts'
import { toDoubles, vectorOf } from '../math/exactVector.ts'
import { decodeVector } from '../math/wireForm.ts'
import { add, emptySet, setOf } from '../wire/bitset.ts'
import { decodeRecord } from '../wire/codec.ts'
import type { Millis } from '../wire/ids.ts'
import { Contribution, type Exchange } from '../wire/messages.ts'
import { payloadOf } from '../wire/signature.ts'
import type { EpochContext } from './context.ts'
import type { FinalAnswer, Method, Outgoing, Remembered, Standing, Survey } from './method.ts'
import { spectrumOf } from './spectrum.ts'

/** What one device knows in one epoch of the method `laplacian`. */
export interface LaplacianState {
  readonly context: EpochContext
  readonly gain: number
  contribution: Uint8Array | undefined
  /** The statistic and the number of rows, as a mean over the devices; undefined before the contribution. */
  values: Float64Array | undefined
  readonly heard: Map<number, Neighbor>
  publishedAt: Millis
  /** When time last passed: once a period. */
  steppedAt: Millis
  /** Periods in a row that moved nothing. */
  still: number
  answer: FinalAnswer | undefined
  endedAt: Millis
  leaving: string | undefined
  isAsked: boolean
}
interface Neighbor {
  incarnation: number
  seq: number
  /** What it said since we last took a step. */
  values: Float64Array | undefined
  isDone: boolean
}

/** A device takes its values as they are when this many periods moved none by more than this part of it. */
const STILL = { periods: 10, part: 1e-9 } as const
/** Periods that a device which has ended goes on for neighbors that do not say that they have. */
const LINGER = 60

/**
 * `laplacian`: the nearest-neighbor protocol of the white paper, x += gain * sum of (their x - x), in
 * doubles. Here to be compared with, never chosen. Where nothing is lost the sum of all x stays, and each
 * comes near the mean; every lost message takes from one what the other does not get, so that under loss,
 * delay or a crash all agree on a value that is wrong. No device can know that: it stops when its values
 * move no more. Each ends with bits of its own, over the whole roster, whoever took part.
 * Source: Olfati-Saber, Fax, Murray, "Consensus and cooperation in networked multi-agent systems", Proc.
 * IEEE 95 (2007); gain 2 / (lambda2 + lambdaN) by Xiao & Boyd, Syst. Control Lett. 53 (2004), section 4.1.
 */
export const laplacian: Method<LaplacianState> = {
  name: 'laplacian',
  isPrompt: () => false,
  isAddressed: false,
  open,
  contribute,
  leave(state, reason) {
    state.leaving = reason
    state.values = undefined
  },
  claims: () => [],
  receive,
  presence() {},
  tick,
  forgive() {},
  publish,
  next,
  draft: () => undefined,
  stated() {},
  remember: ({ contribution, leaving }) => ({
    contribution,
    statement: 0,
    bound: { attempt: 0 },
    leaving,
  }),
  standing,
  survey,
  isAnnounced: () => false,
  dispute: () => undefined,
  estimate: (state) => sumsOf(state)?.slice(0, -1),
  answer: ({ answer }) => answer,
}

function open(context: EpochContext, _now: Millis, remembered?: Remembered): LaplacianState {
  const { lambda2, lambdaMax } = spectrumOf(context.hears)
  const hears = context.hears[context.self] ?? []
  const state: LaplacianState = {
    context,
    gain: lambdaMax > 0 ? 2 / (lambda2 + lambdaMax) : 0,
    contribution: undefined,
    values: undefined,
    heard: new Map(
      hears.map((j) => [j, { incarnation: 0, seq: 0, values: undefined, isDone: false }]),
    ),
    publishedAt: Number.NEGATIVE_INFINITY,
    steppedAt: Number.NEGATIVE_INFINITY,
    still: 0,
    answer: undefined,
    endedAt: Number.POSITIVE_INFINITY,
    leaving: remembered?.leaving,
    isAsked: false,
  }
  if (remembered?.contribution) contribute(state, 0, remembered.contribution)
  return state
}

function contribute(state: LaplacianState, _now: Millis, signed: Uint8Array): void {
  const contribution = decodeRecord(Contribution, payloadOf(signed))
  const sum = toDoubles(decodeVector(contribution, state.context.dimension))
  state.contribution = signed
  state.values = Float64Array.from([...sum, contribution.rows])
}

function receive(state: LaplacianState, _now: Millis, from: number, exchange: Exchange): boolean {
  const { incarnation, seq, laplacian: body } = exchange
  const neighbor = state.heard.get(from)
  const values = body && doublesFrom(body.values)
  if (!neighbor || values?.length !== state.context.dimension + 1) return false
  const isOld = incarnation === neighbor.incarnation && seq <= neighbor.seq
  if (incarnation < neighbor.incarnation || isOld) return false
  Object.assign(neighbor, { incarnation, seq, values, isDone: body?.isDone ?? false })
  if (state.answer && !neighbor.isDone) state.isAsked = true
  return true
}

/** One step a period: values come a little nearer to those that were heard of since the last. */
function tick(state: LaplacianState, now: Millis): void {
  const { values, heard, gain, context, steppedAt } = state
  if (!values || now - steppedAt < context.period) return
  state.steppedAt = now
  const told = [...heard.values()].filter((neighbor) => neighbor.values !== undefined)
  if (told.length === 0 && heard.size > 0) return
  let moved = false
  state.values = values.map((value, k) => {
    let pull = 0
    for (const theirs of told) pull += (theirs.values?.[k] ?? value) - value
    const next = value + gain * pull
    if (!(Math.abs(next - value) <= STILL.part * Math.abs(next))) moved = true
    return next
  })
  for (const neighbor of told) neighbor.values = undefined
  state.still = moved ? 0 : state.still + 1
  if (!state.answer && state.still >= STILL.periods) end(state, now)
}

/**
 * Takes the values for the answer. Models want a whole number of rows, so it is rounded, and the sums with
 * it in proportion: the rows are averaged as they are, so that a mean over rows stays what it was.
 */
function end(state: LaplacianState, now: Millis): void {
  const sums = sumsOf(state)
  const exactRows = sums?.at(-1) ?? 0
  const rows = Math.max(0, Math.round(exactRows))
  const inProportion = sums?.slice(0, -1).map((sum) => (rows > 0 ? (sum / exactRows) * rows : sum))
  if (!inProportion?.every(Number.isFinite)) return
  const { everyone } = state.context
  state.answer = {
    attempt: 0,
    contributors: everyone,
    tombstones: new Uint8Array(everyone.length),
    sum: vectorOf(inProportion),
    rows,
  }
  state.endedAt = now
}

const sumsOf = ({ values, context }: LaplacianState): number[] | undefined =>
  values && Array.from(values, (value) => value * context.size)

function publish(state: LaplacianState, now: Millis): Outgoing[] {
  state.publishedAt = now
  state.isAsked = false
  const { values, answer } = state
  if (!values) return []
  const body = { values: doublesTo(values), isDone: answer !== undefined }
  return [{ to: 'neighbors', body: { laplacian: body } }]
}

function next({ answer, heard, isAsked, leaving, publishedAt, endedAt, context }: LaplacianState) {
  const areDone = [...heard.values()].every(({ isDone }) => isDone)
  const mayRest = areDone || publishedAt - endedAt > LINGER * context.period
  if (leaving !== undefined || (answer && mayRest && !isAsked)) return Number.POSITIVE_INFINITY
  return publishedAt + context.period
}

function standing({ context, heard, answer, leaving }: LaplacianState): Standing {
  const unheard = [...heard].filter(([, { seq }]) => seq === 0).map(([j]) => j)
  return {
    contributions: answer ? context.size : 1 + heard.size - unheard.length,
    gone: 0,
    attempt: 0,
    hasVoted: false,
    isFinal: answer !== undefined,
    isExcluded: leaving !== undefined,
    waitingFor: () => unheard,
  }
}

/** The baseline tells of nobody but its neighbors. */
function survey({ context, contribution, heard, answer }: LaplacianState): Survey {
  const { size, self } = context
  const told = (which: (neighbor: Neighbor) => boolean) =>
    [...heard].filter(([, each]) => which(each)).map(([j]) => j)
  const contributed = setOf(
    size,
    told(({ seq }) => seq > 0),
  )
  const final = setOf(
    size,
    told(({ isDone }) => isDone),
  )
  if (contribution) add(contributed, self)
  if (answer) add(final, self)
  return { contributed, voted: final, final, gone: emptySet(size) }
}
