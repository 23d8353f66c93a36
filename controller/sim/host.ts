import { claimsIn, newAgent, step } from '../../agent/core/agent.ts'
import type { Effect, Outbox, Progress } from '../../agent/core/effect.ts'
import type { Input, Message, SignPurpose, TimerName } from '../../agent/core/input.ts'
import type { Settings } from '../../agent/core/settings.ts'
import type { Snapshot } from '../../agent/core/snapshot.ts'
import type { AgentState } from '../../agent/core/state.ts'
import { decodeRecord, encodeRecord } from '../../agent/wire/codec.ts'
import type { JobId, Millis, NodeId, SensorId } from '../../agent/wire/ids.ts'
import { Exchange, SealReport } from '../../agent/wire/messages.ts'
import type { Purpose } from '../../agent/wire/signature.ts'
import { topicName } from '../../agent/wire/topics.ts'
import type { Connection, Packet, SimBroker } from './broker.ts'
import type { Dice } from './random.ts'
import { rowsIn, type SimDevice } from './scenario.ts'
import type { Signer } from './signing.ts'
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
}

/** Who looks on at what the devices do; sees effects, never the state of an agent. */
export interface Watch {
  signed(host: Host, purpose: SignPurpose, payload: Uint8Array): void
  published(host: Host, exchange: Exchange, bytes: number): void
  sealed(host: Host, report: SealReport): void
  progressed(host: Host, job: JobId, progress: Progress): void
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
}

/** How a device ends in the middle of a publish: each delivery leaves with this chance. */
export interface Ending {
  readonly reach: number
  readonly moment: 'publish' | 'vote' | 'final'
  readonly silently: boolean
}

/** A virtual device: the driver of one agent. */
export interface Host {
  readonly plan: HostPlan
  readonly name: NodeId
  readonly isUp: boolean
  /** Loads of the agent so far, and how many of them began with nothing in memory. */
  readonly lives: number
  readonly blanks: number
  /** Starts the process, with what was persisted or with an empty disk. */
  start(memory: 'kept' | 'lost'): void
  /** Stops it, now. */
  stop(silently: boolean): void
  /** Stops it at a moment to come. */
  endAt(ending: Ending): void
  /** The broker is there again; the device finds out at a time of its own within this many milliseconds. */
  reconnect(within: Millis): void
}

/** How long the broker may take to notice that a silent client is gone: beyond every run. */
const UNNOTICED = 1e12
/** Incarnations of a device that lost its state begin anew above those of before (agent/io/store.ts). */
const LIFE = 1000

