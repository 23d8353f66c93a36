import { WORST_LOSS } from '../../agent/consensus/agreement/silence.ts'
import { mostSums } from '../../agent/fusion/model.ts'
import { HypernetError } from '../../agent/wire/errors.ts'
import { fleetId, type Millis } from '../../agent/wire/ids.ts'
import type { FusionJob } from '../../agent/wire/job.ts'
import type { Order } from '../../agent/wire/messages.ts'
import { formatDuration } from '../../agent/wire/units.ts'
import { compileJob, readsPosition } from '../core/compile.ts'
import type { JobRows } from '../core/jobData.ts'
import { type Dealt, dealRows, type RowReader } from './dealing.ts'
import { readEdgeList } from './edgeList.ts'
import { crashes, joins, liars } from './faults.ts'
import type { Graph } from './graph.ts'
import { drawGraph } from './graphs.ts'
import { liesTo } from './lying.ts'
import { type OptionTexts, type RehearsalOptions, readOptions } from './options.ts'
import { draw } from './picture/draw.ts'
import { streams } from './random.ts'
import { type RehearsalDocument, rehearsalDocument } from './result.ts'
import type { Fault, Scenario } from './scenario.ts'
import { type SimulationOutcome, simulate } from './simulator.ts'
import { isAudible } from './ties.ts'
import type { TraceLine } from './trace.ts'

/** A file that the caller has read. */
export interface ReadFile {
  /** As the user named it, for error messages. */
  readonly name: string
  readonly text: string
}

/** What `hypernet simulate` was asked for. */
export interface RehearsalRequest {
  readonly job: FusionJob
  /** Absent where the job carries its rows. */
  readonly rows: ReadFile | undefined
  /** Of a job with `data`. */
  readonly data?: JobRows | undefined
  /** The file that `--graph FILE.csv` names; wanted exactly where `graphFileOf` gives a name. */
  readonly graph?: ReadFile | undefined
  readonly options: OptionTexts
  /** `readTable` and `numbersOf` of agent/io/sensors/table.ts. */
  readonly reader: RowReader
  /** Of a job with a program: its code, and what runs it (agent/io/programs/run.ts). */
  readonly code?: string | undefined
  readonly run?: Scenario['run']
  readonly signatures?: boolean | undefined
  readonly trace?: ((line: TraceLine) => void) | undefined
  /** Draw a picture of the run. */
  readonly plot?: boolean | undefined
  /** The command that replays this, for the error of a broken invariant. */
  readonly replay?: string | undefined
}
export interface Rehearsal {
  readonly document: RehearsalDocument
  readonly outcome: SimulationOutcome
  /** An SVG document, where one was asked for. */
  readonly picture: string | undefined
  /** What is good to know beside the document, a sentence each. */
  readonly notes: readonly string[]
}

/** Rounds that a method which iterates is given where it or the graph is not the job's own: ratio needs thousands on a ring. */
const PATIENT = 40_000

/** Rounds beyond the job's timeout that a run may take: late devices start their own clocks. */
const GRACE = 50

/** The file that has to be read for `--graph`, if it names one. @throws HypernetError `BAD_USAGE` */
export function graphFileOf(options: OptionTexts): string | undefined {
  const { graph } = readOptions(options)
  return graph?.kind === 'file' ? graph.name : undefined
}

/**
 * Rehearses a job in virtual time with the real agent code.
 * @throws HypernetError `BAD_USAGE`, `BAD_ROWS`, `BAD_GRAPH`, `TOO_LARGE` for what was asked; `INVARIANT`
 * with the replay command when the devices broke a promise
 */
export function rehearse(request: RehearsalRequest): Rehearsal {
  const scenario = scenarioOf(request)
  const outcome = simulate(scenario)
  const document = rehearsalDocument(scenario, outcome)
  const options = readOptions(request.options)
  const picture = request.plot ? draw(scenario, outcome, options) : undefined
  const isDone = document.status === 'succeeded'
  const { timeout } = compileJob(request.job, {
    ...termsOf(request.job),
    rows: request.data,
    code: request.code,
  })
  const took = Math.ceil(outcome.rounds) * scenario.order.period - opening(scenario.order)
  const notes = [
    ...notesOn(scenario, options),
    ...(isDone && took > timeout && mostSums(scenario.order.model) === 1
      ? [
          `it took ${formatDuration(took)}, longer than the job's timeout of ${formatDuration(timeout)}: raise spec.consensus.timeout before you run it so`,
        ]
      : []),
  ]
  return { document, outcome, picture, notes }
}

