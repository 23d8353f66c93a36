import { type Bitset, count, emptySet, includesAll, setOf } from '../../wire/bitset.ts'
import { bytesToHex } from '../../wire/hash.ts'
import type { Millis } from '../../wire/ids.ts'
import { type Agreement, openAgreement } from '../agreement/agreement.ts'
import type { Sums } from '../agreement/sums.ts'
import type { EpochContext } from '../context.ts'
import type { FloodState } from '../flood/floodState.ts'
import type { Remembered } from '../method.ts'
import {
  childrenOf,
  levelOf,
  parentOf,
  subtreeOf,
  type TreeOverlay,
  treeOverlay,
} from '../treeOverlay.ts'
import { type Chain, chainOf, type Part, type Step } from './part.ts'

/** What a device lacks that the device above it can give. */
export const LACKS = { votes: 0, proof: 1, total: 2 } as const

/** A device below us, and what we have of it. */
export interface Below {
  readonly subtree: Bitset
  part: Part | undefined
  /** Of a device that has nobody below it: its contribution, once it has signed it. */
  signed: Uint8Array | undefined
  heardAt: Millis
  /** When it is called, should it stay silent: it may not know yet that the epoch is open. */
  callAt: Millis
  /** What it asked for last, until it is answered. */
  lacks: number | undefined
}

/** Periods of silence after which a device below is called first; then ever more rarely. */
const CALL = 1

/** What one device knows in one epoch of the method `tree`. */
export interface TreeState {
  readonly agreement: Agreement
  readonly root: number
  readonly parent: number | undefined
  /** Levels above us, and below. */
  readonly level: number
  readonly height: number
  readonly below: ReadonlyMap<number, Below>
  /** We and all below us. */
  readonly subtree: Bitset
  readonly openedAt: Millis
  own: Part | undefined
  /** Our own share as it was proposed, until it is signed, and whether it was asked to be. */
  share: Uint8Array | undefined
  isSigning: boolean
  /** Our part and those of the devices below; empty before ours is there. */
  parts: readonly Part[]
  /** Their devices. */
  held: Bitset
  /** They added up, once it was asked for (`chainIn`). */
  chain: Chain | undefined
  /** Label of the part that was last sent up, and whether the device above is known to hold it. */
  sent: { readonly label: Uint8Array; isHeld: boolean } | undefined
  /** The announced sum over the most devices. */
  total: Part | undefined
  /** The proof that our part is in the total, by level from us up. */
  readonly steps: (Step | undefined)[]
  /** The total is that of the whole roster, and we have seen our part in it. */
  isShown: boolean
  /** Besides, our share is signed. */
  isAttested: boolean
  /** Why the announced total cannot be right, if so. */
  dispute: string | undefined
  /** After trouble: the same epoch, flooded. */
  flood: FloodState | undefined
  /** There is news for the device above; for those below; for everyone, from the root; for ourselves to conclude from. */
  readonly due: { up: boolean; down: boolean; everyone: boolean; thought: boolean }
  /** When the proof goes down: a moment after the total, which everybody waits for. */
  proofAt: Millis | undefined
  /** All votes below us have gone up. */
  areVotesSent: boolean
  /** The device above is known to know of all votes below us. */
  areVotesHeld: boolean
  /** Devices that flood although we have ended. */
  readonly askers: Set<number>
  spokenAt: Millis
  /** Words since the last that held news. */
  repeats: number
  /** When the device above was last heard; questions to it, and answers. */
  heardAt: Millis
  asked: number
  answered: number
}

/** @param sums of the state that is being made; not asked for anything before it stands */
export function newTreeState(
  context: EpochContext,
  sums: Sums,
  now: Millis,
  remembered: Remembered | undefined,
): TreeState {
  const { size, self } = context
  const overlay = overlayFor(context)
  const newBelow = (child: number): Below => ({
    subtree: setOf(size, subtreeOf(overlay, child)),
    part: undefined,
    signed: undefined,
    heardAt: now,
    callAt: now + CALL * context.period,
    lacks: undefined,
  })
  const subtree = subtreeOf(overlay, self)
  const level = levelOf(overlay, self)
  const deepest = Math.max(...subtree.map((index) => levelOf(overlay, index)))
  return {
    agreement: openAgreement(context, sums, now, remembered),
    root: overlay.at[0] ?? 0,
    parent: parentOf(overlay, self),
    level,
    height: deepest - level,
    below: new Map(childrenOf(overlay, self).map((child) => [child, newBelow(child)])),
    subtree: setOf(size, subtree),
    openedAt: now,
    own: undefined,
    share: remembered?.contribution ? undefined : remembered?.share,
    isSigning: false,
    parts: [],
    held: emptySet(size),
    chain: undefined,
    sent: undefined,
    total: undefined,
    steps: [],
    isShown: false,
    isAttested: false,
    dispute: undefined,
    flood: undefined,
    due: { up: false, down: false, everyone: false, thought: false },
    proofAt: undefined,
    areVotesSent: false,
    areVotesHeld: false,
    askers: new Set(),
    spokenAt: -Infinity,
    repeats: 0,
    heardAt: now,
    asked: 0,
    answered: 0,
  }
}

/** What we send up: where nobody is below us our contribution as it is, else the sum of the chain. */
export const partUp = (state: TreeState): Part | undefined =>
  state.below.size === 0 ? state.own : chainIn(state)?.whole

/** Our part and those of the devices below, added up; undefined before ours is there. */
export function chainIn(state: TreeState): Chain | undefined {
  if (state.parts.length > 0) state.chain ??= chainOf(state.parts)
  return state.chain
}

/** Whether nobody is below the device below us. */
export const isLeaf = ({ subtree }: Below): boolean => count(subtree) === 1

/** Whether we have the sum of everyone below us. */
export const isWhole = ({ held, subtree }: TreeState): boolean => includesAll(held, subtree)

/** Whether a total of the whole roster is there. */
export const isComplete = ({ total, agreement }: TreeState): boolean =>
  total !== undefined && includesAll(total.set, agreement.context.everyone)

/** Overlays are pure functions of roster and epoch, the same for all devices of one process. */
const remembered = new Map<string, TreeOverlay>()
const REMEMBERED = 16

function overlayFor({ size, job, epoch, roster, groups }: EpochContext): TreeOverlay {
  const name = `${bytesToHex(roster)}/${epoch}/${size}`
  const known = remembered.get(name)
  if (known) return known
  const made = treeOverlay(size, { job, epoch, groups })
  if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value ?? '')
  remembered.set(name, made)
  return made
}
