import type { Effect, Outbox } from './core/effect.ts'
import type { Snapshot } from './core/snapshot.ts'
import type { Millis } from './wire/ids.ts'

/** Every effect but `persist`, which the queue itself takes care of. */
export type Act = Exclude<Effect, { kind: 'persist' }>

export interface EffectQueueOptions {
  /** Writes a snapshot; `undefined` when it is done already. */
  save(snapshot: Snapshot): Promise<void> | undefined
  act(effect: Act): void
  /** A snapshot could not be written: calls `again` when it should be tried once more. */
  failed(error: unknown, again: () => void): void
}

/** Carries out effects strictly in order: what stands behind a `persist` waits until that is on disk. */
export interface EffectQueue {
  push(effects: Outbox): void
  /** Effects that wait for the disk. */
  readonly length: number
  /** Resolves when nothing waits. */
  idle(): Promise<void>
  /** Forgets what waits and takes nothing more. */
  close(): void
}

/** How long a device waits before it tries again to write its state. */
export const SAVE_AGAIN: Millis = 1000

export function effectQueue(options: EffectQueueOptions): EffectQueue {
  let queue: Effect[] = []
  let isRunning = false
  let isSaving = false
  let isClosed = false
  let idle: (() => void)[] = []
  /** The newest snapshot that is on disk; those before it in the queue need no write of their own. */
  let saved: Snapshot | undefined

  const run = () => {
    if (isRunning || isSaving || isClosed) return
    isRunning = true
    try {
      while (queue.length > 0 && !isSaving && !isClosed) next()
    } finally {
      isRunning = false
    }
    if (queue.length > 0) return
    for (const resolve of idle) resolve()
    idle = []
  }
  const next = () => {
    const effect = queue[0]
    if (effect?.kind === 'persist') return persist()
    queue.shift()
    if (effect) options.act(effect)
  }
  /**
   * Writes the newest snapshot that waits: it knows all that the ones before it know, so effects in
   * between may follow, and a burst costs one write.
   */
  const persist = () => {
    const snapshot = queue.findLast((each) => each.kind === 'persist')?.snapshot
    if (!snapshot) return
    const done = () => {
      isSaving = false
      saved = snapshot
      settle()
    }
    isSaving = true
    const saving = options.save(snapshot)
    if (!saving) return done()
    saving.then(
      () => {
        done()
        run()
      },
      (error: unknown) => {
        if (isClosed) return
        options.failed(error, () => {
          isSaving = false
          run()
        })
      },
    )
  }
  /** Takes the snapshots out that the one on disk stands for. */
  const settle = () => {
    const last = queue.findIndex((each) => each.kind === 'persist' && each.snapshot === saved)
    queue = queue.filter((each, i) => i > last || each.kind !== 'persist')
  }
  return {
    push(effects) {
      if (isClosed) return
      for (const effect of effects) queue.push(effect)
      run()
    },
    get length() {
      return queue.length
    },
    idle: () =>
      queue.length === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve)),
    close() {
      isClosed = true
      queue = []
      for (const resolve of idle) resolve()
      idle = []
    },
  }
}
