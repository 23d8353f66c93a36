import { choose } from '../../agent/consensus/choose.ts'
import { namesOf, POSITION_NAMES } from '../../agent/fusion/expression.ts'
import { compileModel, dimensionOf } from '../../agent/fusion/model.ts'
import { invariant } from '../../agent/wire/errors.ts'
import { type FleetId, type JobId, sensorId } from '../../agent/wire/ids.ts'
import type { FusionJob } from '../../agent/wire/job.ts'
import { type JobModel, ownNames, responseOf } from '../../agent/wire/jobModels.ts'
import type { Order, SensorNeed } from '../../agent/wire/messages.ts'
import type { Model } from '../../agent/wire/modelMessage.ts'
import { programName } from '../../agent/wire/programName.ts'
import { resourcesOf } from '../../agent/wire/resources.ts'
import { standingOf } from '../../agent/wire/standing.ts'
import { PROTOCOL } from '../../agent/wire/version.ts'
import type { JobRows } from './jobData.ts'
import { modelOf, treesOf } from './jobModel.ts'
import type { Submission } from './jobState.ts'

/** What an order needs beside the job. */
export interface OrderTerms {
  readonly job: JobId
  readonly fleet: FleetId
  /** Grows with each change of the same job. */
  readonly generation: number
  /** Devices that are expected to take part; absent: it is not known, and so not few. */
  readonly devices?: number | undefined
  /** Who talks to whom is given, whatever the job says. */
  readonly isDeclared?: boolean | undefined
  /** Of a job with `data`. */
  readonly rows?: JobRows | undefined
  /** Of a job with a program: its bundled code. */
  readonly code?: string | undefined
}

/**
 * Turns a job into the order that devices obey.
 * @throws HypernetError `BAD_EXPRESSION` where `expressionProblems` would have found one
 */
export function compileJob(job: FusionJob, terms: OrderTerms): Order {
  const { job: id, fleet, generation } = terms
  const { model, window, consensus, epochs, resources, market } = job.spec
  const standing = market && standingOf(market)
  const { data } = job.spec
  const { rows, code } = terms
  invariant((model.type === 'program') === (code !== undefined), `code of job ${id}`)
  invariant((data === undefined) === (rows === undefined), `rows of job ${id}`)
  const compiled = { ...modelOf(model, window.every), ...(code !== undefined && { code }) }
  return {
    version: PROTOCOL,
    job: id,
    fleet: fleet as unknown as JobId, // the same form in messages.ts
    generation,
    model: compiled,
    sensors: rows ? [] : sensorsOf(model),
    window: {
      ...(window.size === undefined ? {} : { size: window.size }),
      ...(window.every === undefined ? {} : { every: window.every }),
      ...(window.follow === undefined ? {} : { follow: window.follow }),
      late: window.late,
      ...(window.pace === 'result' ? { paced: true } : {}),
      ...(window.resample === undefined ? {} : { resample: window.resample }),
      ...(window.missing === 'hold' ? { hold: true } : {}),
    },
    method: methodFor(job, compiled, terms),
    period: consensus.period,
    timeout: consensus.timeout,
    ...(epochs === undefined ? {} : { epochs }),
    ...(data && rows
      ? { data: { columns: rows.columns, replicas: data.replicas, shards: rows.shards } }
      : {}),
    ...(resources && { resources: resourcesOf(resources) }),
    ...(standing && { standing }),
  }
}

/** The method that the job names or, left to us, the one that suits its devices. */
function methodFor(
  { spec: { consensus, window, data, market } }: FusionJob,
  model: Model,
  { devices = Number.POSITIVE_INFINITY, isDeclared }: OrderTerms,
): Order['method'] {
  return choose({
    size: devices,
    dimension: dimensionOf(model),
    isDeclared: isDeclared ?? consensus.neighbors === 'declared',
    isDirected: false,
    isStreaming: window.follow !== undefined,
    isReplicated: (data?.replicas ?? 1) > 1,
    isPaid: market !== undefined,
    isGated: model.robust === 'gate',
    wanted: consensus.method,
  }).method
}

/** What the controller needs to run a job: the order, and which devices may take part. */
export function submissionOf(job: FusionJob, written: unknown, terms: OrderTerms): Submission {
  const order = compileJob(job, terms)
  const { matchLabels, minNodes } = job.spec.selector
  const { data } = job.spec
  const program = programName(terms.code)
  return {
    order,
    wanted: {
      matchLabels,
      minNodes,
      sensors: order.sensors,
      position: readsPosition(order),
      ...(program === undefined ? {} : { program }),
      neighbors: job.spec.consensus.neighbors,
      longLinks: job.spec.consensus.longLinks,
      ...(data ? { shards: data.shards, replicas: data.replicas } : {}),
    },
    deadline: job.spec.deadline,
    spec: written,
  }
}

/** Names that the formulas of a job read, in order of first use. @throws HypernetError `BAD_EXPRESSION` */
export const namesIn = ({ spec: { model } }: FusionJob): string[] => [
  ...new Set(sensorNames(model)),
]
const sensorNames = (model: JobModel): string[] => {
  const own = ownNames(model)
  return treesOf(model)
    .flatMap(namesOf)
    .filter((name) => !own.includes(name))
}

/** Each sensor once, in order of first use. A unit belongs to the response's one sensor. */
function sensorsOf(model: JobModel): SensorNeed[] {
  const trees = treesOf(model)
  const response = responseOf(model)
  const [first] = trees
  const measured = response && first && 'name' in first ? first.name : undefined
  const names = new Set(sensorNames(model).filter((name) => !POSITION_NAMES.includes(name)))
  return [...names].map((name) => ({
    id: sensorId(name),
    unit: name === measured ? (response?.unit ?? '') : '',
  }))
}

/** Whether an order's expressions read where a device stands. */
export const readsPosition = ({ model }: Order): boolean =>
  compileModel(model).names.some((name) => POSITION_NAMES.includes(name))
