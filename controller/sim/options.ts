import { HypernetError } from '../../agent/wire/errors.ts'
import { quote } from '../../agent/wire/ids.ts'
import type { Order } from '../../agent/wire/messages.ts'
import type { GraphKind } from './graphs.ts'
import { MOST_DEVICES } from './mostDevices.ts'
import type { Conditions } from './passage.ts'

/** Options of `hypernet simulate` as they were typed, without the dashes; absent where not given. */
export interface OptionTexts {
  readonly devices?: string | undefined
  readonly assign?: string | undefined
  readonly graph?: string | undefined
  readonly method?: string | undefined
  readonly loss?: string | undefined
  readonly delay?: string | undefined
  readonly duplicate?: string | undefined
  readonly crash?: string | undefined
  readonly join?: string | undefined
  readonly liars?: string | undefined
  readonly seed?: string | undefined
  readonly 'max-rounds'?: string | undefined
}

/** The same, read. */
export interface RehearsalOptions {
  /** Absent: one a row. */
  readonly devices: number | undefined
  readonly assign:
    | { readonly kind: 'round-robin' }
    | { readonly kind: 'column'; readonly name: string }
  /** Absent: the overlay that the product would draw. */
  readonly graph: GraphKind | { readonly kind: 'file'; readonly name: string } | undefined
  /** Absent: as the job says. */
  readonly method: Order['method'] | undefined
  readonly conditions: Conditions
  readonly crash: { readonly fraction: number; readonly round: number } | undefined
  readonly join: { readonly count: number; readonly round: number } | undefined
  /** Part of the devices that lie. */
  readonly liars: number
  readonly seed: number
  /** Absent: until the job's own timeout. */
  readonly maxRounds: number | undefined
}

const MOST_ROUNDS = 1_000_000
const MOST_DELAY = 1000

/** @throws HypernetError `BAD_USAGE` naming the option, what was found and what was wanted */
export function readOptions(texts: OptionTexts): RehearsalOptions {
  const delay = optional(texts.delay, delayOf)
  return {
    devices: optional(texts.devices, (text) => whole('devices', text, 1, MOST_DEVICES)),
    assign: assignOf(texts.assign),
    graph: optional(texts.graph, graphOf),
    method: optional(texts.method, methodOf),
    conditions: {
      loss: optional(texts.loss, (text) => chance('loss', text)) ?? 0,
      duplicate: optional(texts.duplicate, (text) => chance('duplicate', text)) ?? 0,
      delay: delay ?? [0, 0],
    },
    crash: optional(texts.crash, crashOf),
    join: optional(texts.join, joinOf),
    liars: optional(texts.liars, (text) => part('liars', text)) ?? 0,
    seed: optional(texts.seed, (text) => whole('seed', text, 0, Number.MAX_SAFE_INTEGER)) ?? 1,
    maxRounds: optional(texts['max-rounds'], (text) => whole('max-rounds', text, 1, MOST_ROUNDS)),
  }
}

const optional = <T>(text: string | undefined, read: (text: string) => T): T | undefined =>
  text === undefined ? undefined : read(text)

const wrong = (option: string, found: string, wanted: string): HypernetError =>
  new HypernetError('BAD_USAGE', `--${option}: found ${quote(found)}, wanted ${wanted}.`)

function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw wrong(option, text, `a whole number from ${least} to ${most}`)
}

/** A chance below 1: with certain loss nothing would ever arrive. */
const chance = (option: string, text: string): number => below1(option, text, 'a chance')

/** A part of the devices, not all of them: somebody must be left to agree. */
const part = (option: string, text: string): number => below1(option, text, 'a part')

function below1(option: string, text: string, what: string): number {
  const value = Number(text)
  if (/^(\d+\.?\d*|\.\d+)$/.test(text) && value < 1) return value
  throw wrong(option, text, `${what} from 0 to below 1, such as 0.3`)
}

function delayOf(text: string): [number, number] {
  const match = /^(\d{1,4})(?:\.\.(\d{1,4}))?$/.exec(text)
  const least = Number(match?.[1])
  const most = Number(match?.[2] ?? match?.[1])
  if (match && least <= most && most <= MOST_DELAY) return [least, most]
  throw wrong('delay', text, `rounds as MIN..MAX up to ${MOST_DELAY}, such as 0..3`)
}

function crashOf(text: string): { fraction: number; round: number } {
  const match = /^(0|1|0?\.\d+|0\.\d*)@(\d{1,7})$/.exec(text)
  const fraction = Number(match?.[1])
  if (match && fraction < 1) return { fraction, round: Number(match[2]) }
  throw wrong('crash', text, 'FRACTION@ROUND with a fraction below 1, such as 0.1@5')
}

function joinOf(text: string): { count: number; round: number } {
  const match = /^(\d{1,5})@(\d{1,7})$/.exec(text)
  if (match) return { count: Number(match[1]), round: Number(match[2]) }
  throw wrong('join', text, 'COUNT@ROUND, such as 3@10')
}

function assignOf(text: string | undefined): RehearsalOptions['assign'] {
  if (text === undefined || text === 'round-robin') return { kind: 'round-robin' }
  const name = /^column:(.+)$/.exec(text)?.[1]
  if (name !== undefined) return { kind: 'column', name }
  throw wrong('assign', text, 'round-robin or column:NAME')
}

const NAMED = ['complete', 'ring', 'grid', 'geometric', 'smallworld'] as const

function graphOf(text: string): NonNullable<RehearsalOptions['graph']> {
  const named = NAMED.find((kind) => kind === text)
  if (named !== undefined) return { kind: named }
  const degree = /^regular:(\d{1,4})$/.exec(text)?.[1]
  if (degree !== undefined && Number(degree) >= 2)
    return { kind: 'regular', degree: Number(degree) }
  if (/\.csv$/i.test(text)) return { kind: 'file', name: text }
  throw wrong(
    'graph',
    text,
    'complete, ring, grid, geometric, smallworld, regular:K with K from 2, or a file FILE.csv',
  )
}

const METHODS = [
  'flood',
  'tree',
  'ratio',
  'laplacian',
  'commit',
] as const satisfies Order['method'][]

function methodOf(text: string): Order['method'] | undefined {
  if (text === 'auto') return undefined
  const named = METHODS.find((name) => name === text)
  if (named) return named
  throw wrong('method', text, `${['auto', ...METHODS].join(', ').replace(/, (\w+)$/, ' or $1')}`)
}
