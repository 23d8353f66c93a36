import {
  addDifference,
  addMultiple,
  dividedBy,
  integerAt,
  type Wrapping,
} from '../../math/wrapping.ts'

/**
 * One device's books of mass. Mass is a vector of integers: the components of the statistic, the number
 * of rows, and last the weight. What leaves a device is counted in one running sum for all of its
 * out-links, what came in by the running sum of each in-link that was received last; so a lost message
 * is made good by the next, and the invariant
 *
 *     held = start - sum over out-links (sent - opening) + sum over in-links (received - opening)
 *
 * holds bit by bit at every instant. All of it is reckoned modulo 2^(32 limbs) and read as signed: how
 * far counters have run does not matter, only what one device holds must fit.
 * Source: running sums of push-sum (Kempe, Dobra, Gehrke, FOCS 2003) after Vaidya, Hadjicostis,
 * Dominguez-Garcia, "Robust average consensus over packet dropping links", CDC 2011.
 */
export interface Ledger {
  readonly limbs: number
  /** What the device put in: its own values and weight. */
  start: Wrapping
  readonly held: Wrapping
  /** Running sum of the shares that were sent over each out-link. */
  readonly sent: Wrapping
  /** For each out-link what `sent` was when it was opened. */
  readonly outgoing: Map<number, Wrapping>
  readonly incoming: Map<number, Inflow>
}

/** What one in-link brought. */
interface Inflow {
  /** How often the neighbor has started over in this epoch. */
  life: number
  /** Sequence number of the newest message of that life, 0 before the first. */
  seq: number
  /** The neighbor's running sum when it opened the link; absent while it has not told. */
  opening: Wrapping | undefined
  received: Wrapping
}

/**
 * Opens the books.
 * @param isReturning the device had books in this epoch before: its neighbors' running sums are not 0,
 *   and nothing is taken from them until they tell where they opened the link anew
 */
export function newLedger(
  limbs: number,
  start: Wrapping,
  outgoing: Iterable<number>,
  incoming: Iterable<number>,
  isReturning = false,
): Ledger {
  const nothing = new Uint32Array(start.length)
  return {
    limbs,
    start,
    held: start.slice(),
    sent: nothing.slice(),
    outgoing: new Map([...outgoing].map((j) => [j, nothing])),
    incoming: new Map([...incoming].map((j) => [j, unheard(0, isReturning ? undefined : nothing)])),
  }
}

const unheard = (life: number, opening: Wrapping | undefined): Inflow => ({
  life,
  seq: 0,
  opening,
  received: opening?.slice() ?? new Uint32Array(0),
})

/** The weight in a mass. */
export const weightOf = (mass: Wrapping, limbs: number): bigint =>
  integerAt(mass, mass.length / limbs - 1, limbs)

/**
 * Sends an equal share over each out-link and keeps one, with what the division leaves over.
 * @param leastShare weight below which a share is not sent: its ratio would be coarse
 * @returns the share, or `undefined` when the device holds too little weight to send any
 */
export function split(ledger: Ledger, leastShare: bigint): Wrapping | undefined {
  const { held, sent, limbs, outgoing } = ledger
  const links = outgoing.size
  if (links === 0) return undefined
  const share = dividedBy(held, links + 1, limbs)
  if (weightOf(share, limbs) < leastShare) return undefined
  addMultiple(held, share, -links, limbs)
  addMultiple(sent, share, 1, limbs)
  return share
}

/**
 * Takes in a neighbor's running sums; they are copied.
 * @returns whether they were news: of the neighbor's present life, newer than all before, over an open link
 */
export function receive(
  ledger: Ledger,
  from: number,
  life: number,
  seq: number,
  counters: Wrapping,
): boolean {
  const inflow = ledger.incoming.get(from)
  if (!inflow?.opening || inflow.life !== life || seq <= inflow.seq) return false
  addDifference(ledger.held, counters, inflow.received, ledger.limbs)
  inflow.received.set(counters)
  inflow.seq = seq
  return true
}

/** Takes a link that its neighbor, in this life, opened for our present one: at these running sums. */
export function open(ledger: Ledger, from: number, life: number, opening: Wrapping): void {
  const inflow = ledger.incoming.get(from)
  if (!inflow || inflow.opening || inflow.life !== life) return
  inflow.opening = opening
  inflow.received = opening.slice()
}

/** A neighbor is gone: what flowed to it comes back, what came from it is taken out, the links are closed. */
export function close(ledger: Ledger, neighbor: number): void {
  reverse(ledger, neighbor)
  ledger.outgoing.delete(neighbor)
  ledger.incoming.delete(neighbor)
}

/**
 * A neighbor has started over: the links with its earlier life are reversed, and opened anew.
 * @param isAwaited whether we are returning ourselves, so that it has to tell where it opened the link
 */
export function reopen(ledger: Ledger, neighbor: number, life: number, isAwaited: boolean): void {
  reverse(ledger, neighbor)
  if (ledger.outgoing.has(neighbor)) ledger.outgoing.set(neighbor, ledger.sent.slice())
  if (ledger.incoming.has(neighbor)) {
    const opening = isAwaited ? undefined : new Uint32Array(ledger.held.length)
    ledger.incoming.set(neighbor, unheard(life, opening))
  }
}

function reverse({ limbs, held, sent, outgoing, incoming }: Ledger, neighbor: number): void {
  const opening = outgoing.get(neighbor)
  const inflow = incoming.get(neighbor)
  if (opening) addDifference(held, sent, opening, limbs)
  if (inflow?.opening) addDifference(held, inflow.opening, inflow.received, limbs)
}

/**
 * Puts other values of the device in the place of its earlier ones, and moves the difference into what
 * it holds: the network's mean follows at once (dynamic average consensus; Zhu & Martinez, Automatica 46,
 * 2010, here without error in the sum).
 */
export function retarget(ledger: Ledger, start: Wrapping): void {
  addDifference(ledger.held, start, ledger.start, ledger.limbs)
  ledger.start = start
}

/** What the invariant says that the device holds: always `held`, bit by bit. */
export function balanceOf({ limbs, start, sent, outgoing, incoming }: Ledger): Wrapping {
  const wanted = start.slice()
  for (const opening of outgoing.values()) addDifference(wanted, opening, sent, limbs)
  for (const { opening, received } of incoming.values())
    if (opening) addDifference(wanted, received, opening, limbs)
  return wanted
}
