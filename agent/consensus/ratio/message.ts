import { packIntegers, unpackIntegers } from '../../math/twosComplement.ts'
import { readWrapping, wrappingBytes } from '../../math/wrapping.ts'
import { type Bitset, checkedSet, has, isEmpty } from '../../wire/bitset.ts'
import { equalBytes } from '../../wire/hash.ts'
import { LIMITS } from '../../wire/limits.ts'
import { type Account, type Books, notice, rescale } from './account.ts'
import type { Range } from './bounds.ts'
import { hearWindows } from './hull.ts'
import { open, receive } from './ledger.ts'
import { lifeOf } from './lives.ts'
import { int16Bytes, int16sFrom, mergeSetup } from './setup.ts'

export interface RatioPart {
  readonly life: number
  readonly lives?: readonly { index: number; life: number; version: number }[] | undefined
  readonly setup?: { heard: Bitset; least: Uint8Array; top: Uint8Array } | undefined
  readonly scale?: Uint8Array | undefined
  readonly counters?: Uint8Array | undefined
  readonly openings?: readonly Opening[] | undefined
  readonly windows?: WindowPart | undefined
}
interface Opening {
  readonly to: number
  readonly life: number
  readonly counters: Uint8Array
}
interface PackedBounds {
  readonly low: Uint8Array
  readonly span: Uint8Array
}
interface WindowPart {
  readonly label: Uint8Array
  readonly window: number
  readonly bits?: Bitset | undefined
  readonly range?: PackedBounds | undefined
  readonly closed?: PackedBounds | undefined
  readonly sum?: Uint8Array | undefined
}

/** What a device tells its neighbors, all of them the same. Call `advance` before. */
export function partOf(account: Account): RatioPart {
  const { graph, books, lives, setup, said } = account
  const live = graph.heardBy.filter((j) => !has(account.gone, j))
  const knowUnits = books && live.every((j) => isEqual(said.get(j)?.scale, account.scaleId))
  const knowLives = books && live.every((j) => isEqual(said.get(j)?.label, books.hull.label))
  return {
    life: lifeOf(lives, graph.self),
    lives: lives.size === 0 || knowLives ? undefined : livesOf(account),
    setup: knowUnits
      ? undefined
      : {
          heard: setup.heard.bytes.slice(),
          least: int16Bytes(setup.least),
          top: int16Bytes(setup.top),
        },
    ...(books && { scale: account.scaleId, ...booksPart(account, books) }),
  }
}

const isEqual = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
  a !== undefined && equalBytes(a, b)

/** As many as a message takes, others each time. */
function livesOf(account: Account): RatioPart['lives'] {
  const all = [...account.lives]
  const start = account.livesTold % all.length
  account.livesTold = start + LIMITS.evidence
  return [...all.slice(start), ...all.slice(0, start)]
    .slice(0, LIMITS.evidence)
    .map(([index, { life, version }]) => ({ index, life, version }))
}

function booksPart({ lives }: Account, { ledger, hull }: Books): Partial<RatioPart> {
  const openings = [...lives].flatMap(([to, { life }]) => {
    const counters = life > 0 && ledger.outgoing.get(to)
    return counters ? [{ to, life, counters: wrappingBytes(counters) }] : []
  })
  return {
    counters: wrappingBytes(ledger.sent),
    openings: openings.length > 0 ? openings : undefined,
    windows: {
      label: hull.label,
      window: hull.window,
      bits: isEmpty(hull.bits.bytes) ? undefined : hull.bits.bytes.slice(),
      range: packed(hull.range),
      closed: packed(hull.closed),
      sum: hull.sum && packIntegers(hull.sum),
    },
  }
}

function packed(range: Range): PackedBounds | undefined {
  if (range === 'wide' || range === 'empty') return undefined
  const spans = range.high.map((high, k) => high - (range.low[k] ?? high))
  return { low: packIntegers(range.low), span: packIntegers(spans) }
}

/** Takes in what a neighbor tells. @returns whether anything was new */
export function hearPart(account: Account, from: number, seq: number, part: RatioPart): boolean {
  let learned = hearSetup(account, part)
  learned = notice(account, from, { life: part.life, version: 0 }) || learned
  for (const { index, ...life } of part.lives ?? []) {
    if (index < account.graph.size) learned = notice(account, index, life) || learned
  }
  account.said.set(from, { scale: part.scale, label: part.windows?.label })
  const { books } = account
  if (!books || !isEqual(part.scale, account.scaleId)) return learned
  const isNewest = hearCounters(account, books, from, seq, part)
  return hearWindowPart(account, books, from, part, isNewest) || learned
}

function hearSetup(account: Account, { setup }: RatioPart): boolean {
  if (!setup) return false
  const least = int16sFrom(setup.least, account.components)
  const top = int16sFrom(setup.top, account.components)
  if (!least || !top) return false
  const heard = checkedSet(setup.heard, account.graph.size)
  if (!mergeSetup(account.setup, least, top, heard)) return false
  rescale(account)
  return true
}

/** @returns whether the running sums were newer than all before */
function hearCounters(
  { graph, lives }: Account,
  { ledger, arrived }: Books,
  from: number,
  seq: number,
  { life, openings = [], counters }: RatioPart,
): boolean {
  if (!counters) return false
  const ours = lifeOf(lives, graph.self)
  for (const opening of openings) {
    if (opening.to !== graph.self || opening.life !== ours) continue
    if (readWrapping(opening.counters, arrived)) open(ledger, from, life, arrived.slice())
  }
  return readWrapping(counters, arrived) && receive(ledger, from, life, seq, arrived)
}

function hearWindowPart(
  { components, graph }: Account,
  { hull }: Books,
  from: number,
  { windows }: RatioPart,
  isNewest: boolean,
): boolean {
  if (!windows || !equalBytes(windows.label, hull.label)) return false
  const news = {
    window: windows.window,
    bits: windows.bits && checkedSet(windows.bits, graph.size),
    range: unpacked(windows.range, components),
    closed: unpacked(windows.closed, components),
    sum: windows.sum && unpackIntegers(windows.sum, components),
  }
  return hearWindows(hull, from, news, isNewest)
}

function unpacked(bounds: PackedBounds | undefined, components: number): Range {
  const low = bounds && unpackIntegers(bounds.low, components)
  const span = bounds && unpackIntegers(bounds.span, components)
  if (!low || !span) return 'wide'
  return { low, high: low.map((lower, k) => lower + (span[k] ?? 0n)) }
}
