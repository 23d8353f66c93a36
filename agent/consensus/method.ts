import type { ExactVector } from '../math/exactVector.ts'
import type { Bitset } from '../wire/bitset.ts'
import type { Millis } from '../wire/ids.ts'
import type { Exchange, Order, Suspicion } from '../wire/messages.ts'
import type { Bound } from './agreement/voting.ts'
import type { Answer } from './answer.ts'
import type { EpochContext } from './context.ts'

/** What a restarted device remembers of an epoch, so that it does not contradict itself. */
export interface Remembered {
  readonly contribution?: Uint8Array | undefined
  /** The share that was told to others before it is signed: payload of a contribution. */
  readonly share?: Uint8Array | undefined
  readonly statement: number
  readonly bound: Bound
  /** Of the first pass, by the method `commit`. */
  readonly commitments?: Remembered | undefined
  /** Why the device takes itself out of the epoch, if it does. */
  readonly leaving?: string | undefined
  /** Of the last two sums of several in a row, the newest last (steps.ts). */
  readonly steps?: readonly RememberedStep[] | undefined
}

/** What is remembered of one of several sums in a row. */
export interface RememberedStep extends Remembered {
  /** What it was taken at (`proceed`), and who had left by then; absent of the first. */
  readonly at?: Uint8Array | undefined
  readonly absent?: Bitset | undefined
  /** How many came before it. */
  readonly number: number
}

/** A statement about its neighbors that the device has to sign. */
export interface StatementDraft {
  readonly version: number
  readonly suspects: readonly Suspicion[]
  readonly leave?: string | undefined
  /** Stands for the roster's hash where the statement is of the first pass of the method `commit`. */
  readonly roster?: Uint8Array | undefined
}

/** A signed part of a message that a device does not hold yet, and whose signature has to be verified. */
export interface Claim {
  readonly purpose: 'contribution' | 'statement'
  readonly index: number
  readonly signed: Uint8Array
  /** Takes the part out of the message. */
  drop(): void
}

/** How far a device is in an epoch. */
export interface Standing {
  readonly contributions: number
  readonly gone: number
  readonly attempt: number
  readonly hasVoted: boolean
  readonly isFinal: boolean
  readonly isExcluded: boolean
  /** Indices that the device still waits for: no entry, or no vote; looked up for who asks. */
  waitingFor(): readonly number[]
}

/**
 * How far the devices of an epoch are, as far as word of them has come round: sets of devices that only
 * grow, which ride on the messages and are merged, so that in the end any one device can tell it of all.
 */
export interface Survey {
  readonly contributed: Bitset
  readonly voted: Bitset
  readonly final: Bitset
  readonly gone: Bitset
  /** Bits by which the devices' running sums still differ, agreed on too; by a method that iterates, once known. */
  readonly bitsApart?: number | undefined
}

/** What a message carries besides its envelope. */
export type Body = Omit<
  Exchange,
  'version' | 'job' | 'from' | 'incarnation' | 'seq' | 'epoch' | 'round' | 'roster'
>

/** A message to be sent: to all neighbors, to everyone in the roster, or to the device with this index. */
export interface Outgoing {
  readonly to: 'neighbors' | 'everyone' | number
  readonly body: Body
}

/** What one device signed. */
export interface SignedPart {
  readonly index: number
  readonly vector: ExactVector
  readonly rows: number
}

/** An answer that a device ends with, and the attempt in which it was agreed on. */
export type FinalAnswer = Answer & { readonly attempt: number }

/**
 * How a sum is agreed on: one file a method behind this interface. A method knows no clock, socket or
 * key; it cannot tell whether a network or the simulator calls it. Signatures in what it is given are
 * verified before. `State` is its own and changed in place.
 */
export interface Method<State> {
  readonly name: Order['method']
  /** Its messages also go to everyone or to single devices, who need not be neighbors. */
  readonly isAddressed: boolean
  /** Opens an epoch. Links count as heard at `now`. */
  open(context: EpochContext, now: Millis, remembered?: Remembered): State
  /**
   * Takes in the device's share of the sum before it is signed, by a method that can work with that; else
   * the share is signed first. Another share takes its place where the epoch follows readings.
   * @param payload of a contribution
   */
  propose?(state: State, now: Millis, payload: Uint8Array): void
  /** The share that was proposed, once it has to be signed; told once. */
  unsigned?(state: State): Uint8Array | undefined
  /** Hands in the device's own signed contribution. */
  contribute(state: State, now: Millis, signed: Uint8Array): void
  /** It knows by itself when there is something to send; nothing is gained by gathering more first. */
  isPrompt(state: State): boolean
  /** Asks for the device to be taken out of the epoch, with a reason for people. */
  leave(state: State, reason: string): void
  /** Signed parts of a message of the device with index `from` that are new to this one. */
  claims(state: State, body: Body, from: number): Claim[]
  /** Takes in a message of the device with index `from`. @returns whether it told anything new */
  receive(state: State, now: Millis, from: number, exchange: Exchange): boolean
  /** A hint of another source about a neighbor's life. */
  presence(state: State, from: number, online: boolean): void
  /** The device with this index lives: it was heard elsewhere. */
  noticed?(state: State, from: number): void
  /** Lets time pass: silence, suspicion, votes. Call before `publish`. */
  tick(state: State, now: Millis): void
  /** The link to the broker was lost and is back, or the process slept: nobody is to blame for the silence. */
  forgive(state: State, now: Millis, grace: Millis): void
  /** What is to be sent now; several messages where one is too small. */
  publish(state: State, now: Millis): Outgoing[]
  /** When `tick` and `publish` want to be called next: -Infinity at once, Infinity when all is done and said. */
  next(state: State): Millis
  /** A statement that waits for a signature, once. */
  draft(state: State): StatementDraft | undefined
  /** The signed form of the draft. */
  stated(state: State, now: Millis, signed: Uint8Array): void
  /** Must be on disk before anything else is published. */
  remember(state: State): Remembered
  standing(state: State): Standing
  survey(state: State): Survey
  /** The answer was announced: it is known, and every device is about to make sure of it. */
  isAnnounced(state: State): boolean
  /** What others did that cannot be right, for people; undefined where nothing was seen. */
  dispute(state: State): string | undefined
  /** The sum over the roster as this device would guess it now, component by component; undefined before it knows anything. */
  estimate(state: State): number[] | undefined
  /** The answer, once final. It never changes afterwards. */
  answer(state: State): FinalAnswer | undefined
  /**
   * What stands for the contributions that the answer sums, once final: equal on two devices exactly where they hold
   * the same. Only by methods by which every device holds all of them, as they were signed.
   */
  contents?(state: State): Uint8Array | undefined
  /** The contributions that the answer sums, once final, in the order of the roster; by the same methods. */
  parts?(state: State): readonly SignedPart[] | undefined
  /** Of several sums in a row (steps.ts) what this device's share is formed and signed for now. */
  readonly steps?: {
    contextOf(state: State): EpochContext
    /** The newest sum, once agreed on, until `proceed` or `conclude` says what becomes of it. */
    settled(state: State): FinalAnswer | undefined
    /** Begins the next sum. @param at what it is taken at, which everything that is signed for it names */
    proceed(state: State, now: Millis, at: Uint8Array): void
    /** The settled sum was the last: it is the answer. */
    conclude(state: State): void
  }
}

/** A method whose state only it looks into. */
export type AnyMethod = Method<object>
