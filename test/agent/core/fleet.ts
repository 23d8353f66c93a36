import { newAgent, step } from '../../../agent/core/agent.ts'
import type { Effect, Outbox, Progress } from '../../../agent/core/effect.ts'
import type { Input } from '../../../agent/core/input.ts'
import type { Settings } from '../../../agent/core/settings.ts'
import type { Snapshot } from '../../../agent/core/snapshot.ts'
import type { AgentState } from '../../../agent/core/state.ts'
import { decodeRecord, encodeRecord } from '../../../agent/wire/codec.ts'
import { digest, utf8ToBytes } from '../../../agent/wire/hash.ts'
import { fleetId, jobId, nodeId, sensorId } from '../../../agent/wire/ids.ts'
import { Order, Roster, Seal, type SealReport } from '../../../agent/wire/messages.ts'
import { payloadOf, publicKeyOf, signCose } from '../../../agent/wire/signature.ts'

export const JOB = jobId('mean-temp')
const keyOf = (i: number): Uint8Array => digest(utf8ToBytes(`device ${i}`))
const publicKeys = Array.from({ length: 12 }, (_, i) => publicKeyOf(keyOf(i)))

export function settingsOf(i: number, changes: Partial<Settings> = {}): Settings {
  return {
    node: nodeId(`n${i}`),
    fleet: fleetId('lab'),
    publicKey: publicKeys[i] ?? new Uint8Array(33),
    sensors: [{ id: 'temp', unit: 'Cel' }],
    allowedSensors: 'all',
    gather: 1,
    progressEvery: 1000,
    ...changes,
  }
}

export function order(changes: Partial<Order> = {}): Order {
  return {
    version: 1,
    job: JOB,
    fleet: jobId('lab'),
    generation: 1,
    model: { type: 'average', response: ['temp'] },
    sensors: [{ id: sensorId('temp'), unit: 'Cel' }],
    window: { late: 200 },
    method: 'flood',
    period: 100,
    timeout: 60_000,
    ...changes,
  }
}

export function roster(size: number, of: Order, changes: Partial<Roster> = {}): Roster {
  return {
    version: 1,
    job: of.job,
    order: digest(encodeRecord(Order, of)),
    generation: 1,
    firstEpoch: 0,
    members: Array.from({ length: size }, (_, i) => ({
      id: nodeId(`n${i}`),
      key: publicKeys[i] ?? new Uint8Array(33),
      incarnation: 1,
    })),
    ...changes,
  }
}

/** The newest answer that a device sealed. */
export const sealOf = (fleet: Fleet, i: number): Seal => {
  const signed = fleet.seals(i).at(-1)?.seal
  if (!signed) throw new Error(`device ${i} has not sealed`)
  return decodeRecord(Seal, payloadOf(signed))
}

interface Waiting {
  readonly at: number
  readonly node: number
  readonly input: (now: number) => Input
}

/** A few agents in virtual time whose messages take a millisecond: every effect of each is kept. */
export class Fleet {
  now = 0
  readonly agents: AgentState[]
  readonly effects: Effect[][]
  readonly snapshots: (Snapshot | undefined)[]
  readonly stopped = new Set<number>()
  private waiting: Waiting[] = []
  private readonly zero: number | undefined
  private readonly timers: Map<string, number>[]

  /** @param zero Unix milliseconds at time 0 by every device's wall clock; absent: they have none */
  constructor(
    size: number,
    settings: (i: number) => Settings = (i) => settingsOf(i),
    zero?: number,
  ) {
    this.zero = zero
    this.agents = Array.from({ length: size }, (_, i) => newAgent(settings(i), 1, undefined))
    this.effects = this.agents.map(() => [])
    this.snapshots = this.agents.map(() => undefined)
    this.timers = this.agents.map(() => new Map())
    this.agents.forEach((_, i) => {
      this.start(i, this.zero)
    })
  }

