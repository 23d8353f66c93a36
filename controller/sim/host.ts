import type { Ledger } from '../../agent/consensus/ratio/ledger.ts'
import type { RatioState } from '../../agent/consensus/ratio/ratio.ts'
import { claimsIn, newAgent, step } from '../../agent/core/agent.ts'
import type { Effect, Listening, Outbox, Progress, Sending } from '../../agent/core/effect.ts'
import type { Input, Message, SignPurpose, TimerName } from '../../agent/core/input.ts'
import { topicOf } from '../../agent/core/sending.ts'
import type { Settings } from '../../agent/core/settings.ts'
import type { Snapshot } from '../../agent/core/snapshot.ts'
import type { AgentState, JobState } from '../../agent/core/state.ts'
import { decodeRecord, encodeRecord } from '../../agent/wire/codec.ts'
import type { JobId, Millis, NodeId, SensorId } from '../../agent/wire/ids.ts'
import { Exchange, SealReport } from '../../agent/wire/messages.ts'
import type { Purpose } from '../../agent/wire/signature.ts'
import { topicFilter, topicName } from '../../agent/wire/topics.ts'
import type { Connection, Packet, Reach, SimBroker } from './broker.ts'
import { estimateOf } from './estimate.ts'
import { believed, type Liar } from './lying.ts'
import { presenceOf } from './presence.ts'
import { endWith, type ProgramRunner } from './programs.ts'
import type { Dice } from './random.ts'
import { type Moment, rowsIn, type SimDevice } from './scenario.ts'
import type { Signer } from './signing.ts'
import type { Qos } from './subscriptions.ts'
import { CLASSES, type Wheel } from './wheel.ts'

/** What travels in the simulated broker: decoded messages, or their bytes in codec mode. */
export type Payload = Message | Uint8Array

/** What a host lives in. */
export interface Surroundings {
  readonly wheel: Wheel<() => void>
  readonly broker: SimBroker<Payload>
  /** The signed order and roster, as the broker holds them for everybody. */
  readonly retained: readonly Message[]
  readonly codec: boolean
  /** Absent where signatures are zeros. */
  readonly verify?: (purpose: Purpose, signed: Uint8Array, key: Uint8Array) => boolean
  readonly watch: Watch
  /** What runs programs, of a job that brings one. */
  readonly run?: ProgramRunner | undefined
}

/** Who looks on at what the devices do; sees effects, never the state of an agent. */
export interface Watch {
  signed(host: Host, purpose: SignPurpose, payload: Uint8Array): void
  published(host: Host, exchange: Exchange, bytes: number): void
  sealed(host: Host, report: SealReport): void
  progressed(host: Host, job: JobId, progress: Progress): void
  /** It ended in the middle of a publish. */
  crashed(host: Host): void
  noted(host: Host, note: Effect & { kind: 'note' }): void
  /** After each step, with what it wanted done. */
  stepped(host: Host, effects: readonly Effect[]): void
}

/** What one host is made of. */
export interface HostPlan {
  readonly index: number
  readonly settings: Settings
  readonly signer: Signer
  readonly device: SimDevice
  /** What the device's monotonic clock shows when virtual time is 0. */
  readonly clockOffset: Millis
  /** Snapshots are copied when written: only devices that will be restarted pay for it. */
  readonly isRestarted: boolean
  readonly dice: Dice
  /** Absent for a device that does not forge what it says. */
  readonly liar?: Liar | undefined
}

/** How a device ends in the middle of a publish: each delivery leaves with this chance. */
export interface Ending {
  readonly reach: number
  readonly moment: 'publish' | Moment
  readonly silently: boolean
}

/** How long the broker may take to notice that a silent client is gone: beyond every run. */
const UNNOTICED = 1e12
/** Incarnations of a device that lost its state begin anew above those of before (agent/io/store.ts). */
const LIFE = 1000

