import { randomBytes } from 'node:crypto'
import { claimsIn } from './core/agent.ts'
import type { Listening, Progress } from './core/effect.ts'
import { topicOf } from './core/sending.ts'
import type { Settings } from './core/settings.ts'
import type { JobState } from './core/state.ts'
import { type About, infoText } from './io/birth.ts'
import type { BrokerOptions } from './io/broker.ts'
import type { Clock } from './io/clock.ts'
import { healthText } from './io/health.ts'
import { intake } from './io/intake.ts'
import type { DeviceKey } from './io/keys.ts'
import { type Level, type Log, rateOf, textOf, traceOf } from './io/log.ts'
import { type Link, type LinkStats, openLink } from './io/mqtt.ts'
import { operators } from './io/operators.ts'
import { answerTo } from './io/requests.ts'
import type { Sensors } from './io/sensors/sensors.ts'
import type { Loaded, Store } from './io/store.ts'
import { filtersOf, isAlike } from './io/subscriptions.ts'
import { type Telling, telling } from './io/telling.ts'
import { type Verifier, verifier } from './io/verify.ts'
import { wallInput } from './io/wallTime.ts'
import { type Doing, Life, restoredAgent } from './life.ts'
import { signedAs } from './signatures.ts'
import { encodeRecord } from './wire/codec.ts'
import { HypernetError } from './wire/errors.ts'
import type { JobId, Millis, NodeId } from './wire/ids.ts'
import { Deal } from './wire/marketMessages.ts'
import { SealReport } from './wire/messages.ts'
import type { Topic } from './wire/topics.ts'

export interface DriverOptions {
  readonly settings: Settings
  readonly key: DeviceKey
  readonly broker: BrokerOptions
  /** Addresses, 20 bytes each, of the keys whose orders this device obeys. */
  readonly operators: readonly Uint8Array[]
  readonly store: Store
  readonly sensors: Sensors
  readonly log: Log
  readonly clock: Clock
  readonly labels: Readonly<Record<string, string>>
  /** What agent.yaml allows, told to everyone in `info`. */
  readonly permissions?: About['permissions']
  /** Devices that agent.yaml declares as neighbors, told in `info`. */
  readonly neighbors?: readonly string[] | undefined
  /** Time between two `health` messages; 0 for none. Default one minute. */
  readonly healthEvery?: Millis
  /** After a broken invariant: end, so that the process starts again, or go on from the snapshot here. */
  readonly onInvariant: 'end' | 'rebuild'
  /** Told whatever the device tells people of a job. */
  onProgress?(job: JobId, progress: Progress): void
  /** Default: the one that all devices of this process share. */
  readonly verifier?: Verifier
}

export interface DriverStatus {
  readonly incarnation: number
  readonly link: LinkStats
  readonly jobs: Readonly<Record<string, Progress>>
}

/** A device at work. */
export interface Driver {
  readonly status: DriverStatus
  /** Resolves when the broker was first reached and the subscriptions stand; it may never be. */
  readonly online: Promise<void>
  /** Resolves when the device has ended: with the reason when it ended by itself. */
  readonly ended: Promise<HypernetError | undefined>
  /** Leaves open epochs, says `offline` and disconnects. */
  stop(): Promise<void>
}

/** A device that cannot go on by itself is built anew at most so often, within so long. */
const REBUILDS = 5
const REBUILD_SPELL: Millis = 60_000
const FAREWELL: Millis = 2000
const MINUTE: Millis = 60_000

/**
 * Starts a device: loads its state, connects, and carries out what the agent decides. Resolves before
 * the broker is reached, since a device must start without a network.
 * @throws HypernetError `STORE_FAILED` when the state cannot be loaded
 */
export async function startDriver(options: DriverOptions): Promise<Driver> {
  const device = new Device(options)
  await device.start()
  return device
}

class Device implements Driver {
  readonly online: Promise<void>
  readonly ended: Promise<HypernetError | undefined>
  private readonly options: DriverOptions
  private readonly verifier: Verifier
  private readonly jobs = new Map<JobId, Progress>()
  private readonly heard = new Map<JobId, Listening>()
  private readonly telling: Telling
  private readonly mayRebuild: () => number | undefined
  private readonly mayTell: (kind: string) => number | undefined
  private readonly cancels = new Map<string, () => void>()
  private blobs: readonly { job: JobId; hash: string }[] = []
  private incarnation = 0
  private life: Life | undefined
  private link: Link | undefined
  private tellOnline = () => {}
  private tellEnded = (_reason?: HypernetError) => {}
  private isStopping = false

  constructor(options: DriverOptions) {
    this.options = options
    this.verifier = options.verifier ?? verifier()
    const { clock } = options
    this.telling = telling(clock, (job, progress) => {
      const { fleet, node } = options.settings
      this.link?.publish({ kind: 'progress', fleet, job, node }, JSON.stringify(progress))
    })
    const admitRebuild = rateOf(clock, REBUILDS, REBUILD_SPELL)
    this.mayRebuild = () => admitRebuild('rebuild')
    this.mayTell = rateOf(clock, 5)
    this.online = new Promise((resolve) => {
      this.tellOnline = resolve
    })
    this.ended = new Promise((resolve) => {
      this.tellEnded = resolve
    })
  }

