import { add, type Bitset, count, has } from '../../wire/bitset.ts'
import { hullOf, type Range, soleSum } from './bounds.ts'
import { type Interval, lookAt, newSpread, type Spread, turn, widen } from './spread.ts'
import { covers, newWordSet, unite, type WordSet } from './wordSet.ts'

/**
 * How a device comes to know that its sum is the sum. Time is cut into windows that all devices pass
 * together: in window w each contributes the range that the means of its mass, held and sent, had since
 * it joined w - 1, once each neighbor that it hears has delivered a message of w - 1 or later. A window
 * is closed when all who live have contributed; the next begins.
 *
 * Two successive closed windows hold the network's mean. Let t be when the last device contributed to w.
 * Running sums are cumulative, so mass on its way from j to i at t left j after j had joined w - 1, and
 * its mean is in what j contributed to w or to w + 1; so is that of what j holds at t. No mass is lost,
 * and so the network's mean is a weighted mean of these. When only one whole number, divided by the
 * number of devices, lies in the hull of both windows, it is the sum.
 *
 * All of it counts under one label, which says who is gone and who has started over or put in other
 * values; whoever learns of more first applies it to its books, and begins anew.
 */
export interface Hull {
  readonly self: number
  label: Uint8Array
  live: WordSet
  count: number
  /** The open window. */
  window: number
  /** Who contributed to it, as far as we know, and the hull of what they contributed. */
  bits: WordSet
  range: Range
  /** Hull of the window that was closed last. */
  closed: Range
  /** Our own range since we joined the previous window, and since we joined this one. */
  before: Range
  since: Range
  /** The newest window of which each live neighbor that we hear has delivered a message. */
  readonly heard: Map<number, number>
  /** The certified sum of all who live, in units of the scale. */
  sum: readonly bigint[] | undefined
  readonly spread: Spread
}

/** What a message under the same label says of windows; bits are absent where they would be empty. */
export interface WindowNews {
  readonly window: number
  readonly bits: Bitset | undefined
  /** These are read only where they can still tell something: most messages bring what is known. */
  range(): Range
  closed(): Range
  sum(): readonly bigint[] | undefined
  spread(): Pick<Spread, 'open' | 'closed'> | undefined
}

const NEVER = -2

/** Windows under a label, from the first. @param hears the live neighbors that the device hears */
export function newHull(
  size: number,
  self: number,
  label: Uint8Array,
  live: WordSet,
  hears: readonly number[],
): Hull {
  return {
    self,
    label,
    live,
    count: count(live.bytes),
    window: 0,
    bits: newWordSet(size),
    range: 'empty',
    closed: 'wide',
    before: 'empty',
    since: 'empty',
    heard: new Map(hears.map((j) => [j, NEVER])),
    sum: undefined,
    spread: newSpread(),
  }
}

/** Whether another range of the device's own would still change anything. */
export const isWatching = ({ before, since }: Hull): boolean =>
  before !== 'wide' || since !== 'wide'

/** Whether it can only be told roughly how far the sum is. */
export const isRough = ({ sum, closed }: Hull): boolean => sum === undefined && closed === 'wide'

/**
 * One tick: takes in the range of what the device held and sent in it, contributes where it may, and closes
 * windows that are full.
 * @param range `empty` while the device holds no weight
 * @param mean what was held, roughly and as one number (spread.ts)
 */
export function passWindows(hull: Hull, range: Range, mean?: number): void {
  const { spread } = hull
  lookAt(spread, mean)
  hull.before = hullOf(hull.before, range, hull.count)
  hull.since = hullOf(hull.since, range, hull.count)
  if (mayContribute(hull)) {
    add(hull.bits.bytes, hull.self)
    hull.range = hullOf(hull.range, hull.before, hull.count)
    widen(spread.open, spread.before)
  }
  if (covers(hull.bits, hull.live)) finish(hull, hull.range, spread.open)
}

function mayContribute({ self, before, bits, heard, window }: Hull): boolean {
  if (before === 'empty' || has(bits.bytes, self)) return false
  for (const tag of heard.values()) if (tag < window - 1) return false
  return true
}

/**
 * Takes in what a neighbor says under our label.
 * @param isNewest whether the running sums of the same message were taken in
 * @returns whether it told anything new
 */
export function hearWindows(
  hull: Hull,
  from: number,
  news: WindowNews,
  isNewest: boolean,
): boolean {
  const tag = hull.heard.get(from)
  if (isNewest && tag !== undefined && news.window > tag) hull.heard.set(from, news.window)
  let learned = false
  if (!hull.sum) {
    hull.sum = news.sum()
    learned = hull.sum !== undefined
  }
  if (news.window > hull.window) {
    skipTo(hull, news.window - 1)
    finish(hull, news.closed(), news.spread()?.closed)
    learned = true
  }
  if (news.window < hull.window || !news.bits) return learned
  // Who contributed did so once: where nobody is new, nothing else is.
  if (!unite(hull.bits, news.bits)) return learned
  if (hull.range !== 'wide') hull.range = hullOf(hull.range, news.range(), hull.count)
  const told = isRough(hull) ? news.spread() : undefined
  if (told) widen(hull.spread.open, told.open)
  return true
}

/** No window is closed without us, so nobody honest is two ahead; of whoever is, nothing is concluded. */
function skipTo(hull: Hull, window: number): void {
  if (window === hull.window) return
  hull.window = window
  hull.closed = 'wide'
  hull.since = 'empty'
}

/** Closes the open window, whose hull this is, and joins the next. */
function finish(hull: Hull, range: Range, spread?: Interval): void {
  hull.sum ??= soleSum(hullOf(hull.closed, range, hull.count), hull.count)
  hull.closed = range
  hull.window++
  hull.bits.words.fill(0)
  hull.range = 'empty'
  hull.before = hull.since
  hull.since = 'empty'
  turn(hull.spread, spread)
}