/** A virtual device: the driver of one agent (agent/driver.ts) in virtual time. */
export class Host {
  readonly plan: HostPlan
  /** Loads of the agent so far, and how many of them began with nothing in memory. */
  lives = 0
  blanks = 0
  private readonly around: Surroundings
  private readonly timers = new Map<TimerName, number>()
  private readonly heard = new Map<JobId, Listening>()
  private readonly inbox: Input[] = []
  private agent: AgentState | undefined
  private connection: Connection<Payload> | undefined
  private disk: Snapshot | undefined
  private ending: Ending | undefined
  private sessions = 0
  private timerCount = 0
  private isStepping = false

  constructor(plan: HostPlan, around: Surroundings) {
    this.plan = plan
    this.around = around
  }

  get name(): NodeId {
    return this.plan.settings.node
  }

  get isUp(): boolean {
    return this.agent !== undefined
  }

  /** Those that it takes part in; none where it is down. */
  get jobs(): JobState[] {
    return [...(this.agent?.jobs.values() ?? [])]
  }

  /** What it would answer now in an epoch; undefined where it is down or knows nothing. */
  estimate(epoch: number): readonly number[] | undefined {
    const epochs = this.jobs.flatMap((job) => job.epochs)
    const state = epochs.find((each) => each.epoch === epoch)
    return state && estimateOf(state)
  }

  /** The books of mass of its open epochs. */
  get ledgers(): Ledger[] {
    const epochs = this.jobs.flatMap((job) => job.epochs)
    return epochs.flatMap(({ method, exchange }) => {
      if (method.name !== 'ratio' || method.steps) return []
      const { books } = (exchange as RatioState).account // the method's name tells whose state it is
      return books ? [books.ledger] : []
    })
  }

  /** Starts the process, with what was persisted or with an empty disk. */
  start(memory: 'kept' | 'lost'): void {
    if (memory === 'lost' || this.lives === 0) {
      this.blanks++
      this.disk = undefined
    }
    this.lives++
    const { settings } = this.plan
    const snapshot = this.disk === undefined ? undefined : structuredClone(this.disk)
    this.agent = newAgent(settings, (this.blanks - 1) * LIFE + this.lives, snapshot)
    this.ending = undefined
    this.feed({ kind: 'start', now: this.clock() })
    // As the driver does: readings are not part of the snapshot, so what its jobs need is read anew.
    if (snapshot) this.feed(this.observed(settings.sensors.map(({ id }) => id)))
    this.connect()
  }

  /** Stops it, now. `silently`: the broker does not notice within the run. */
  stop(silently: boolean): void {
    this.agent = undefined
    this.inbox.length = 0
    this.timers.clear()
    this.heard.clear()
    this.connection?.drop(silently ? UNNOTICED : 0)
    this.connection = undefined
  }

  /** Stops it at a moment to come. */
  endAt(ending: Ending): void {
    this.ending = ending
  }

  /** The broker is there again; the device finds out at a time of its own within this many milliseconds. */
  reconnect(within: Millis): void {
    const { wheel } = this.around
    const at = wheel.now + Math.floor(this.plan.dice.fraction() * within)
    wheel.push(at, CLASSES.fault, () => {
      if (this.isUp && !this.connection) this.connect()
    })
  }

  private clock(): Millis {
    return this.around.wheel.now + this.plan.clockOffset
  }