  get status(): DriverStatus {
    if (!this.link) throw new HypernetError('INVARIANT', 'status of a device before its start')
    const jobs = Object.fromEntries(this.jobs)
    return { incarnation: this.incarnation, link: this.link.stats, jobs }
  }

  async start(): Promise<void> {
    const { settings, broker, store, clock, log, sensors } = this.options
    const loaded = await store.load()
    const { fleet, node } = settings
    const gate = intake({
      fleet,
      node,
      operators: operators(this.options.operators, this.verifier),
      verifier: this.verifier,
      claims: (exchange) => (this.life ? claimsIn(this.life.agent, exchange) : []),
      hears: (from, job) => this.hears(from, job),
      give: (message) =>
        this.life?.take(
          { kind: 'message', now: clock.now(), message },
          message.kind === 'exchange',
        ),
      drop: (reason, sentence) => {
        this.link?.drop(reason)
        this.tell(reason === 'internal' ? 'error' : 'warn', `dropped/${reason}`, sentence)
      },
      collecting: (blobs) => {
        this.blobs = blobs
        this.listen()
      },
    })
    this.link = openLink({
      broker,
      fleet,
      node,
      instance: randomBytes(4).toString('hex'),
      store,
      clock,
      random: Math.random,
      log,
      events: {
        up: () => this.turn(true),
        down: () => this.turn(false),
        message: (topic, payload) => {
          if (topic.kind === 'request') this.answer(topic, payload)
          else gate.take(topic, payload)
        },
      },
    })
    this.listen()
    this.live(loaded)
    for (const { ids, every } of sensors.schedule) this.readEvery(ids, every)
    const healthEvery = this.options.healthEvery ?? MINUTE
    const hours = settings.market?.hours
    if (hours) this.repeat('wall', MINUTE, () => this.life?.take(wallInput(clock, hours)))
    if (healthEvery > 0) this.repeat('health', healthEvery, () => this.tellHealth())
  }

  async stop(): Promise<void> {
    if (this.isStopping) return void (await this.ended)
    this.isStopping = true
    const { clock } = this.options
    this.life?.take({ kind: 'leave', now: clock.now() })
    await this.life?.idle(FAREWELL)
    await this.end()
  }

  /** Begins a life of the agent from what was loaded: the first, or the next after a broken invariant. */
  private live({ incarnation, snapshot, problems }: Loaded): void {
    const { settings, key, clock, labels, permissions, neighbors, sensors, store } = this.options
    const { fleet, node, position } = settings
    for (const problem of problems) this.tell('error', 'store', problem)
    this.incarnation = incarnation
    this.heard.clear()
    this.listen()
    const about = { labels, permissions, position, neighbors, sensors: sensors.list }
    const info = infoText(node, key.publicKey, incarnation, about)
    this.link?.publish({ kind: 'info', fleet, node }, info)
    const agent = restoredAgent(settings, incarnation, snapshot, (trace) =>
      this.tell(
        'error',
        'invariant',
        `the saved state is given up, since it breaks the agent: ${trace}`,
      ),
    )
    this.life = new Life(agent, clock, {
      save: (each) => store.save(each),
      act: (effect) => this.act(effect),
      saveFailed: (error) => this.tell('error', 'store', `state is not saved: ${textOf(error)}`),
      broke: (error) => void this.recover(error),
    })
    // Before the broker is reached nobody can be heard, and nobody is to blame for it.
    if (!this.link?.stats.connected) this.life.take({ kind: 'link', now: clock.now(), up: false })
    const hours = settings.market?.hours
    if (hours) this.life.take(wallInput(clock, hours))
    this.life.take({ kind: 'start', now: clock.now(), unix: clock.unix() })
    // Readings are not part of the snapshot: what its jobs need is read anew.
    const needed = this.sensorsOfJobs(() => true)
    if (needed.size) this.observe([...needed])
  }

  private act(effect: Doing): void {
    const { settings, key, clock } = this.options
    const { fleet, node } = settings
    switch (effect.kind) {
      case 'exchange':
        this.link?.publish(topicOf(effect, node), effect.bytes)
        break
      case 'seal': {
        const bytes = encodeRecord(SealReport, effect.report)
        this.link?.publish({ kind: 'seal', fleet, job: effect.job, node }, bytes)
        break
      }
      case 'progress': {
        this.jobs.set(effect.job, effect.progress)
        this.options.onProgress?.(effect.job, effect.progress)
        this.telling.tell(effect.job, effect.progress)
        break
      }
      case 'listen':
        if (isAlike(effect, this.heard.get(effect.job))) break
        if (effect.neighbors.length || effect.isAddressed) this.heard.set(effect.job, effect)
        else {
          this.heard.delete(effect.job)
          this.jobs.delete(effect.job)
          this.telling.forget(effect.job)
        }
        this.listen()
        break
      case 'observe':
        this.observe(effect.sensors)
        break
      case 'sign':
      case 'signDigest':
        this.life?.take(signedAs(effect, key.privateKey, clock.now()))
        break
      case 'run':
        void this.run(effect)
        break
      case 'deal': {
        const topic = { kind: 'deal', fleet, job: effect.job, node } as const
        this.link?.publish(topic, encodeRecord(Deal, effect.deal))
        break
      }
      case 'note':
        this.tell(effect.level, `agent/${effect.level}`, effect.message, effect.job)
        break
    }
  }

