import type { Clock } from '../agent/io/clock.ts'
import type { DeviceKey } from '../agent/io/keys.ts'
import type { Log } from '../agent/io/log.ts'
import type { Verifier } from '../agent/io/verify.ts'
import { checkSender, decodeRecord } from '../agent/wire/codec.ts'
import { HypernetError } from '../agent/wire/errors.ts'
import { digest, equalBytes } from '../agent/wire/hash.ts'
import type { FleetId, JobId, NodeId } from '../agent/wire/ids.ts'
import { LIMITS } from '../agent/wire/limits.ts'
import { Seal, SealReport } from '../agent/wire/messages.ts'
import { addressOf, payloadOf, signCose } from '../agent/wire/signature.ts'
import { topicName } from '../agent/wire/topics.ts'
import { step } from './core/jobLifecycle.ts'
import type { JobEffect, JobInput, Surroundings } from './core/jobSeam.ts'
import {
  isEnded,
  type JobState,
  newJob,
  restoredJob,
  type Submission,
  savedJob,
} from './core/jobState.ts'
import { type JobStatus, statusOf } from './core/jobStatus.ts'
import type { ResultDocument } from './core/resultDocument.ts'
import type { Generations, Store, StoredSigned } from './io/store.ts'
import { JobTopics } from './jobTopics.ts'
import { takeMessage } from './outside.ts'

/** What happened to a job, for people who watch. */
export type JobEvent =
  | { readonly event: 'job'; readonly job: JobStatus }
  | { readonly event: 'result'; readonly job: JobId; readonly result: ResultDocument }

export interface JobRunnerOptions {
  readonly fleet: FleetId
  readonly key: DeviceKey
  readonly store: Store
  /** Says what a retained topic must hold from now on (Link). */
  readonly retain: (topic: string, payload: string | Uint8Array) => void
  readonly verifier: Verifier
  readonly clock: Clock
  readonly log: Log
  readonly around: () => Surroundings
  readonly tell: (event: JobEvent) => void
  /** Takes the order of a paid job back, or stops its contract. */
  readonly stop: (job: JobId) => void
  /** The store failed: what is in memory is ahead of it, so the process must start again from it. */
  readonly broke: (error: unknown) => void
}

/** Inputs taken in one go: signatures cost half a millisecond each, and a broker may live in this process. */
const BATCH = 64
/** Results and rosters of one job that are kept. */
const KEPT = { rosters: 3, results: LIMITS.results }
/** Jobs that have ended and are still known; the oldest are forgotten. */
const KEPT_JOBS = 500

/** A device's `seal` topic. */
export interface SealTopic {
  readonly kind: 'seal'
  readonly fleet: FleetId
  readonly job: JobId
  readonly node: NodeId
}

/** An input and the job that it is for. */
interface Told {
  readonly job: JobId
  readonly input: JobInput
}

type Arrival =
  | { readonly kind: 'input'; readonly job: JobId; readonly input: JobInput }
  | {
      readonly kind: 'report'
      readonly topic: SealTopic
      readonly bytes: Uint8Array
    }

/** Runs all jobs: inputs in, effects stored in one transaction, then carried out in order. */
export class JobRunner {
  readonly #options: JobRunnerOptions
  readonly #jobs = new Map<JobId, JobState>()
  readonly #timers = new Map<JobId, () => void>()
  readonly #topics: JobTopics
  #waiting: Arrival[] = []
  #scheduled: NodeJS.Immediate | undefined
  #closed = false

  constructor(options: JobRunnerOptions) {
    this.#options = options
    const { fleet, key, retain } = options
    this.#topics = new JobTopics(fleet, addressOf(key.publicKey), retain)
  }