export function newHost(plan: HostPlan, around: Surroundings): Host {
  const { wheel, broker, watch } = around
  const { settings } = plan
  const timers = new Map<TimerName, number>()
  const heard = new Map<JobId, readonly NodeId[]>()
  const inbox: Input[] = []
  const state = topicName({ kind: 'state', fleet: settings.fleet, node: settings.node })
  let agent: AgentState | undefined
  let connection: Connection<Payload> | undefined
  let disk: Snapshot | undefined
  let ending: Ending | undefined
  let lives = 0
  let blanks = 0
  let sessions = 0
  let timerCount = 0
  let isStepping = false

  const clock = (): Millis => wheel.now + plan.clockOffset

  const presence = (online: boolean, session: number): Packet<Payload> => ({
    topic: state,
    payload: { kind: 'presence', node: settings.node, online, session },
    bytes: 64,
    qos: 1,
    retain: true,
  })
  const connect = (): void => {
    const session = ++sessions
    connection = broker.connect(settings.node, {
      clean: true,
      will: presence(false, session),
      receive,
      closed() {
        connection = undefined
        feed({ kind: 'link', now: clock(), up: false })
      },
    })
    if (connection === undefined) {
      feed({ kind: 'link', now: clock(), up: false })
      return
    }
    connection.publish(presence(true, session))
    for (const [job, neighbors] of heard) subscribe(job, neighbors)
    feed({ kind: 'link', now: clock(), up: true })
    // Order and roster are retained: every new subscription brings them again.
    for (const message of around.retained) feed({ kind: 'message', now: clock(), message })
  }
  const topicsOf = (job: JobId, node: NodeId): string[] => [
    topicName({ kind: 'exchange', fleet: settings.fleet, job, node }),
    topicName({ kind: 'state', fleet: settings.fleet, node }),
  ]
  const subscribe = (job: JobId, neighbors: readonly NodeId[]): void => {
    for (const neighbor of neighbors) {
      const [exchange, life] = topicsOf(job, neighbor) as [string, string]
      connection?.subscribe(exchange, 0)
      connection?.subscribe(life, 1)
    }
  }

  const receive = (packet: Packet<Payload>): void => {
    const { payload } = packet
    if (payload === undefined) return
    const message: Message =
      payload instanceof Uint8Array
        ? { kind: 'exchange', exchange: decodeRecord(Exchange, payload), bytes: payload.length }
        : payload
    if (message.kind === 'exchange' && around.verify !== undefined && agent !== undefined)
      for (const claim of claimsIn(agent, message.exchange))
        if (!around.verify(claim.purpose, claim.signed, claim.key)) claim.drop()
    feed({ kind: 'message', now: clock(), message })
  }

  /** Hands an input in, and after it those that its effects bring about. */
  const feed = (input: Input): void => {
    inbox.push(input)
    if (isStepping) return
    isStepping = true
    for (
      let next = inbox.shift();
      next !== undefined && agent !== undefined;
      next = inbox.shift()
    ) {
      const out: Outbox = []
      step(agent, next, out)
      watch.stepped(host, out)
      for (const effect of out) {
        carryOut(effect)
        if (agent === undefined) break
      }
    }
    inbox.length = 0
    isStepping = false
  }

  const carryOut = (effect: Effect): void => {
    switch (effect.kind) {
      case 'persist':
        disk = plan.isRestarted ? structuredClone(effect.snapshot) : effect.snapshot
        break
      case 'exchange':
        publish(effect)
        break
      case 'seal': {
        const { job, report } = effect
        const bytes = encodeRecord(SealReport, report).length
        const topic = topicName({ kind: 'seal', fleet: effect.fleet, job, node: settings.node })
        // Nobody in the simulator listens: the watch sees every seal, which no real observer does.
        connection?.publish({ topic, payload: undefined, bytes, qos: 1, retain: false })
        watch.sealed(host, report)
        if (ending?.moment === 'final') ending = { ...ending, moment: 'publish' }
        break
      }
      case 'progress':
        watch.progressed(host, effect.job, effect.progress)
        break
      case 'listen':
        listen(effect.job, effect.neighbors)
        break
      case 'timer':
        setTimer(effect.name, effect.at)
        break
      case 'observe':
        inbox.push(observed(effect.sensors))
        break
      case 'sign': {
        const { request, purpose, payload } = effect
        watch.signed(host, purpose, payload)
        inbox.push({
          kind: 'signed',
          now: clock(),
          request,
          signed: plan.signer.sign(purpose, payload),
        })
        break
      }
      case 'note':
        watch.noted(host, effect)
        break
    }
  }

  const publish = ({ fleet, job, exchange, bytes }: Effect & { kind: 'exchange' }): void => {
    watch.published(host, exchange, bytes.length)
    const hasVotes = (exchange.flood.votes?.length ?? 0) > 0
    const ends = ending && (ending.moment === 'publish' || (ending.moment === 'vote' && hasVotes))
    const reach = ends ? () => plan.dice.chance(ending?.reach ?? 0) : undefined
    const payload: Payload = around.codec
      ? bytes
      : { kind: 'exchange', exchange, bytes: bytes.length }
    const topic = topicName({ kind: 'exchange', fleet, job, node: settings.node })
    connection?.publish({ topic, payload, bytes: bytes.length, qos: 0, retain: false }, reach)
    if (ends) host.stop(ending?.silently ?? false)
  }

  const listen = (job: JobId, neighbors: readonly NodeId[]): void => {
    const before = heard.get(job) ?? []
    heard.set(job, neighbors)
    for (const gone of before.filter((id) => !neighbors.includes(id)))
      for (const topic of topicsOf(job, gone)) connection?.unsubscribe(topic)
    subscribe(
      job,
      neighbors.filter((id) => !before.includes(id)),
    )
  }

  const setTimer = (name: TimerName, at: Millis): void => {
    const id = ++timerCount
    timers.set(name, id)
    if (at === Number.POSITIVE_INFINITY) timers.delete(name)
    else
      wheel.push(Math.max(wheel.now, at - plan.clockOffset), CLASSES.timer, () => {
        if (timers.get(name) !== id) return
        timers.delete(name)
        feed({ kind: 'timer', now: clock(), name })
      })
  }

  const observed = (sensors: readonly string[]): Input => {
    const wanted = settings.sensors.flatMap((sensor, k) => (sensors.includes(sensor.id) ? [k] : []))
    const chosen = wanted.map((k) => settings.sensors[k] as (typeof settings.sensors)[number]) // k indexes it
    return {
      kind: 'observed',
      now: clock(),
      observation: {
        at: clock(),
        sensors: chosen.map(({ id }) => id as SensorId), // agent/core/settings.ts has them as plain text
        units: chosen.map(({ unit }) => unit),
        rows: rowsIn(plan.device, lives).map((row) => wanted.map((k) => row[k] ?? null)),
      },
    }
  }

  const host: Host = {
    plan,
    name: settings.node,
    get isUp() {
      return agent !== undefined
    },
    get lives() {
      return lives
    },
    get blanks() {
      return blanks
    },
    start(memory) {
      if (memory === 'lost' || lives === 0) {
        blanks++
        disk = undefined
      }
      lives++
      const snapshot = disk === undefined ? undefined : structuredClone(disk)
      agent = newAgent(settings, (blanks - 1) * LIFE + lives, snapshot)
      ending = undefined
      feed({ kind: 'start', now: clock() })
      // As the driver does: readings are not part of the snapshot, so what its jobs need is read anew.
      if (snapshot) feed(observed(settings.sensors.map(({ id }) => id)))
      connect()
    },
    stop(silently) {
      agent = undefined
      inbox.length = 0
      timers.clear()
      heard.clear()
      connection?.drop(silently ? UNNOTICED : 0)
      connection = undefined
    },
    endAt(next) {
      ending = next
    },
    reconnect(within) {
      const at = wheel.now + Math.floor(plan.dice.fraction() * within)
      wheel.push(at, CLASSES.fault, () => {
        if (agent !== undefined && connection === undefined) connect()
      })
    },
  }
  return host
}