  private start(i: number, zero: number | undefined): void {
    const { now } = this
    this.give(i, { kind: 'start', now, ...(zero === undefined ? {} : { unix: zero + now }) })
  }

  observe(i: number, ...values: (number | null)[]): void {
    const observation = {
      at: this.now,
      sensors: [sensorId('temp')],
      units: ['Cel'],
      rows: values.map((value) => [value]),
    }
    this.give(i, { kind: 'observed', now: this.now, observation })
  }

  announce(what: Order | Roster, to: readonly number[] = this.agents.map((_, i) => i)): void {
    const isOrder = 'model' in what
    const bytes = isOrder ? encodeRecord(Order, what) : encodeRecord(Roster, what)
    const hash = digest(bytes)
    const { now } = this
    for (const i of to) {
      this.give(i, {
        kind: 'message',
        now,
        message: isOrder
          ? { kind: 'order', order: what, hash, bytes }
          : { kind: 'roster', roster: what, hash, bytes },
      })
    }
  }

  restart(
    i: number,
    settings = settingsOf(i),
    snapshot = this.snapshots[i],
    zero = this.zero,
  ): void {
    this.stopped.delete(i)
    this.timers[i]?.clear()
    this.agents[i] = newAgent(settings, 2, snapshot)
    this.start(i, zero)
  }

  /** Lets virtual time pass up to `until`, or until `done` holds. */
  run(until: number, done: () => boolean = () => false): void {
    while (!done()) {
      const timer = Math.min(...this.timers.flatMap((timers) => [...timers.values()]))
      const message = Math.min(...this.waiting.map(({ at }) => at))
      const next = Math.min(timer, message)
      if (next > until) break
      this.now = Math.max(this.now, next)
      const due = this.waiting.filter(({ at }) => at <= this.now)
      this.waiting = this.waiting.filter(({ at }) => at > this.now)
      for (const { node, input } of due) this.give(node, input(this.now))
      this.timers.forEach((timers, i) => {
        for (const [name, at] of [...timers]) {
          if (at > this.now) continue
          timers.delete(name)
          this.give(i, { kind: 'timer', now: this.now, name: name as never })
        }
      })
    }
    if (!done()) this.now = Math.max(this.now, until)
  }

  give(i: number, input: Input): void {
    const agent = this.agents[i]
    if (!agent || this.stopped.has(i)) return
    const out: Outbox = []
    step(agent, input, out)
    for (const effect of out) {
      this.effects[i]?.push(effect)
      if (effect.kind === 'timer') {
        if (Number.isFinite(effect.at)) this.timers[i]?.set(effect.name, effect.at)
        else this.timers[i]?.delete(effect.name)
      } else if (effect.kind === 'sign') {
        const signed = signCose(effect.purpose, effect.payload, keyOf(i))
        this.give(i, { kind: 'signed', now: this.now, request: effect.request, signed })
      } else if (effect.kind === 'persist') {
        this.snapshots[i] = effect.snapshot
      } else if (effect.kind === 'exchange') {
        const { exchange, bytes, to: whom } = effect
        this.agents.forEach(({ settings: { node } }, to) => {
          if (to === i || (typeof whom === 'object' && whom.node !== node)) return
          const input = (now: number): Input => ({
            kind: 'message',
            now,
            message: { kind: 'exchange', exchange, bytes: bytes.length },
          })
          this.waiting.push({ at: this.now + 1, node: to, input })
        })
      }
    }
  }

  seals(i: number): SealReport[] {
    return (this.effects[i] ?? []).flatMap((each) => (each.kind === 'seal' ? [each.report] : []))
  }

  progress(i: number): Progress[] {
    return (this.effects[i] ?? []).flatMap((each) =>
      each.kind === 'progress' ? [each.progress] : [],
    )
  }

  phase(i: number): string | undefined {
    return this.progress(i).at(-1)?.phase
  }
}