/** Where something else is done than the options seem to say. */
function notesOn(
  { order, faults, graph: links, conditions }: Scenario,
  options: RehearsalOptions,
): string[] {
  const { graph, maxRounds = 0, liars } = options
  const most = roundsFor(order, faults)
  return [
    ...(order.method === 'tree' && graph !== undefined
      ? ['a tree wants a way from each device to each; on a given graph its devices flood']
      : []),
    ...(order.window.follow !== undefined && order.method !== 'ratio'
      ? [`only ratio follows readings as they come; by ${order.method} those at the start count`]
      : []),
    ...(!isAudible(1, conditions.loss) ||
    links?.links.some(({ delivery }) => !isAudible(delivery, conditions.loss))
      ? [
          `devices take links for dead that deliver less than ${Math.round(100 * (1 - WORST_LOSS))} %: what hangs on them may fall apart`,
        ]
      : []),
    ...(maxRounds > most
      ? [
          `--max-rounds ${maxRounds} comes after the job's timeout, which ends the run at round ${most}: raise spec.consensus.timeout`,
        ]
      : []),
    ...(liars > 0 && liesTo(order).length === 1
      ? [
          order.data
            ? 'who differs from the others of its shard is outvoted, so all liars work on false rows'
            : `by ${order.method} contributions are not signed one by one, so all liars tell false readings`,
        ]
      : []),
  ]
}

/** Turns a request into the scenario that it stands for. */
export function scenarioOf(request: RehearsalRequest): Scenario {
  const { job, rows, reader } = request
  const options = readOptions(request.options)
  const terms = { ...termsOf(job), rows: request.data, code: request.code }
  const compiled = compileJob(job, terms)
  checkNeighbors(job, options)
  const asked = { ...compiled, method: options.method ?? compiled.method }
  const dealt = dealtFor(asked, options, rows, reader)
  checkEnough(job, dealt.devices.length)
  const graph = graphFor(options, dealt.devices.length, request.graph)
  const known = { devices: dealt.devices.length, isDeclared: graph !== undefined }
  const { method } = compileJob(job, { ...terms, ...known })
  if (compiled.model.robust === 'gate') checkGated(options)
  const order = patient({ ...compiled, method: options.method ?? method }, options)
  const faults = faultsOf(options, dealt.devices.length)
  return {
    order,
    devices: placed(order, dealt, graph),
    columns: dealt.columns,
    graph,
    longLinks: job.spec.consensus.longLinks,
    conditions: options.conditions,
    faults,
    liars: liars(options.liars, dealt.devices.length, streams(options.seed)('liars'), {
      taken: faults,
      ways: liesTo(order),
    }),
    least: job.spec.selector.minNodes,
    seed: options.seed,
    maxRounds: options.maxRounds ?? roundsFor(order, faults),
    // A proof of a lie is two signatures, or one: without them nothing would be proven.
    signatures: request.signatures || options.liars > 0,
    run: request.run,
    trace: request.trace,
    replay: request.replay,
  }
}

/** @throws HypernetError `BAD_USAGE` */
function checkGated({ method = 'flood' }: RehearsalOptions): void {
  if (method === 'flood') return
  throw new HypernetError(
    'BAD_USAGE',
    `--method: found "${method}", but robust: gate looks at each contribution, which flood alone shows; leave it out.`,
  )
}

