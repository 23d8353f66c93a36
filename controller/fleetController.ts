import type { Clock } from '../agent/io/clock.ts'
import type { DeviceKey } from '../agent/io/keys.ts'
import type { Log } from '../agent/io/log.ts'
import { verifier } from '../agent/io/verify.ts'
import { HypernetError, invariant } from '../agent/wire/errors.ts'
import type { FleetId, JobId, NodeId } from '../agent/wire/ids.ts'
import type { Mistake } from '../agent/wire/mistake.ts'
import { addressOf, checksumAddress } from '../agent/wire/signature.ts'
import { parseTopic } from '../agent/wire/topics.ts'
import { SOFTWARE } from '../agent/wire/version.ts'
import type { BrokerPort } from './brokerPort.ts'
import { windowMistakes } from './calling.ts'
import { certificateOf } from './certificate.ts'
import {
  type ControllerEvent,
  type DeviceProgress,
  type JobView,
  jobOf,
} from './controllerEvents.ts'
import { submissionOf } from './core/compile.ts'
import { expressionProblems } from './core/expressionProblems.ts'
import { sorted } from './core/fleet.ts'
import { type NodeView, nodeView } from './core/fleetView.ts'
import type { Surroundings } from './core/jobSeam.ts'
import { ENDED, isEnded, isPaid, type JobState } from './core/jobState.ts'
import { type JobStatus, statusOf } from './core/jobStatus.ts'
import { select } from './core/roster.ts'
import { type MarketPlace, type Opening, withOffer } from './core/settlement/offer.ts'
import { FleetWatch } from './fleetWatch.ts'
import { checkFunds, NO_CHAIN } from './funds.ts'
import type { ApiHost, Submission } from './io/http.ts'
import { type DataFiles, type JobDocument, readJobs } from './io/jobFiles.ts'
import { type Link, openLink } from './io/link.ts'
import { placedInFiles } from './io/programPlace.ts'
import type { Store } from './io/store.ts'
import { JobRunner } from './jobRunner.ts'
import { MarketDesk } from './marketDesk.ts'
import type { OpenMarket } from './openMarket.ts'
import { takeMessage } from './outside.ts'
import { pinnedNames } from './pinnedNames.ts'
import { ProgressWatch } from './progressWatch.ts'

export interface FleetControllerOptions {
  readonly fleet: FleetId
  readonly key: DeviceKey
  readonly store: Store
  readonly broker: BrokerPort
  readonly log: Log
  readonly clock: Clock
  /** The chain that paid jobs are settled on; absent: jobs run unpaid. */
  readonly market?: OpenMarket | undefined
  /** Jobs that are not ended, at a time. */
  readonly mostJobs: number
  /** The store failed; nothing must be done any more. */
  readonly broke: (error: HypernetError) => void
}

type Listener = (event: ControllerEvent) => void

/** Joins the parts of a controller; answers what the API and the commands ask. */
export class FleetController implements ApiHost {
  readonly fleet: FleetId
  readonly operatorAddress: string
  readonly #options: FleetControllerOptions
  readonly #since: number
  readonly #watch: FleetWatch
  readonly #progress: ProgressWatch
  readonly #runner: JobRunner
  readonly #desk: MarketDesk | undefined
  readonly #link: Link
  readonly #listeners = new Set<Listener>()
  readonly #base: number
  #linkedSince: number | undefined

