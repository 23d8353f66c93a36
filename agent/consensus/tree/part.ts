import { addVectors, canonicalBytes, type ExactVector, SUM_TOP } from '../../math/exactVector.ts'
import { MathError } from '../../math/mathError.ts'
import { decodeVector, encodeVector } from '../../math/wireForm.ts'
import { type Bitset, checkedSet, includesAll, minus, union } from '../../wire/bitset.ts'
import { HypernetError } from '../../wire/errors.ts'
import { bigEndian, digest, domainDigest, equalBytes } from '../../wire/hash.ts'
import type { TreePart, TreeStep } from '../../wire/messages.ts'
import type { EpochContext } from '../context.ts'
import { contributionPayload } from '../contribution.ts'
import { openContribution } from '../flood/entries.ts'

/** The exact sum of some devices, and the digest that commits to how it came about. */
export interface Part {
  readonly set: Bitset
  readonly rows: number
  readonly sum: ExactVector
  /** Of a single contribution the SHA-256 of its payload; of a chain that over its running sums. */
  readonly root: Uint8Array
}

/** A part made of others, one added after the other. */
export interface Chain {
  readonly parts: readonly Part[]
  readonly whole: Part
  /** The running sum after each part, and its digest. */
  readonly running: readonly Part[]
  readonly digests: readonly Uint8Array[]
}

/** A step as it arrived, decoded. */
export interface Step {
  readonly before: Part
  /** Absent: the total. */
  readonly whole: Part | undefined
  readonly digests: readonly Uint8Array[]
  readonly place: number
  readonly last: Uint8Array
}

/** The part of one device alone; undefined for what is not its contribution to this epoch. */
export function partOf(
  context: EpochContext,
  index: number,
  payload: Uint8Array,
  set: Bitset,
): Part | undefined {
  const opened = openContribution(context, index, payload)
  return opened && { set, ...opened, root: digest(payload) }
}

/** The contribution that a part of one device alone stands for; undefined where it stands for none. */
export function payloadBehind(
  context: EpochContext,
  index: number,
  { sum, rows, root }: Part,
): Uint8Array | undefined {
  const payload = contributionPayload(context, index, sum, rows)
  return equalBytes(digest(payload), root) && openContribution(context, index, payload)
    ? payload
    : undefined
}

/** Parts are told, checked and passed on several times; what follows from one is worked out once. */
const labels = new WeakMap<Part, Uint8Array>()
const forms = new WeakMap<Part, TreePart>()

/** Names a part: equal exactly where all of it is. */
export function labelOf(part: Part): Uint8Array {
  const known = labels.get(part)
  if (known) return known
  const { set, rows, sum, root } = part
  const made = domainDigest('hypernet/1/part', set, bigEndian(rows), canonicalBytes(sum), root)
  labels.set(part, made)
  return made
}

/** Adds parts of disjoint sets up, in the order given. @param parts at least one */
export function chainOf(parts: readonly Part[]): Chain {
  const running: Part[] = []
  const digests: Uint8Array[] = []
  for (const part of parts) {
    const before = running.at(-1)
    const after = before ? added(before, part) : part
    running.push(after)
    digests.push(runningDigest(labelOf(part), after))
  }
  const last = running.at(-1)
  if (!last) throw new HypernetError('INVARIANT', 'a chain of no parts')
  return { parts, running, digests, whole: { ...last, root: rootOf(digests) } }
}

/** What shows the maker of the part at `place` (not the first) that it was added. */
export function stepAt({ parts, running, digests }: Chain, place: number): Omit<Step, 'whole'> {
  const before = running[place - 1]
  const last = parts.at(-1)
  if (!before || !last) throw new HypernetError('INVARIANT', `no part at place ${place}`)
  return { before, digests, place, last: labelOf(last) }
}

/**
 * Whether the steps show that `own` is in the total, unchanged and once: each running sum is the one
 * before it and the part, its digest stands among those that the next part commits to, and the last of
 * them is that part itself. After Chan, Perrig, Song: Secure hierarchical in-network aggregation in
 * sensor networks, CCS 2006; sums being exact, each check is an equality. If every device sees its own
 * part in the total, the total is their sum and nothing else.
 * @param steps from our parent's up to the root's
 */
export function isShown(own: Part, steps: readonly Step[], total: Part): boolean {
  let part = own
  for (const step of steps) {
    const whole = step.whole ?? total
    if (!isAdded(part, step, whole)) return false
    part = whole
  }
  return equalBytes(labelOf(part), labelOf(total))
}

function isAdded(part: Part, { before, digests, place, last }: Step, whole: Part): boolean {
  const [mine, final] = [digests[place], digests.at(-1)]
  if (!mine || !final || place < 1 || !isDisjoint(before.set, part.set)) return false
  return (
    equalBytes(mine, runningDigest(labelOf(part), added(before, part))) &&
    equalBytes(final, runningDigest(last, whole)) &&
    equalBytes(whole.root, rootOf(digests))
  )
}

export const isDisjoint = (a: Bitset, b: Bitset): boolean => includesAll(minus(a, b), a)

const added = (a: Part, b: Part): Part => ({
  set: union(a.set, b.set),
  rows: a.rows + b.rows,
  sum: addVectors(a.sum, b.sum),
  root: b.root,
})

const runningDigest = (label: Uint8Array, { set, rows, sum }: Part): Uint8Array =>
  domainDigest('hypernet/1/running', label, set, bigEndian(rows), canonicalBytes(sum))

const rootOf = (digests: readonly Uint8Array[]): Uint8Array =>
  domainDigest('hypernet/1/chain', ...digests)

export function partToWire(part: Part): TreePart {
  const known = forms.get(part)
  if (known) return known
  const { set, rows, sum, root } = part
  const made = { set, rows, ...encodeVector(sum), root }
  forms.set(part, made)
  return made
}

/** Reads a part that a device sent. @throws HypernetError `BAD_MESSAGE` when it is none of this epoch */
export function partFromWire(context: EpochContext, part: TreePart): Part {
  try {
    return {
      set: checkedSet(part.set, context.size).slice(),
      rows: part.rows,
      sum: decodeVector(part, context.dimension, SUM_TOP),
      root: part.root.slice(),
    }
  } catch (error) {
    if (!(error instanceof MathError)) throw error
    throw new HypernetError('BAD_MESSAGE', `tree-part: ${error.message}`, error)
  }
}

/** Reads a step that a device sent. @throws HypernetError `BAD_MESSAGE` when it is none of this epoch */
export const stepFromWire = (context: EpochContext, step: TreeStep): Step => ({
  before: partFromWire(context, step.before),
  whole: step.whole && partFromWire(context, step.whole),
  digests: step.digests.map((each) => each.slice()),
  place: step.place,
  last: step.last.slice(),
})

export const stepToWire = (
  { before, digests, place, last, whole }: Step,
  level: number,
): TreeStep => ({
  level,
  before: partToWire(before),
  ...(whole ? { whole: partToWire(whole) } : {}),
  digests: [...digests],
  place,
  last,
})
