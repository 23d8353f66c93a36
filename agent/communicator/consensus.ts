/**
 * Where a call is: `waiting` for earlier ones to end, `exchanging` contributions, `voting` on the set of
 * them, `final` once the answer cannot change any more, `failed`.
 */
export type Phase = 'waiting' | 'exchanging' | 'voting' | 'final' | 'failed'

/** What all ranks that ended a call hold, and of whom it is made. Ranks are ascending. */
export interface Outcome<T> {
  readonly value: T
  readonly contributors: readonly number[]
  readonly missing: readonly number[]
}

/** How far a call is, as this rank sees it. */
export interface Progress {
  readonly phase: Phase
  /** Contributions held of all parts, and how many there can be. */
  readonly contributions: number
  readonly expected: number
}

/** Functions that are called at once, in the order in which things happen; they must not throw. */
export interface Watcher<T> {
  progress?(progress: Progress): void
  final?(outcome: Outcome<T>): void
  /** @param reason a HypernetError, or the reason of the signal that ended the wait */
  failed?(reason: unknown): void
}

/** How a call is told what became of it. */
export interface Settle<T> {
  advance(progress: Progress): void
  final(outcome: Outcome<T>): void
  fail(reason: unknown): void
}

/**
 * A call under way: an object with a life cycle, which `await` turns into its value.
 * `await comm.dot(x, y)` is a number; `comm.dot(x, y).outcome` also tells of whom it is made.
 */
export class Consensus<T> implements PromiseLike<T> {
  /** Rejects with a HypernetError, or with the reason of the signal that ended the wait. */
  readonly outcome: Promise<Outcome<T>>
  private readonly watchers = new Set<Watcher<T>>()
  private state: Progress

  /** @param begin is handed the functions that move the object on */
  constructor(expected: number, begin: (settle: Settle<T>) => void) {
    this.state = { phase: 'waiting', contributions: 0, expected }
    this.outcome = new Promise((resolve, reject) => {
      begin({
        advance: (progress) => this.advance(progress),
        final: (outcome) => {
          this.advance({ phase: 'final', contributions: expected, expected })
          for (const watcher of this.watchers) watcher.final?.(outcome)
          resolve(outcome)
        },
        fail: (reason) => {
          this.advance({ ...this.state, phase: 'failed' })
          for (const watcher of this.watchers) watcher.failed?.(reason)
          reject(reason)
        },
      })
    })
    // Whoever awaits it later is told then; until somebody does, a failure must not end the program.
    this.outcome.catch(() => {})
  }

  get progress(): Progress {
    return this.state
  }

  /**
   * Has these functions called from now on.
   * @returns a function that stops it
   */
  watch(watcher: Watcher<T>): () => void {
    this.watchers.add(watcher)
    return () => void this.watchers.delete(watcher)
  }

  // biome-ignore lint/suspicious/noThenProperty: a call is awaited like any other asynchronous function
  then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.outcome.then(({ value }) => value).then(fulfilled, rejected)
  }

  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, rejected)
  }

  finally(settled?: (() => void) | null): Promise<T> {
    return this.then().finally(settled)
  }

  private advance(progress: Progress): void {
    this.state = progress
    for (const watcher of this.watchers) watcher.progress?.(progress)
  }
}
