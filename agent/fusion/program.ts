import { toDouble } from '../math/dyadic.ts'
import { componentOf, type ExactVector, toDoubles, vectorOf } from '../math/exactVector.ts'
import { HypernetError } from '../wire/errors.ts'
import { digest, utf8ToBytes } from '../wire/hash.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Model } from '../wire/modelMessage.ts'
import type { ProgramCall, ProgramEnd } from '../wire/programCall.ts'
import type { CompiledModel, Kind, Steps } from './kind.ts'
import type { ProgramResult } from './results.ts'
import { countOf, refuse } from './statistics.ts'

/** 32-bit words of the SHA-256 of a result by which devices see that they ended with the same one. */
const WORDS = 4
/** After the vector: devices that have ended, the words of their results, and devices. */
const REST = 1 + WORDS + 1

/** Runs that the sums of one result may go into, where devices leave: so many times those that the program may ask for. */
const RUNS = 2

const steps: Steps = {
  // The last sum of a run is of results.
  most: (model) => RUNS * (sumsOf(model) + 1),
  start: () => new Float64Array(),
  next({ model }, at, sum) {
    const { length } = settingsOf(model)
    const { ended, devices } = standing(model, sum)
    const run = runOf(model, at)
    const taken = run.before + run.sums.length + 1
    // What a program is given must be of the same devices in each sum: those that remain begin again.
    if (run.devices !== undefined && devices < run.devices)
      return taken < RUNS * (sumsOf(model) + 1) ? Float64Array.of(taken) : undefined
    if (ended > 0 || run.sums.length >= sumsOf(model)) return undefined
    const vector = toDoubles(sum).slice(0, length)
    // What is beyond doubles would not travel.
    if (!vector.every(Number.isFinite)) return undefined
    return Float64Array.of(...at, ...vector, devices)
  },
}

/** The sums since the program last began. */
interface Run {
  /** Sums before that. */
  readonly before: number
  readonly sums: readonly Float64Array[]
  /** Those that are in each of them; undefined: none was taken. */
  readonly devices: number | undefined
}

/** @param at of each sum of a run its vector and the devices in it; before them how many sums were taken before the run, where some were */
function runOf(model: Model, at: Float64Array): Run {
  const size = settingsOf(model).length + 1
  const head = at.length % size
  const count = (at.length - head) / size
  return {
    before: head === 0 ? 0 : (at[0] ?? 0),
    sums: Array.from({ length: count }, (_, k) =>
      at.slice(head + k * size, head + (k + 1) * size - 1),
    ),
    devices: count === 0 ? undefined : at.at(-1),
  }
}

/**
 * A function that the user wrote (agent/sandbox). Sums [its vector, devices that have ended, four words of the SHA-256 of what
 * they ended with, devices]: each sum is given to the program of each device, which goes on from there, until all
 * have ended. Since a result rests on sums alone, all end with the same one, and the last sum shows it.
 */
export const program: Kind = {
  multiplies: false,
  isPartial: true,
  reads: { response: false, terms: [1, LIMITS.terms] },
  dimension: (model) => settingsOf(model).length + REST,
  check(model) {
    const { length, sums } = settingsOf(model)
    const isSized = Number.isInteger(length) && length >= 1 && length <= LIMITS.programLength
    const fits = Number.isInteger(sums) && sums >= 1 && sums * (length + 1) <= LIMITS.stepFigures
    if (isSized && fits && model.code !== undefined && model.values?.length === 2) return
    throw new HypernetError(
      'BAD_JOB',
      `a program has its code, sums vectors of 1 to ${LIMITS.programLength} numbers, and may ask for as many as fit ${LIMITS.stepFigures} numbers`,
    )
  },
  // Programs see rows as they are.
  isUsable: () => true,
  addRow() {
    throw new HypernetError('INVARIANT', 'rows of a program are summed by the program')
  },
  steps,
  result({ model }, sum, _after, at, told): ProgramResult {
    const { length } = settingsOf(model)
    const { ended, devices } = standing(model, sum)
    const run = runOf(model, at)
    const sums = run.sums.length
    if (run.devices !== undefined && devices < run.devices) {
      throw new HypernetError(
        'PROGRAM_OUTPUT',
        'devices left between two sums, and there were none left for those that remained to begin again; allow more sums, or run the job again',
      )
    }
    if (ended === 0) {
      throw new HypernetError(
        'PROGRAM_OUTPUT',
        sums >= sumsOf(model)
          ? `the program asked for more than ${sumsOf(model)} sums, the most that the job allows`
          : 'a sum is beyond the range of doubles (1.8e308); scale what the program sums',
      )
    }
    if (ended < devices) {
      throw new HypernetError(
        'PROGRAM_OUTPUT',
        `after ${sums} sums ${ended} of ${devices} devices had ended and the others had not: how many sums a program asks for must rest on sums alone`,
      )
    }
    const words = componentsAt(sum, length + 1, WORDS)
    if (told === undefined || !wordsOf(told).every((word, k) => word * devices === words[k])) {
      throw new HypernetError(
        'PROGRAM_OUTPUT',
        'the devices ended with different results: a result must rest on sums alone, not on the rows of one device',
      )
    }
    return { program: JSON.parse(told) as ProgramResult['program'], sums, devices }
  },
}

/** How a device runs its program now. @param at sums so far */
export function programCall(
  { model }: CompiledModel,
  rows: readonly ReadonlyMap<string, number | null>[],
  at: Float64Array,
): ProgramCall {
  const { names: columns = [], code = '' } = model
  const { length } = settingsOf(model)
  const { sums: history, devices } = runOf(model, at)
  const values = rows.map((row) => columns.map((name) => row.get(name) ?? null))
  const input = { columns, rows: values, history, length }
  return { code, input: devices === undefined ? input : { ...input, devices } }
}

/** What a device puts into the sum once its program has spoken. */
export function programShare({ model }: CompiledModel, end: ProgramEnd): ExactVector {
  const { length } = settingsOf(model)
  const share = new Float64Array(length + REST)
  if (end.kind === 'share') share.set(end.vector.subarray(0, length))
  else share.set([1, ...wordsOf(end.text)], length)
  share[length + REST - 1] = 1
  return vectorOf(share)
}

function wordsOf(text: string): number[] {
  const bytes = digest(utf8ToBytes(text))
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return Array.from({ length: WORDS }, (_, k) => view.getUint32(4 * k))
}

function settingsOf({ values }: Model): { readonly length: number; readonly sums: number } {
  const [length = 0, sums = 0] = values ?? []
  return { length, sums }
}
const sumsOf = (model: Model): number => settingsOf(model).sums

/** @throws HypernetError `BAD_MESSAGE` for a sum that no devices have */
function standing(model: Model, sum: ExactVector): { ended: number; devices: number } {
  const { length } = settingsOf(model)
  const devices = countOf(sum, length + REST - 1)
  const [ended = 0] = componentsAt(sum, length, 1)
  if (!Number.isSafeInteger(ended) || ended < 0 || ended > devices)
    refuse(`${ended} of ${devices} devices ended`)
  return { ended, devices }
}

const componentsAt = (sum: ExactVector, from: number, count: number): number[] =>
  Array.from({ length: count }, (_, k) => {
    const { mantissa, exponent } = componentOf(sum, from + k)
    return toDouble(mantissa, exponent)
  })
