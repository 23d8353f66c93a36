import { compileModel, contribute } from '../../../agent/fusion/model.ts'
import { addVectors, zeroVector } from '../../../agent/math/exactVector.ts'
import { jobId, type NodeId, nodeId } from '../../../agent/wire/ids.ts'
import type { Order } from '../../../agent/wire/messages.ts'
import {
  awaited,
  born,
  emptyFleet,
  type Fleet,
  heardInfo,
  heardState,
  linkLost,
  ready,
} from '../../../controller/core/fleet.ts'
import { step } from '../../../controller/core/jobLifecycle.ts'
import type { JobEffect, JobInput, Surroundings } from '../../../controller/core/jobSeam.ts'
import {
  type JobState,
  newJob,
  restoredJob,
  type Submission,
  savedJob,
} from '../../../controller/core/jobState.ts'
import type { JobStatus } from '../../../controller/core/jobStatus.ts'
import { type Outcome, outcome } from './sealed.ts'

export const START = 1_700_000_000_000
const TEMPERATURES = [18, 19.5, 21, 20.25, 22]

/** A job on a fleet in a world whose clock and devices the test moves. */
export class World {
  now = START
  changedAt = START - 60_000
  linkedSince: number | undefined = START - 60_000
  readonly fleet: Fleet = emptyFleet()
  state: JobState
  wakeAt = Number.POSITIVE_INFINITY
  effects: JobEffect[] = []

  constructor(order: Partial<Order> = {}, rest: Partial<Submission> = {}) {
    this.state = newJob(submission(order, rest), START)
  }

  /** The broker dies, and is reached again after `outage` ms. */
  brokerRestarts(outage = 1_000): this {
    linkLost(this.fleet, this.now)
    this.linkedSince = undefined
    this.give({ kind: 'look' })
    this.pass(outage)
    this.linkedSince = this.now
    return this
  }

  device(id: string, online = true, labels = {}, session = 1, neighbors?: string[]): this {
    const node = nodeId(id)
    const key = `02${Buffer.from(id.padEnd(32, '.')).toString('hex')}`
    const sensors = [{ id: 'temp', unit: 'Cel' }]
    const birth = { node, key, incarnation: 1, labels, sensors, neighbors }
    heardInfo(this.fleet, node, JSON.stringify(birth))
    const state = online ? 'online' : 'offline'
    heardState(this.fleet, node, JSON.stringify({ state, session }), this.now)
    this.changedAt = this.now
    return this
  }

  /** Gives an input; returns what the job wants done. */
  give(input: JobInput): JobEffect[] {
    const around: Surroundings = {
      now: this.now,
      candidates: {
        devices: ready(this.fleet),
        born: born(this.fleet),
        awaited: awaited(this.fleet),
        known: this.fleet.devices.size,
      },
      changedAt: this.changedAt,
      linkedSince: this.linkedSince,
      presence: (node: NodeId) => {
        const device = this.fleet.devices.get(node)
        if (device?.online) return 'online'
        return device && device.since >= (this.linkedSince ?? this.now) ? 'offline' : 'unheard'
      },
      placed: (text: string) => text,
    }
    const out: JobEffect[] = []
    step(this.state, input, around, out)
    for (const effect of out) if (effect.kind === 'wake') this.wakeAt = effect.at
    this.effects.push(...out)
    return out
  }

  /** Lets time pass, with the looks that the job asked for. */
  pass(millis: number): void {
    const until = this.now + millis
    while (this.wakeAt <= until) {
      this.now = this.wakeAt
      this.wakeAt = Number.POSITIVE_INFINITY
      this.give({ kind: 'look' })
    }
    this.now = until
  }

  /** Device `index` of the newest roster seals the sum of the devices in `contributors`. */
  seal(index: number, of: Partial<Outcome> = {}): JobEffect[] {
    const active = this.state.rosters[0]
    if (!active) throw new Error('no roster yet')
    const { roster, hash } = active
    const contributors = of.contributors ?? roster.members.map((_, i) => i)
    const sum = sumOver(contributors.map((i) => TEMPERATURES[i] ?? 0))
    const { report, seal } = outcome({ roster, rosterHash: hash, index, sum, ...of })
    return this.give({ kind: 'report', report, seal })
  }

  status(): JobStatus {
    return this.told('status')?.status as JobStatus
  }

  told<K extends JobEffect['kind']>(kind: K): Extract<JobEffect, { kind: K }> | undefined {
    return this.effects.findLast(
      (effect): effect is Extract<JobEffect, { kind: K }> => effect.kind === kind,
    )
  }
}

const model = { type: 'average', response: ['temp'] } satisfies Order['model']
export const sumOver = (values: number[]) =>
  values
    .map((temp) => contribute(model, [{ temp }]).vector)
    .reduce(addVectors, zeroVector(compileModel(model).dimension))

function submission(order: Partial<Order>, rest: Partial<Submission>): Submission {
  return {
    order: {
      version: 1,
      job: jobId('mean-temp'),
      fleet: jobId('lab'),
      generation: 1,
      model,
      sensors: [],
      window: { late: 0 },
      method: 'flood',
      period: 500,
      timeout: 60_000,
      ...order,
    },
    wanted: { matchLabels: {}, sensors: [], position: false, minNodes: 3 },
    deadline: undefined,
    spec: { kind: 'FusionJob' },
    ...rest,
  }
}

export const running = (
  order: Partial<Order> = {},
  rest: Partial<Submission> = {},
  devices = 4,
) => {
  const world = new World(order, rest)
  for (const id of ['a', 'b', 'c', 'd', 'e'].slice(0, devices)) world.device(id)
  world.changedAt = START - 60_000
  world.give({ kind: 'submitted' })
  return world
}

/** The job as the store would give it back after the process was killed. */
export function restarted(world: World, documentAt = START): World {
  const next = new World()
  const order = world.told('order')
  if (!order) throw new Error('no order was issued')
  const document = world.state.document
  next.state = restoredJob({
    saved: savedJob(world.state),
    orderPayload: order.payload,
    rosters: world.state.rosters,
    newest: document && { at: documentAt, document },
  })
  next.now = world.now
  next.linkedSince = undefined
  for (const [id, device] of world.fleet.devices)
    next.fleet.devices.set(id, { ...device, online: false })
  return next
}