  private async run({ request, call }: Extract<Doing, { kind: 'run' }>): Promise<void> {
    const { life } = this
    // Programs are few: what runs them is loaded when one comes.
    const end = await (await import('./io/programs/run.ts')).runInThread(call)
    life?.take({ kind: 'ran', now: this.options.clock.now(), request, end })
  }

  private turn(up: boolean): void {
    this.life?.take({ kind: 'link', now: this.options.clock.now(), up })
    if (!up) return
    this.tellOnline()
    this.tellHealth()
  }

  private hears(from: NodeId, job?: JobId): boolean {
    if (job !== undefined) return this.heard.get(job)?.neighbors.includes(from) ?? false
    return [...this.heard.values()].some(({ neighbors }) => neighbors.includes(from))
  }

  private listen(): void {
    const { fleet, node } = this.options.settings
    const neighbors = new Map([...this.heard].map(([job, heard]) => [job, heard.neighbors]))
    const addressed = [...this.heard].flatMap(([job, heard]) => (heard.isAddressed ? [job] : []))
    this.link?.listen(filtersOf({ fleet, node, neighbors, addressed, blobs: this.blobs }))
  }

  private observe(ids: readonly string[]): void {
    const { sensors, clock } = this.options
    const life = this.life
    sensors.observe(ids, clock.now).then(
      (observations) => {
        for (const observation of observations) {
          life?.take({ kind: 'observed', now: clock.now(), observation })
        }
      },
      (error) => this.tell('error', 'sensors', `reading ${ids.join(', ')}: ${textOf(error)}`),
    )
  }

  /** Reads live sensors on their schedule, as long as a job needs them that repeats or follows them. */
  private readEvery(ids: readonly string[], every: Millis): void {
    this.repeat(`read/${ids.join()}`, every, () => {
      const needed = this.sensorsOfJobs(
        ({ order: { window } }) => window.every !== undefined || window.follow !== undefined,
      )
      const wanted = ids.filter((id) => needed.has(id))
      if (wanted.length) this.observe(wanted)
    })
  }

  private sensorsOfJobs(which: (job: JobState) => boolean): Set<string> {
    const jobs = [...(this.life?.agent.jobs.values() ?? [])].filter(which)
    return new Set(jobs.flatMap(({ order }) => order.sensors.map(({ id }) => id)))
  }

  private answer(topic: Topic & { kind: 'request' | 'response' }, payload: Uint8Array): void {
    const { fleet, node } = this.options.settings
    if (topic.node !== node) return
    const { incarnation, link } = this.status
    const response = answerTo(topic.verb, payload, { incarnation, session: link.session })
    if (response.isRebirth) this.link?.rebirth()
    this.link?.publish({ kind: 'response', fleet, node, verb: topic.verb }, response.text)
  }

  private tellHealth(): void {
    const { settings, sensors } = this.options
    const { fleet, node } = settings
    if (!this.link?.stats.connected) return
    const text = healthText(this.link.stats, Object.fromEntries(this.jobs), sensors.faults())
    this.link.publish({ kind: 'health', fleet, node }, text)
  }

  /** Writes to the log, and tells the broker what people should look at, at a bounded rate. */
  private tell(level: Level, kind: string, message: string, job?: JobId): void {
    const { log, clock, settings } = this.options
    const { fleet, node } = settings
    log({ level, kind, message, node, job })
    if ((level !== 'warn' && level !== 'error') || this.mayTell(kind) === undefined) return
    const text = JSON.stringify({ level, message, namespace: kind, job, ts: clock.unix() })
    this.link?.publish({ kind: 'log', fleet, node }, text)
  }

  private async recover(error: unknown): Promise<void> {
    this.life?.end()
    this.life = undefined
    this.tell('error', 'invariant', traceOf(error))
    const reason = new HypernetError('INVARIANT', textOf(error), error)
    if (this.isStopping) return
    if (this.options.onInvariant === 'end' || this.mayRebuild() === undefined) {
      await this.end(reason)
      return
    }
    try {
      const loaded = await this.options.store.load()
      if (this.isStopping) return
      this.live(loaded)
      if (this.link?.stats.connected) this.turn(true)
    } catch (failure) {
      await this.end(new HypernetError('STORE_FAILED', textOf(failure), failure))
    }
  }

  private async end(reason?: HypernetError): Promise<void> {
    this.isStopping = true
    this.life?.end()
    for (const cancel of this.cancels.values()) cancel()
    this.telling.end()
    await this.link?.close()
    this.tellEnded(reason)
  }

  private repeat(name: string, every: Millis, action: () => void): void {
    const again = () => {
      const cancel = this.options.clock.after(every, () => {
        action()
        again()
      })
      this.cancels.set(name, cancel)
    }
    again()
  }
}
