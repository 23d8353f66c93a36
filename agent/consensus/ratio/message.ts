import { packIntegers, unpackIntegers } from '../../math/twosComplement.ts'
import { readWrapping, wrappingBytes } from '../../math/wrapping.ts'
import { type Bitset, checkedSet, has, isEmpty } from '../../wire/bitset.ts'
import { equalBytes } from '../../wire/hash.ts'
import { LIMITS } from '../../wire/limits.ts'
import type { RatioBody, RatioBounds, RatioWindows } from '../../wire/ratioMessages.ts'
import { type Account, type Books, learnUnits, notice, openBooks } from './account.ts'
import type { Range } from './bounds.ts'
import { hearWindows, isRough, type WindowNews } from './hull.ts'
import { open, receive } from './ledger.ts'
import { lifeOf } from './lives.ts'
import { FRACTION } from './scale.ts'
import { int16Bytes, int16sFrom, mergeSetup } from './setup.ts'
import { spreadBytes, spreadFrom } from './spread.ts'

/** What a device tells its neighbors, all of them the same. Call `advance` before. */
export function bodyOf(account: Account): RatioBody {
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
function livesOf(account: Account): RatioBody['lives'] {
  const all = [...account.lives]
  const start = account.livesTold % all.length
  account.livesTold = start + LIMITS.evidence
  return [...all.slice(start), ...all.slice(0, start)]
    .slice(0, LIMITS.evidence)
    .map(([index, { life, version }]) => ({ index, life, version }))
}

function booksPart({ lives }: Account, { ledger, hull }: Books): Partial<RatioBody> {
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
      spread: isRough(hull) ? spreadBytes(hull.spread) : undefined,
    },
  }
}

function packed(range: Range): RatioBounds | undefined {
  if (range === 'wide' || range === 'empty') return undefined
  const spans = range.high.map((high, k) => high - (range.low[k] ?? high))
  return { low: packIntegers(range.low), span: packIntegers(spans) }
}

/** Bytes of the longest body that books lead to, but for openings and lives. */
export function roomFor({ scale, ledger }: Books, size: number): number {
  const bounds = Math.ceil((scale.bits + FRACTION + 8) / 8)
  return 4 * ledger.held.length + (4 * bounds + 8) * scale.exponents.length + size / 4
}

/** Takes in what a neighbor tells. @returns whether anything was new */
export function hearBody(account: Account, from: number, seq: number, body: RatioBody): boolean {
  let learned = hearSetup(account, body)
  learned = notice(account, from, { life: body.life, version: 0 }) || learned
  for (const { index, ...life } of body.lives ?? []) {
    if (index < account.graph.size) learned = notice(account, index, life) || learned
  }
  const { books, scaleId } = account
  const isOurScale = isEqual(body.scale, scaleId)
  // What is the same as ours is kept as ours: compared again each round, it must not cost a look into a message.
  const scale = isOurScale ? scaleId : body.scale
  const label = sameAs(body.windows?.label, books?.hull.label)
  const said = account.said.get(from)
  if (said) {
    said.scale = scale
    said.label = label
  } else account.said.set(from, { scale, label })
  if (!books || !isOurScale) return learned
  const isNewest = hearCounters(account, books, from, seq, body)
  return hearWindowsOf(account, books, from, body, isNewest) || learned
}

const sameAs = (told: Uint8Array | undefined, ours: Uint8Array | undefined) =>
  told && ours && equalBytes(told, ours) ? ours : told

function hearSetup(account: Account, { setup }: RatioBody): boolean {
  if (!setup) return false
  const least = int16sFrom(setup.least, account.components)
  const top = int16sFrom(setup.top, account.components)
  if (!least || !top) return false
  const heard = checkedSet(setup.heard, account.graph.size)
  const { isFiner, isWider } = mergeSetup(account.setup, least, top, heard)
  if (isFiner) learnUnits(account)
  else if (isWider) openBooks(account)
  return isFiner || isWider
}

/** @returns whether the running sums were newer than all before */
function hearCounters(
  { graph, lives }: Account,
  { ledger, arrived }: Books,
  from: number,
  seq: number,
  { life, openings = [], counters }: RatioBody,
): boolean {
  if (!counters) return false
  const ours = lifeOf(lives, graph.self)
  for (const opening of openings) {
    if (opening.to !== graph.self || opening.life !== ours) continue
    if (readWrapping(opening.counters, arrived)) open(ledger, from, life, arrived.slice())
  }
  return readWrapping(counters, arrived) && receive(ledger, from, life, seq, arrived)
}

function hearWindowsOf(
  { components, graph }: Account,
  { hull }: Books,
  from: number,
  { windows }: RatioBody,
  isNewest: boolean,
): boolean {
  if (!windows || !equalBytes(windows.label, hull.label)) return false
  return hearWindows(hull, from, new Told(windows, components, graph.size), isNewest)
}

/** What a message says of windows, unpacked when it is asked for. @throws HypernetError `BAD_MESSAGE` when its set does not fit */
class Told implements WindowNews {
  readonly window: number
  readonly bits: Bitset | undefined
  private readonly said: RatioWindows
  private readonly components: number

  constructor(said: RatioWindows, components: number, size: number) {
    this.window = said.window
    this.bits = said.bits && checkedSet(said.bits, size)
    this.said = said
    this.components = components
  }

  range(): Range {
    return unpacked(this.said.range, this.components)
  }

  closed(): Range {
    return unpacked(this.said.closed, this.components)
  }

  sum(): bigint[] | undefined {
    return this.said.sum && unpackIntegers(this.said.sum, this.components)
  }

  spread() {
    return this.said.spread && spreadFrom(this.said.spread)
  }
}

function unpacked(bounds: RatioBounds | undefined, components: number): Range {
  const low = bounds && unpackIntegers(bounds.low, components)
  const span = bounds && unpackIntegers(bounds.span, components)
  if (!low || !span) return 'wide'
  return { low, high: low.map((lower, k) => lower + (span[k] ?? 0n)) }
}
