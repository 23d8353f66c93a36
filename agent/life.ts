import { newAgent, step } from './core/agent.ts'
import type { Outbox } from './core/effect.ts'
import type { Input } from './core/input.ts'
import type { Settings } from './core/settings.ts'
import type { Snapshot } from './core/snapshot.ts'
import type { AgentState } from './core/state.ts'
import { type Act, type EffectQueue, effectQueue, SAVE_AGAIN } from './effects.ts'
import type { Clock } from './io/clock.ts'
import { traceOf } from './io/log.ts'
import { type Timers, timers } from './io/timers.ts'
import type { Millis } from './wire/ids.ts'

/** Effects that wait for a slow disk before the network is no longer listened to. */
const MOST_WAITING = 1000

/** What is left to the driver: the agent's own timers are kept here. */
export type Doing = Exclude<Act, { kind: 'timer' }>

export interface LifeEvents {
  save(snapshot: Snapshot): Promise<void> | undefined
  act(effect: Doing): void
  saveFailed(error: unknown): void
  /** The agent broke an invariant; this life is over. */
  broke(error: unknown): void
}

/** One run of the pure agent, from a snapshot to its end: inputs in, effects out, both in order. */
export class Life {
  readonly agent: AgentState
  private readonly clock: Clock
  private readonly events: LifeEvents
  private readonly inputs: Input[] = []
  private readonly timers: Timers
  private readonly effects: EffectQueue
  private isStepping = false
  private isOver = false

  constructor(agent: AgentState, clock: Clock, events: LifeEvents) {
    this.agent = agent
    this.clock = clock
    this.events = events
    this.timers = timers(clock, (name) =>
      // Only the agent's own effects set timers, so the name is one of its.
      this.take({ kind: 'timer', now: clock.now(), name: name as `flush/${string}` }),
    )
    this.effects = effectQueue({
      save: events.save,
      act: (effect) => this.act(effect),
      failed: (error, again) => {
        events.saveFailed(error)
        clock.after(SAVE_AGAIN, again)
      },
    })
  }

  /** @param mayDrop whether this may be lost where the disk cannot keep up */
  take(input: Input, mayDrop = false): void {
    if (this.isOver || (mayDrop && this.effects.length > MOST_WAITING)) return
    this.inputs.push(input)
    if (this.isStepping) return
    this.isStepping = true
    try {
      for (let next = this.inputs.shift(); next && !this.isOver; next = this.inputs.shift()) {
        const outbox: Outbox = []
        step(this.agent, next, outbox)
        this.effects.push(outbox)
      }
    } catch (error) {
      this.breakOff(error)
    } finally {
      this.isStepping = false
    }
  }

  /** Resolves when all effects are carried out, or after so long. */
  idle(most: Millis): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.clock.after(most, resolve)
      this.effects.idle().then(() => {
        cancel()
        resolve()
      }, resolve)
    })
  }

  end(): void {
    this.isOver = true
    this.timers.clear()
    this.effects.close()
  }

  private breakOff(error: unknown): void {
    if (this.isOver) return
    this.end()
    this.events.broke(error)
  }

  private act(effect: Act): void {
    try {
      if (effect.kind === 'timer') this.timers.set(effect.name, effect.at)
      else this.events.act(effect)
    } catch (error) {
      this.breakOff(error)
    }
  }
}

/**
 * An agent that knows what the snapshot knows; if that breaks it, one that knows nothing and so signs nothing twice.
 * @param broke is told the trace of what broke it
 */
export function restoredAgent(
  settings: Settings,
  incarnation: number,
  snapshot: Snapshot | undefined,
  broke: (trace: string) => void,
): AgentState {
  try {
    return newAgent(settings, incarnation, snapshot)
  } catch (error) {
    broke(traceOf(error))
    return newAgent(settings, incarnation, undefined)
  }
}
