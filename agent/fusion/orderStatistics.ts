/**
 * Finding the elements of given ranks of all rows by counting them (radix selection): the bits of a double, its sign turned over,
 * are in the order of the numbers, and each sum counts the rows by the next bits of those that begin as the wanted element does.
 */

/** Components of one count; the last of a sum is the number of rows. */
export const COUNTS = 768
/** Bits of a double. */
const BITS = 64
/** Times that the search is begun, since some device left with its rows. */
const MOST_BEGINNINGS = 4

/** One wanted element: what is known of its bits from the top, 0 below; and its rank among those that begin so. */
export interface Target {
  readonly high: number
  readonly low: number
  readonly rank: number
}

/** How far a search is. */
export interface Search {
  /** Sums before this one, those before the search began anew included; and how often it was begun. */
  readonly sums: number
  readonly beginnings: number
  /** Bits that are known. */
  readonly known: number
  /** Rows, once they have been counted; then the targets are there too. */
  readonly rows: number
  readonly targets: readonly Target[]
}

export const FIRST: Search = { sums: 0, beginnings: 1, known: 0, rows: 0, targets: [] }

const HEAD = 4

export function stored({ sums, beginnings, known, rows, targets }: Search): Float64Array {
  const figures = targets.flatMap(({ high, low, rank }) => [high, low, rank])
  return Float64Array.of(sums, beginnings, known, rows, ...figures)
}

export function searchOf(figures: Float64Array): Search {
  const [sums = 0, beginnings = 1, known = 0, rows = 0] = figures
  const targets = Array.from({ length: (figures.length - HEAD) / 3 }, (_, i): Target => {
    const [high = 0, low = 0, rank = 0] = figures.subarray(HEAD + 3 * i)
    return { high, low, rank }
  })
  return { sums, beginnings, known, rows, targets }
}

/** Most sums of a search for so many elements, however often it is begun. */
export const mostSumsFor = (targets: number): number =>
  MOST_BEGINNINGS * (1 + Math.ceil((BITS - widthFor(1)) / widthFor(targets)))

/** Bits by which one sum tells rows apart, of so many different beginnings. */
function widthFor(beginnings: number): number {
  let width = 0
  while (beginnings * 2 ** (width + 1) <= COUNTS) width++
  return width
}

/** A double as two halves of 32 bits in the order of the numbers; -0 is 0. */
export function keyOf(x: number): readonly [high: number, low: number] {
  view.setFloat64(0, x === 0 ? 0 : x)
  const [high, low] = [view.getUint32(0), view.getUint32(4)]
  return high >>> 31 ? [~high >>> 0, ~low >>> 0] : [(high | 0x8000_0000) >>> 0, low]
}

/** The way back. */
export function doubleOf(high: number, low: number): number {
  const isNegative = high >>> 31 === 0
  view.setUint32(0, isNegative ? ~high >>> 0 : high & 0x7fff_ffff)
  view.setUint32(4, isNegative ? ~low >>> 0 : low)
  return view.getFloat64(0)
}
const view = new DataView(new ArrayBuffer(8))

/** What a sum counts: rows with these beginnings, each by its next bits. */
export interface Plan {
  readonly known: number
  readonly width: number
  readonly beginnings: readonly Pick<Target, 'high' | 'low'>[]
}

export function planOf({ known, targets }: Search): Plan {
  const beginnings = targets.filter(
    (each, i) => targets.findIndex((other) => isAlike(each, other)) === i,
  )
  const first = beginnings.length > 0 ? beginnings : [{ high: 0, low: 0 }]
  return { known, width: Math.min(BITS - known, widthFor(first.length)), beginnings: first }
}

/** The component that counts a value, where some wanted element may still be equal to it. */
export function componentFor({ known, width, beginnings }: Plan, x: number): number | undefined {
  const [high, low] = keyOf(x)
  const [top, bottom] = beginningOf(high, low, known)
  const block = beginnings.findIndex((each) => each.high === top && each.low === bottom)
  return block < 0 ? undefined : block * 2 ** width + bitsOf(high, low, known, width)
}

/**
 * What follows from the counts: a search with more bits known, or begun anew where the rows are others than before.
 * @param ranks of the wanted elements among so many rows, from 0
 * @returns `wrong` for counts that no rows have, `restless` where devices left time and again
 */
export function narrowed(
  search: Search,
  counts: ArrayLike<number>,
  rows: number,
  ranks: (rows: number) => readonly number[],
): Search | 'wrong' | 'restless' {
  const sums = search.sums + 1
  if (search.known > 0 && rows !== search.rows) {
    if (search.beginnings >= MOST_BEGINNINGS) return 'restless'
    return { ...FIRST, sums, beginnings: search.beginnings + 1 }
  }
  const plan = planOf(search)
  const wanted =
    search.known > 0 ? search.targets : ranks(rows).map((rank) => ({ high: 0, low: 0, rank }))
  const targets: Target[] = []
  for (const target of wanted) {
    const found = within(plan, counts, target)
    if (!found) return 'wrong'
    targets.push(found)
  }
  return { ...search, sums, known: search.known + plan.width, rows, targets }
}

/** All bits are known. */
export const isFound = ({ known }: Search): boolean => known === BITS

/** The next bits of a target: where the counts of its beginning reach its rank. */
function within(plan: Plan, counts: ArrayLike<number>, target: Target): Target | undefined {
  const { known, width, beginnings } = plan
  const from = beginnings.findIndex((each) => isAlike(each, target)) * 2 ** width
  let { rank } = target
  for (let digit = 0; digit < 2 ** width; digit++) {
    const count = counts[from + digit] ?? 0
    if (rank < count) return { ...withBits(target, known, width, digit), rank }
    rank -= count
  }
  return undefined
}

const isAlike = (a: Pick<Target, 'high' | 'low'>, b: Pick<Target, 'high' | 'low'>): boolean =>
  a.high === b.high && a.low === b.low

/** The first bits of a key, 0 below. */
function beginningOf(high: number, low: number, bits: number): [number, number] {
  if (bits <= 32) return [bits === 0 ? 0 : (high >>> (32 - bits)) * 2 ** (32 - bits), 0]
  const rest = BITS - bits
  return [high, rest === 32 ? 0 : (low >>> rest) * 2 ** rest]
}

/** Bits `from` to `from + width` of a key, counted from the top; width at most 32. */
function bitsOf(high: number, low: number, from: number, width: number): number {
  const end = from + width
  if (end <= 32) return Math.floor(high / 2 ** (32 - end)) % 2 ** width
  if (from >= 32) return Math.floor(low / 2 ** (BITS - end)) % 2 ** width
  return (high % 2 ** (32 - from)) * 2 ** (end - 32) + Math.floor(low / 2 ** (BITS - end))
}

/** A beginning with the bits after it. */
function withBits(
  { high, low }: Pick<Target, 'high' | 'low'>,
  from: number,
  width: number,
  digit: number,
): Pick<Target, 'high' | 'low'> {
  const end = from + width
  if (end <= 32) return { high: high + digit * 2 ** (32 - end), low }
  const below = end - 32
  const upper = from >= 32 ? 0 : Math.floor(digit / 2 ** below)
  return { high: high + upper, low: low + (digit - upper * 2 ** below) * 2 ** (BITS - end) }
}