/** Devices with the rows that they read, or as many as the rows of the job want. */
function dealtFor(
  order: Order,
  options: RehearsalOptions,
  rows: ReadFile | undefined,
  reader: RowReader,
): Dealt {
  const { data } = order
  if (!data && rows) return dealRows(order, reader.read(rows.name, rows.text), reader, options)
  if (!data) throw new HypernetError('BAD_USAGE', '--rows ROWS.csv is missing.')
  if (data.replicas > 1 && (options.method ?? 'commit') !== 'commit')
    throw new HypernetError(
      'BAD_USAGE',
      `--method: found "${options.method}", but replicas are compared by commit alone; leave it out.`,
    )
  const isDealt = options.assign.kind === 'column' || options.devices !== undefined
  if (rows || isDealt)
    throw new HypernetError(
      'BAD_USAGE',
      'the job carries its rows and says how many devices they want; leave out --rows, --devices and --assign.',
    )
  const size = data.shards.length * data.replicas
  const digits = String(size - 1).length
  const name = (i: number) => `device-${String(i).padStart(digits, '0')}`
  return {
    devices: Array.from({ length: size }, (_, i) => ({ name: name(i), rows: [] })),
    columns: [],
  }
}

const termsOf = ({ metadata }: FusionJob) => ({
  job: metadata.name,
  fleet: fleetId('simulated'),
  generation: 1,
})

/** A timeout says nothing of another method or graph than it was set for. */
function patient(order: Order, { method, graph }: RehearsalOptions): Order {
  const isIterative = order.method === 'ratio' || order.method === 'laplacian'
  if (!isIterative || (method === undefined && graph === undefined)) return order
  return { ...order, timeout: Math.max(order.timeout, PATIENT * order.period) }
}

/** Nobody declares links here, so the graph has to be given. */
function checkNeighbors({ spec }: FusionJob, { graph }: RehearsalOptions): void {
  if (spec.consensus.neighbors !== 'declared' || graph !== undefined) return
  throw new HypernetError(
    'BAD_USAGE',
    'spec.consensus.neighbors is declared, and a rehearsal has no agent.yaml that declares links: give them with --graph FILE.csv.',
  )
}

/** With fewer devices than it asks for the job would wait, for ever here. */
function checkEnough({ spec }: FusionJob, size: number): void {
  const { minNodes } = spec.selector
  if (size >= minNodes) return
  throw new HypernetError(
    'NO_DEVICES',
    `spec.selector matches ${size} of ${size} devices, wanted minNodes ${minNodes}; take more with --devices, or lower minNodes.`,
  )
}

function graphFor(
  { graph, seed }: RehearsalOptions,
  size: number,
  file: ReadFile | undefined,
): Graph | undefined {
  if (graph === undefined) return undefined
  if (graph.kind === 'regular' && graph.degree >= size)
    throw new HypernetError(
      'BAD_USAGE',
      `--graph regular:${graph.degree} wants more than ${graph.degree} devices, found ${size}; take fewer neighbors, or complete.`,
    )
  if (graph.kind !== 'file') return drawGraph(graph, size, streams(seed)('graph'))
  if (file === undefined)
    throw new HypernetError('BAD_USAGE', `--graph ${graph.name}: the file was not read`)
  return readEdgeList(file.text, file.name, size)
}

function faultsOf({ crash, join, seed }: RehearsalOptions, size: number): Fault[] {
  const draw = streams(seed)
  const faults = crash ? crashes(crash.fraction, crash.round, size, draw('crash')) : []
  return join ? [...faults, ...joins(join.count, join.round, size, draw('join'), faults)] : faults
}

/** Gives devices the places of the graph where the rows have none. */
function placed(order: Order, { devices }: Dealt, graph: Graph | undefined): Scenario['devices'] {
  if (!readsPosition(order)) return devices
  const without = devices.find(({ position }, i) => !position && !graph?.positions?.[i])
  if (without !== undefined)
    throw new HypernetError(
      'BAD_ROWS',
      `the job reads position.x, but ${without.name} has no place; add the columns x and y to the rows, or take --graph geometric`,
    )
  return devices.map((device, i) => {
    const place = graph?.positions?.[i]
    return device.position || !place ? device : { ...device, position: { ...place, z: 0 } }
  })
}

/** When the last window of a job that repeats is agreed on; one that never ends is rehearsed once. */
const opening = ({ window, epochs = 1 }: Order): Millis =>
  (window.every ?? 0) * (epochs - 1) + (window.follow ?? 0)

const roundsFor = (order: Order, faults: readonly Fault[]): number =>
  Math.ceil((opening(order) + mostSums(order.model) * order.timeout) / order.period) +
  GRACE +
  faults.reduce((last, fault) => Math.max(last, 'at' in fault ? fault.at : 0), 0)