  constructor(options: FleetControllerOptions) {
    const { fleet, key, store, broker, log, clock } = options
    this.#options = options
    this.fleet = fleet
    this.operatorAddress = checksumAddress(addressOf(key.publicKey))
    // Unix time that never goes back while we run: the wall clock may be set under us.
    this.#base = clock.unix() - clock.now()
    this.#since = this.#now()
    const now = () => this.#now()
    const broke = (error: unknown) => this.#broke(error)
    this.#watch = new FleetWatch({
      store,
      log,
      now,
      broke,
      changed: (changes) => this.#fleetChanged(changes),
    })
    this.#link = openLink({
      ...broker,
      fleet,
      log,
      clock,
      onMessage: (topic, payload) => this.#hear(topic, payload),
      onUp: (up) => this.#linked(up),
    })
    this.#runner = new JobRunner({
      fleet,
      key,
      store,
      clock,
      log,
      broke,
      verifier: verifier(),
      retain: (topic, payload) => this.#link.retain(topic, payload),
      around: () => this.#around(),
      tell: (event) => this.#tell(event),
      stop: (job) => this.#desk?.cancel(job),
    })
    this.#desk =
      options.market &&
      new MarketDesk({
        ...options.market,
        store,
        fleet,
        key,
        log,
        retain: (topic, payload) => this.#link.retain(topic, payload),
        ...pinnedNames(this.#watch.fleet),
        give: (job, input) => this.#runner.give(job, input),
      })
    this.#progress = new ProgressWatch({
      clock,
      now,
      job: (job) => this.#runner.get(job),
      tell: (progress) => this.#tell({ event: 'progress', job: progress.job, progress }),
      absent: (job, groups) => this.#runner.give(job, { kind: 'absent', groups }),
      declined: (job, declined) => this.#runner.give(job, { kind: 'declined', ...declined }),
    })
  }

  /** Takes up the jobs of the store and connects. @throws HypernetError `STORE_FAILED`, `BROKER_LOST` */
  async start(): Promise<void> {
    this.#runner.load()
    // The chain tells all that happened to their contracts, from the beginning.
    for (const state of this.#runner.all()) {
      if (!state.isClosed) this.#desk?.begin(state.order)
      if (state.isStopping) this.#desk?.cancel(state.job)
    }
    await this.#link.connect()
  }

  async close(): Promise<void> {
    this.#progress.close()
    this.#watch.close()
    this.#runner.close()
    await this.#link.close()
  }

  /** The market that orders are made for now. @throws HypernetError `INVARIANT` without a chain */
  get marketPlace(): MarketPlace {
    invariant(this.#desk, 'a controller without a chain has no market')
    return this.#desk.place
  }

  status(): unknown {
    const devices = [...this.#watch.fleet.devices.values()]
    const jobs = this.#runner.all()
    return {
      software: SOFTWARE,
      fleet: this.fleet,
      since: this.#since,
      operator: this.operatorAddress,
      brokerUrl: this.#options.broker.url,
      chainUrl: this.#options.market?.embeddedUrl,
      broker: { up: this.#link.up, embedded: this.#options.broker.stats() },
      nodes: { known: devices.length, online: devices.filter(({ online }) => online).length },
      jobs: { known: jobs.length, active: jobs.filter((job) => !isEnded(job)).length },
    }
  }

  jobs(): JobStatus[] {
    return this.#runner.all().map(statusOf)
  }

  job(job: JobId): JobView {
    const state = this.#state(job)
    const progress = this.#progress.of(job)
    return {
      ...statusOf(state),
      ...(progress ? { progress } : {}),
      ...(state.document ? { result: state.document } : {}),
      spec: state.spec,
    }
  }

  /** What one device tells of a job and of the whole fleet in it. @throws HypernetError `NOT_FOUND` */
  progress(job: JobId, node: NodeId): DeviceProgress {
    this.#state(job)
    return { job, device: node, ...this.#progress.toldBy(job, node) }
  }

  result(job: JobId, { certificate, history } = { certificate: false, history: 0 }) {
    const state = this.#state(job)
    const { document } = state
    if (!document)
      throw new HypernetError(
        'NOT_FOUND',
        isEnded(state)
          ? `job ${job} has no result: it ${state.phase === 'cancelled' ? 'was' : `${state.phase}:`} ${state.message}`
          : `job ${job} has no result yet: it is ${state.phase}, ${state.message}`,
      )
    return {
      ...document,
      ...(certificate
        ? { certificate: certificateOf(state, document, this.#options.store, this.operatorAddress) }
        : {}),
      ...(history > 0 ? { history: this.#history(job, history) } : {}),
    }
  }

  async submit(file: string, text: string, data?: DataFiles): Promise<Submission<JobStatus>> {
    const { jobs, mistakes } = await readJobs([{ name: file, text }], expressionProblems, data)
    // Nothing is waited for once names are known to be free.
    const isPaid = jobs.some(({ job }) => job.spec.market)
    const opening = isPaid ? await this.#desk?.opening() : undefined
    if (opening) checkFunds(opening, await this.#options.market?.freeOf(opening.buyer), jobs)
    const wrong = [...mistakes, ...jobs.flatMap((each) => this.#conflict(each))]
    wrong.push(...windowMistakes(opening, jobs))
    this.#checkRoom(jobs.length)
    if (wrong.length > 0) return { ok: false, mistakes: wrong }
    const submissions = jobs.map((each) => this.#submission(each, opening))
    for (const { order } of submissions) this.#progress.forget(order.job)
    const begun = submissions.map((each) => this.#runner.submit(each))
    for (const { order } of submissions) this.#desk?.begin(order)
    return { ok: true, jobs: begun.map(statusOf) }
  }

  #submission({ job, written, rows, code }: JobDocument, opening: Opening | undefined) {
    const id = job.metadata.name
    const { market } = job.spec
    const generation = this.#runner.nextGeneration(id)
    const terms = { job: id, fleet: this.fleet, generation, rows, code }
    const { wanted } = submissionOf(job, written, terms)
    const { devices } = select(this.#watch.candidates, wanted)
    const submission = submissionOf(job, written, {
      ...terms,
      devices: market ? market.sellers : devices.length,
    })
    if (!market || !this.#desk || !opening) return submission
    return { ...submission, order: withOffer(submission.order, market, this.#desk.place, opening) }
  }

  cancel(job: JobId): JobStatus {
    const state = this.#state(job)
    if (isEnded(state))
      throw new HypernetError('BAD_USAGE', `job ${job} has ended already: it ${ENDED[state.phase]}`)
    this.#runner.cancel(job)
    return statusOf(state)
  }

  nodes(): NodeView[] {
    return sorted(this.#watch.fleet).map(nodeView)
  }

  forgetNode(node: NodeId): NodeView {
    const device = this.#watch.fleet.devices.get(node)
    if (!device) throw new HypernetError('NOT_FOUND', `no device ${node} in fleet ${this.fleet}`)
    this.#watch.forget(node)
    this.#options.broker.credentials?.revoke(node)
    this.#options.broker.disconnect(node)
    return nodeView(device)
  }

  /** @returns a function that takes the listener away */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  follow(job: JobId | undefined, listener: Listener, ended: () => void): () => void {
    const begin = job === undefined ? this.#runner.all() : [this.#state(job)]
    for (const state of begin) for (const event of this.#standing(state)) listener(event)
    if (job !== undefined && isEnded(this.#state(job))) {
      ended()
      return () => {}
    }
    return this.listen((event) => {
      if (job === undefined) return listener(event)
      if (jobOf(event) !== job) return
      listener(event)
      if (event.event === 'job' && isEnded(this.#state(job))) ended()
    })
  }

  #standing(state: JobState): ControllerEvent[] {
    const { job, document } = state
    const progress = this.#progress.of(job)
    return [
      ...(progress ? [{ event: 'progress', job, progress } as const] : []),
      ...(document ? [{ event: 'result', job, result: document } as const] : []),
      { event: 'job', job: statusOf(state) },
    ]
  }

  #state(job: JobId): JobState {
    const state = this.#runner.get(job)
    if (state) return state
    throw new HypernetError('NOT_FOUND', `no job ${job}; hypernet job ls lists those that exist`)
  }

  #checkRoom(more: number): void {
    const { mostJobs } = this.#options
    const active = this.#runner.all().filter((job) => !isEnded(job)).length
    if (active + more <= mostJobs) return
    throw new HypernetError(
      'TOO_LARGE',
      `${active} jobs are not ended, ${more} more would exceed limits.jobs (${mostJobs}) of controller.yaml; cancel some first`,
    )
  }

  /** A job that goes on keeps its name to itself; a paid one needs a chain. */
  #conflict({ job, file, place }: JobDocument): Mistake[] {
    const id = job.metadata.name
    if (job.spec.market && !this.#desk) {
      return [{ file, ...place, path: 'spec.market', text: NO_CHAIN }]
    }
    const state = this.#runner.get(id)
    const isOver = state && isEnded(state)
    if (!state || (isOver && (!isPaid(state) || state.isClosed || !this.#desk))) return []
    const text = isOver
      ? `found ${id}, but the contract of an earlier job of this name has not ended for good. Wait for it, or choose another name.`
      : `found ${id}, but a job of this name is ${state.phase}. Cancel it first (hypernet job cancel ${id}) or choose another name.`
    return [{ file, ...place, path: 'metadata.name', text }]
  }

  #history(job: JobId, most: number): unknown[] {
    return this.#options.store
      .results(job, most)
      .map(({ epoch, at, document }) => ({ epoch, at, result: JSON.parse(document) as unknown }))
  }

  #hear(name: string, payload: Uint8Array): void {
    try {
      takeMessage(name, this.#options.log, () => this.#take(name, payload))
    } catch (error) {
      this.#broke(error)
    }
  }

  #take(name: string, payload: Uint8Array): void {
    const topic = parseTopic(name)
    if (topic.kind === 'seal') this.#runner.takeReport({ ...topic, kind: 'seal' }, payload)
    else if (topic.kind === 'state' || topic.kind === 'info')
      this.#watch.hear(topic.kind, topic.node, Buffer.from(payload).toString('utf8'))
    else if (topic.kind === 'deal') this.#desk?.hearDeal(topic.job, topic.node, payload)
    else if (topic.kind === 'anchor') this.#desk?.hearAnchor(topic.job, payload)
    else if (topic.kind === 'progress' && payload.length > 0)
      this.#progress.hear(topic.job, topic.node, Buffer.from(payload).toString('utf8'))
  }

  #fleetChanged(changes: readonly { node: NodeId; text: string }[]): void {
    for (const { node, text } of changes) {
      const device = this.#watch.fleet.devices.get(node)
      this.#options.log({ level: 'debug', kind: 'fleet', node, message: text })
      if (device) this.#tell({ event: 'fleet', node: nodeView(device), text })
    }
    this.#runner.look()
  }

  #linked(up: boolean): void {
    this.#linkedSince = up ? this.#now() : undefined
    if (!up) this.#watch.linkLost()
    this.#tell({ event: 'broker', up })
    this.#runner.look()
  }

  #around(): Surroundings {
    return {
      now: this.#now(),
      candidates: this.#watch.candidates,
      changedAt: this.#watch.changedAt,
      linkedSince: this.#linkedSince,
      presence: (node) => this.#watch.presence(node, this.#linkedSince),
      placed: placedInFiles,
    }
  }

  #now(): number {
    return Math.floor(this.#base + this.#options.clock.now())
  }

  #tell(event: ControllerEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }

  #broke(error: unknown): void {
    const { log, broke } = this.#options
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    log({ level: 'error', kind: 'fatal', message: `the controller ends: ${text}` })
    const known = error instanceof HypernetError
    broke(
      known ? error : new HypernetError('INVARIANT', 'the controller broke; see its log', error),
    )
  }
}