  private connect(): void {
    const session = ++this.sessions
    this.connection = this.around.broker.connect(this.name, {
      clean: true,
      will: presenceOf(this.plan.settings, false, session),
      receive: (packet) => this.receive(packet),
      closed: () => {
        this.connection = undefined
        this.feed({ kind: 'link', now: this.clock(), up: false })
      },
    })
    if (!this.connection) {
      this.feed({ kind: 'link', now: this.clock(), up: false })
      return
    }
    this.connection.publish(presenceOf(this.plan.settings, true, session))
    for (const listening of this.heard.values())
      for (const [topic, qos] of this.topicsOf(listening)) this.connection.subscribe(topic, qos)
    this.feed({ kind: 'link', now: this.clock(), up: true })
    // Order and roster are retained: every new subscription brings them again. Who takes part is known
    // only when the devices are there, so those that start together all listen before the first speaks.
    const { wheel, retained } = this.around
    const { connection } = this
    for (const told of retained) {
      const message = believed(this.plan.device, told)
      const give = () =>
        this.connection === connection && this.feed({ kind: 'message', now: this.clock(), message })
      if (message.kind === 'roster') wheel.push(wheel.now, CLASSES.timer, give)
      else give()
    }
  }

  private receive({ payload }: Packet<Payload>): void {
    if (payload === undefined || !this.agent) return
    const message: Message =
      payload instanceof Uint8Array
        ? { kind: 'exchange', exchange: decodeRecord(Exchange, payload), bytes: payload.length }
        : payload
    const { verify } = this.around
    if (message.kind === 'exchange' && verify)
      for (const claim of claimsIn(this.agent, message.exchange))
        if (!verify(claim.purpose, claim.signed, claim.key)) claim.drop()
    this.feed({ kind: 'message', now: this.clock(), message })
  }

  /** Hands an input in, and after it those that its effects bring about. */
  private feed(input: Input): void {
    this.inbox.push(input)
    if (this.isStepping) return
    this.isStepping = true
    for (let next = this.inbox.shift(); next && this.agent; next = this.inbox.shift()) {
      const out: Outbox = []
      step(this.agent, next, out)
      this.around.watch.stepped(this, out)
      for (const effect of out) {
        this.carryOut(effect)
        if (!this.agent) break
      }
    }
    this.inbox.length = 0
    this.isStepping = false
  }

  private carryOut(effect: Effect): void {
    const { watch } = this.around
    switch (effect.kind) {
      case 'persist':
        this.disk = this.plan.isRestarted ? structuredClone(effect.snapshot) : effect.snapshot
        if (this.plan.liar) tellShares(this.plan.liar, effect.snapshot)
        break
      case 'exchange':
        this.publish(effect)
        break
      case 'seal':
        this.seal(effect)
        break
      case 'progress':
        watch.progressed(this, effect.job, effect.progress)
        break
      case 'listen':
        this.listen(effect)
        break
      case 'timer':
        this.setTimer(effect.name, effect.at)
        break
      case 'observe':
        this.inbox.push(this.observed(effect.sensors))
        break
      case 'sign': {
        const { request, purpose, payload } = effect
        watch.signed(this, purpose, payload)
        const signed = this.plan.signer.sign(purpose, payload)
        if (purpose === 'contribution') this.plan.liar?.signed(payload, signed)
        this.inbox.push({ kind: 'signed', now: this.clock(), request, signed })
        break
      }
      case 'run': {
        const end = endWith(this.around.run, effect.call)
        this.inbox.push({ kind: 'ran', now: this.clock(), request: effect.request, end })
        break
      }
      case 'note':
        watch.noted(this, effect)
        break
    }
  }

  /** How the device ends in the middle of this message, if it does. */
  private endingWith({ agreement }: Exchange): Ending | undefined {
    const { ending } = this
    const votes = agreement?.votes?.length ?? 0
    const isIt =
      ending?.moment === 'publish' ||
      (ending?.moment === 'vote' && votes > 0) ||
      (ending?.moment === 'lock' && agreement?.lock !== undefined)
    return isIt ? ending : undefined
  }

  private publish(effect: Sending): void {
    const { exchange, bytes } = effect
    const { watch } = this.around
    watch.published(this, exchange, bytes.length)
    const ending = this.endingWith(exchange)
    const { liar, dice } = this.plan
    const leaves: Reach | undefined = ending && (() => dice.chance(ending.reach))
    if (!liar) this.send(effect, leaves)
    for (const { exchange: told, isFor } of liar?.versionsOf(exchange) ?? [])
      this.send(
        { ...effect, exchange: told, bytes: encodeRecord(Exchange, told) },
        (to) => isFor(to) && (!leaves || leaves(to)),
      )
    if (!ending) return
    watch.crashed(this)
    this.stop(ending.silently)
  }