  /** Takes up all jobs where the last controller left them. @throws HypernetError `STORE_FAILED` */
  load(): void {
    const { store } = this.#options
    for (const { job, state } of store.jobs()) {
      const order = store.order(job)
      if (!order) throw new HypernetError('STORE_FAILED', `the store has job ${job} without order`)
      const newest = store.results(job, 1)[0]
      const restored = restoredJob({
        saved: state,
        orderPayload: order.payload,
        rosters: store.rosters(job, 2),
        newest: newest && {
          at: newest.at,
          document: JSON.parse(newest.document) as ResultDocument, // as `#keep` wrote it
        },
      })
      this.#jobs.set(job, restored)
      this.give(job, { kind: 'resumed' })
      if (isEnded(restored)) continue
      for (const { hash } of restored.rosters)
        for (const { node, bytes } of store.reports(job, hash))
          this.takeReport({ kind: 'seal', fleet: this.#options.fleet, job, node }, bytes)
    }
  }

  get(job: JobId): JobState | undefined {
    return this.#jobs.get(job)
  }

  all(): JobState[] {
    return [...this.#jobs.values()]
  }

  /** Generation that the next order under this name must have. */
  nextGeneration(job: JobId): number {
    return this.#generations(job).generation + 1
  }

  /** Begins a job; one of the same name must have ended. Returns when it is stored. */
  submit(submission: Submission): JobState {
    const { job } = submission.order
    const { rosterGeneration } = this.#generations(job)
    const state = newJob(submission, this.#options.around().now, rosterGeneration)
    this.#jobs.delete(job)
    this.#jobs.set(job, state)
    this.#forgetOldest()
    this.give(job, { kind: 'submitted' })
    this.#drain()
    return state
  }

  #generations(job: JobId): Generations {
    const state = this.#jobs.get(job)
    if (!state) return this.#options.store.retired(job) ?? { generation: 0, rosterGeneration: 0 }
    return { generation: state.order.generation, rosterGeneration: state.rosterGeneration }
  }

  /** Ends a job now. */
  cancel(job: JobId): void {
    this.give(job, { kind: 'cancel' })
    this.#drain()
  }

  /** The surroundings changed: every job that goes on looks at them. */
  look(): void {
    for (const [job, state] of this.#jobs)
      if (!isEnded(state) && !this.#waiting.some((each) => isLook(each, job)))
        this.give(job, { kind: 'look' })
  }

  give(job: JobId, input: JobInput): void {
    this.#enqueue({ kind: 'input', job, input })
  }

  /** Takes the payload of a `seal` topic. */
  takeReport(topic: SealTopic, bytes: Uint8Array): void {
    this.#enqueue({ kind: 'report', topic, bytes })
  }

  /** Carries out everything that waits, then stops. */
  close(): void {
    while (this.#waiting.length > 0 && !this.#closed) this.#drain()
    this.#closed = true
    if (this.#scheduled) clearImmediate(this.#scheduled)
    for (const cancel of this.#timers.values()) cancel()
  }

  #enqueue(arrival: Arrival): void {
    if (this.#closed) return
    this.#waiting.push(arrival)
    this.#scheduled ??= setImmediate(() => this.#drain())
  }

  #drain(): void {
    if (this.#scheduled) clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    if (this.#closed) return
    const batch = this.#waiting.splice(0, BATCH)
    try {
      const around = this.#options.around()
      const done = batch.flatMap((arrival) => this.#step(arrival, around))
      if (done.length > 0) this.#carryOut(done)
    } catch (error) {
      this.#closed = true
      this.#options.broke(error)
      return
    }
    if (this.#waiting.length > 0) this.#scheduled = setImmediate(() => this.#drain())
  }

  #step(arrival: Arrival, around: Surroundings): Done[] {
    if (arrival.kind === 'input') return this.#give(arrival, around)
    const { topic, bytes } = arrival
    let done: Done[] = []
    // One bad report must end neither the process nor those that came with it.
    takeMessage(topicName(topic), this.#options.log, () => {
      const read = this.#read(topic, bytes)
      if (read) done = this.#give(read, around, bytes)
    })
    return done
  }

  #give({ job, input }: Told, around: Surroundings, bytes?: Uint8Array): Done[] {
    const state = this.#jobs.get(job)
    if (!state) return []
    const effects: JobEffect[] = []
    step(state, input, around, effects)
    return effects.map((effect) => ({ state, effect, bytes }))
  }

  /** Opens a report: decoded, its sender and signature checked. */
  #read(topic: SealTopic, bytes: Uint8Array): Told | undefined {
    const report = decodeRecord(SealReport, bytes)
    checkSender(topic, report)
    const state = this.#jobs.get(topic.job)
    const roster = state?.rosters.find(({ hash }) => equalBytes(hash, report.roster))
    if (!roster) return undefined
    return { job: topic.job, input: { kind: 'report', report, seal: this.#open(report, roster) } }
  }

  #open({ seal, from }: SealReport, { keyOf }: JobState['rosters'][number]): Seal | undefined {
    if (!seal) return undefined
    const key = keyOf.get(from)
    if (!key) throw new HypernetError('BAD_SIGNATURE', 'it is not in the roster')
    if (!this.#options.verifier.verify('seal', seal, key))
      throw new HypernetError('BAD_SIGNATURE', 'the seal is not signed by its key in the roster')
    return decodeRecord(Seal, payloadOf(seal))
  }

  #carryOut(done: readonly Done[]): void {
    const durable = done.some(({ effect }) => DURABLE.has(effect.kind))
    const stores = durable || done.some(({ effect }) => effect.kind === 'keep')
    const signed = new Map<JobEffect, StoredSigned>()
    if (stores)
      this.#options.store.write(durable, () => {
        // A job's own row comes first: the others refer to it.
        const saved = new Set(
          done.filter(({ effect }) => effect.kind === 'save').map(({ state }) => state),
        )
        for (const state of saved) this.#save(state)
        for (const each of done) this.#keep(each, signed)
      })
    for (const each of done) this.#act(each, signed)
  }

  #save(state: JobState): void {
    const { store } = this.#options
    const { job } = state
    store.saveJob({ job, active: !isEnded(state), state: savedJob(state) })
    const oldest = state.finished[0] ?? 0
    store.prune(job, { ...KEPT, reportsFrom: oldest })
  }

  #keep({ state, effect, bytes }: Done, signed: Map<JobEffect, StoredSigned>): void {
    const { store, around } = this.#options
    const { job } = state
    switch (effect.kind) {
      case 'order':
      case 'roster':
        signed.set(effect, this.#sign(job, effect))
        break
      case 'keep': {
        const { roster, epoch, node } = effect
        if (bytes) store.saveReport(job, roster, { epoch, node, bytes })
        break
      }
      case 'result': {
        const document = JSON.stringify(effect.document)
        const { generation } = state.order
        store.saveResult(job, generation, { epoch: effect.epoch, at: around().now, document })
        break
      }
      default:
        break
    }
  }

  /** The signed form of an order or roster: made once, found in the store afterwards. */
  #sign(job: JobId, effect: JobEffect & { kind: 'order' | 'roster' }): StoredSigned {
    const { store, key } = this.#options
    const { kind, generation, payload } = effect
    const kept =
      kind === 'order'
        ? store.order(job)
        : store.rosters(job, 2).find((roster) => roster.generation === generation)
    if (kept?.generation === generation && equalBytes(kept.payload, payload)) return kept
    const signed = { generation, payload, signed: signCose(kind, payload, key.privateKey) }
    if (effect.kind === 'order') store.saveOrder(job, signed)
    else {
      const { firstEpoch, at } = effect
      store.saveRoster(job, { ...signed, hash: digest(payload), firstEpoch, at })
    }
    return signed
  }

  #act({ state, effect }: Done, signed: ReadonlyMap<JobEffect, StoredSigned>): void {
    const { tell } = this.#options
    const { job } = state
    switch (effect.kind) {
      case 'order':
      case 'roster': {
        const made = signed.get(effect)
        if (made) this.#topics.announce(effect.kind, job, made.signed)
        break
      }
      case 'withdraw':
        this.#topics.withdraw(effect.what, job, this.#lastSigned(effect.what, job))
        break
      case 'stop':
        this.#options.stop(job)
        break
      case 'spec':
        this.#topics.tell('spec', job, effect.spec)
        break
      case 'status':
        this.#topics.tell('status', job, effect.status)
        tell({ event: 'job', job: statusOf(state) })
        break
      case 'result':
        if (!effect.latest) break
        this.#topics.tell('result', job, effect.document)
        tell({ event: 'result', job, result: effect.document })
        break
      case 'wake':
        this.#wakeAt(job, effect.at)
        break
      case 'note':
        this.#note(effect.level, job, effect.message)
        break
      case 'keep':
      case 'save':
        break
    }
  }

  #lastSigned(what: 'order' | 'roster', job: JobId): Uint8Array | undefined {
    const { store } = this.#options
    return (what === 'order' ? store.order(job) : store.rosters(job, 1)[0])?.signed
  }

  #wakeAt(job: JobId, at: number): void {
    this.#timers.get(job)?.()
    this.#timers.delete(job)
    if (at === Number.POSITIVE_INFINITY) return
    const { clock, around } = this.#options
    const delay = Math.max(0, at - around().now)
    this.#timers.set(
      job,
      clock.after(delay, () => this.give(job, { kind: 'look' })),
    )
  }

  #note(level: 'debug' | 'info' | 'warn', job: JobId, message: string): void {
    this.#options.log({ level, kind: 'job', job, message })
  }

  /** Forgets the jobs that ended longest ago, and what the broker keeps of them. */
  #forgetOldest(): void {
    const { store } = this.#options
    const ended = [...this.#jobs.values()].filter(isEnded)
    for (const { job } of ended.slice(0, Math.max(0, ended.length - KEPT_JOBS))) {
      for (const what of ['order', 'roster'] as const)
        this.#topics.withdraw(what, job, this.#lastSigned(what, job))
      this.#topics.forget(job)
      this.#timers.get(job)?.()
      this.#timers.delete(job)
      store.write(false, () => store.removeJob(job, this.#generations(job)))
      this.#jobs.delete(job)
    }
  }
}

interface Done {
  readonly state: JobState
  readonly effect: JobEffect
  /** The report that was the input. */
  readonly bytes: Uint8Array | undefined
}

/** Effects that must survive a power cut before anybody hears of them. */
const DURABLE: ReadonlySet<JobEffect['kind']> = new Set(['save', 'order', 'roster', 'result'])

const isLook = (arrival: Arrival, job: JobId): boolean =>
  arrival.kind === 'input' && arrival.job === job && arrival.input.kind === 'look'
