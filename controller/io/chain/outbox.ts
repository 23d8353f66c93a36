import type { StepState, StoredStep } from '../chainTables.ts'
import type { Store } from '../store.ts'

/**
 * What jobs want done on the chain. Every change is on the disk before anything that follows from it is sent, so that
 * a relay that dies at any instruction goes on with the very bytes that it signed.
 *
 * `intent`: wanted. `signed`: bytes exist, perhaps a node has them. `sent`: a node took them. `mined`: in a block.
 * `final`: in one that stays. `done`: somebody did it before us. `refused`: the contract refuses it.
 */

/**
 * Steps that may wait for a block at a time: what a chain that is away lets grow. Those that are mined and not final
 * do not count: they are as many as the chain is slow to finish, and nothing is left to do about them.
 */
export const MOST_OPEN = 1000
const OPEN: ReadonlySet<StepState> = new Set(['intent', 'signed', 'sent', 'mined'])

/** A step as it is wanted. */
export type Wish = Pick<StoredStep, 'job' | 'step' | 'to' | 'data' | 'done'>
type Name = Pick<StoredStep, 'job' | 'step'>

export class Outbox {
  readonly #store: Store
  /** Told of every change, after it is on the disk. */
  readonly #tell: (step: StoredStep) => void
  #steps = new Map<string, StoredStep>()
  #serial = 0
  /** Serials of steps of this life's refusals: an older one is tried again when it is wanted again. */
  readonly #fresh = new Set<number>()

  constructor(store: Store, tell: (step: StoredStep) => void) {
    this.#store = store
    this.#tell = tell
  }

  /** Takes up what an earlier life left. @throws HypernetError `STORE_FAILED` */
  load(): void {
    this.#steps = new Map(this.#store.steps().map((step) => [keyOf(step), step]))
    this.#serial = Math.max(0, ...[...this.#steps.values()].map(({ serial }) => serial))
  }

  /** In the order in which they were wanted. */
  all(): StoredStep[] {
    return [...this.#steps.values()]
  }

  open(): StoredStep[] {
    return this.all().filter(isOpen)
  }

  get(name: Name): StoredStep | undefined {
    return this.#steps.get(keyOf(name))
  }

  /** Whether this wish would change nothing. */
  isKnown(name: Name): boolean {
    const known = this.get(name)
    return known !== undefined && !known.isDropped && !this.#isStale(known)
  }

  /** Whether one more step may wait. */
  get hasRoom(): boolean {
    return this.open().filter(({ state }) => state !== 'mined').length < MOST_OPEN
  }

  /** Keeps a new step, for which there must be room; one that is known stays as it is. */
  want(wish: Wish): void {
    const known = this.get(wish)
    if (known?.isDropped) {
      this.#put({ ...known, isDropped: false })
      return
    }
    if (known && !this.#isStale(known)) return
    const { job, step, to, data, done } = wish
    this.#put({
      serial: known?.serial ?? ++this.#serial,
      job,
      step,
      state: 'intent',
      to,
      data,
      done: [...done],
      nonce: undefined,
      transactions: [],
      since: undefined,
      block: undefined,
      reason: undefined,
      isDropped: false,
    })
  }

  /** Changes a step and tells it. @returns nothing where it was dropped meanwhile, or wanted anew */
  change(step: StoredStep, change: Partial<StoredStep>): StoredStep | undefined {
    const current = this.get(step)
    if (current?.serial !== step.serial) return undefined
    const changed = { ...current, ...change }
    if (changed.state === 'refused') this.#fresh.add(changed.serial)
    if (changed.isDropped && !isOpen(changed)) {
      this.#store.write(true, () => this.#store.removeStep(changed))
      this.#steps.delete(keyOf(changed))
      return changed
    }
    const isNews = changed.state !== current.state || changed.reason !== current.reason
    this.#put(changed, isNews)
    return changed
  }

  /**
   * A reorganisation: what rests on a block above `number` is open again. With a nonce the same bytes go out again,
   * even those of a revert; without one it begins anew. Runs inside of the caller's write.
   * @returns a function that makes it so in memory and tells it, for after the write
   */
  rewind(number: number): () => void {
    const changed = this.all()
      .filter(
        ({ block, state }) => state !== 'intent' && block !== undefined && block.number > number,
      )
      .map((step): StoredStep => {
        const state = step.transactions.length > 0 ? 'sent' : 'intent'
        return { ...step, state, block: undefined, reason: undefined, since: undefined }
      })
    for (const step of changed) this.#store.saveStep(step)
    return () => {
      for (const step of changed) {
        this.#steps.set(keyOf(step), step)
        if (!step.isDropped) this.#tell(step)
      }
    }
  }

  /** Forgets a job's steps; one whose nonce is under way is followed to its end, since later nonces need it. */
  drop(job: string): void {
    const steps = this.all().filter((step) => step.job === job)
    this.#store.write(true, () => {
      for (const step of steps) {
        if (!isOpen(step) || step.state === 'intent') this.#store.removeStep(step)
        else this.#store.saveStep({ ...step, isDropped: true })
      }
    })
    for (const step of steps) {
      if (!isOpen(step) || step.state === 'intent') this.#steps.delete(keyOf(step))
      else this.#steps.set(keyOf(step), { ...step, isDropped: true })
    }
  }

  /** The nonce after all of ours. */
  nextNonce(): number {
    return Math.max(0, ...this.all().map(({ nonce }) => (nonce ?? -1) + 1))
  }

  #isStale({ state, serial }: StoredStep): boolean {
    return state === 'refused' && !this.#fresh.has(serial)
  }

  #put(step: StoredStep, isNews = true): void {
    this.#store.write(true, () => this.#store.saveStep(step))
    this.#steps.set(keyOf(step), step)
    if (isNews && !step.isDropped) this.#tell(step)
  }
}

const isOpen = ({ state }: StoredStep): boolean => OPEN.has(state)
const keyOf = ({ job, step }: Name): string => JSON.stringify([job, step])