  private send(sending: Sending, reach: Reach | undefined): void {
    const { exchange, bytes } = sending
    const payload = this.around.codec
      ? bytes
      : { kind: 'exchange' as const, exchange, bytes: bytes.length }
    const topic = topicName(topicOf(sending, this.name))
    const packet = { topic, payload, bytes: bytes.length, qos: 0, retain: false } as const
    this.connection?.publish(packet, reach)
  }

  private seal({ fleet, job, report }: Effect & { kind: 'seal' }): void {
    const bytes = encodeRecord(SealReport, report).length
    const topic = topicName({ kind: 'seal', fleet, job, node: this.name })
    // Nobody in the simulator listens: the watch sees every seal, which no real observer does.
    this.connection?.publish({ topic, payload: undefined, bytes, qos: 1, retain: false })
    this.around.watch.sealed(this, report)
    if (this.ending?.moment === 'final') this.ending = { ...this.ending, moment: 'publish' }
  }

  private listen(listening: Listening): void {
    const known = this.heard.get(listening.job)
    const before = known ? this.topicsOf(known) : new Map<string, Qos>()
    this.heard.set(listening.job, listening)
    const after = this.topicsOf(listening)
    for (const topic of before.keys()) if (!after.has(topic)) this.connection?.unsubscribe(topic)
    for (const [topic, qos] of after) if (!before.has(topic)) this.connection?.subscribe(topic, qos)
  }

  /** What is listened to for a job, as topic filters with their QoS. */
  private topicsOf({ fleet, job, neighbors, isAddressed }: Listening): Map<string, Qos> {
    const topics = new Map<string, Qos>()
    for (const node of neighbors) {
      topics.set(topicName({ kind: 'exchange', fleet, job, node }), 0)
      topics.set(topicName({ kind: 'state', fleet, node }), 1)
    }
    if (isAddressed) {
      topics.set(topicFilter('announcement', { fleet, job }), 0)
      topics.set(topicFilter('edge', { fleet, job, to: this.name }), 0)
    }
    return topics
  }

  private setTimer(name: TimerName, at: Millis): void {
    const { wheel } = this.around
    const id = ++this.timerCount
    this.timers.set(name, id)
    if (at === Number.POSITIVE_INFINITY) {
      this.timers.delete(name)
      return
    }
    wheel.push(Math.max(wheel.now, at - this.plan.clockOffset), CLASSES.timer, () => {
      if (this.timers.get(name) !== id) return
      this.timers.delete(name)
      this.feed({ kind: 'timer', now: this.clock(), name })
    })
  }

  private observed(sensors: readonly string[]): Input {
    const { settings, device } = this.plan
    const wanted = settings.sensors.flatMap((sensor, k) => (sensors.includes(sensor.id) ? [k] : []))
    const chosen = wanted.flatMap((k) => settings.sensors[k] ?? [])
    const now = this.clock()
    return {
      kind: 'observed',
      now,
      observation: {
        at: now,
        sensors: chosen.map(({ id }) => id as SensorId), // agent/core/settings.ts has them as plain text
        units: chosen.map(({ unit }) => unit),
        rows: rowsIn(device, this.lives).map((row) => wanted.map((k) => row[k] ?? null)),
        timeless: true, // as rows of a file are (agent/io/sensors)
      },
    }
  }
}

/** A liar lies about what the agent tells before it is signed, too. */
function tellShares(liar: Liar, { jobs }: Snapshot): void {
  for (const { share } of jobs.flatMap(({ epochs }) => epochs)) if (share) liar.proposed(share)
}
