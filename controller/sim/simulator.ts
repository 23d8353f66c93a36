import { knownBefore } from '../../agent/core/carry.ts'
import { dealtIn, rowsDealt } from '../../agent/core/dealt.ts'
import type { Row } from '../../agent/core/readings.ts'
import type { Carried } from '../../agent/fusion/carry.ts'
import {
  type CompiledModel,
  compileModel,
  contribute,
  dimensionOf,
  startOf,
} from '../../agent/fusion/model.ts'
import { programCall, programShare } from '../../agent/fusion/program.ts'
import type { ExactVector } from '../../agent/math/exactVector.ts'
import { type Bitset, fullSet } from '../../agent/wire/bitset.ts'
import { fleetId, type Millis } from '../../agent/wire/ids.ts'
import type { Roster } from '../../agent/wire/messages.ts'
import { isExact } from '../core/resultDocument.ts'
import { SimBroker } from './broker.ts'
import { Checks } from './checks.ts'
import { type Enrolment, enrol } from './enrolment.ts'
import type { Graph } from './graph.ts'
import { Host, type Payload, type Surroundings } from './host.ts'
import { isProvable, type Lie, liarFor, misreading } from './lying.ts'
import { lastFault, planFaults } from './mishaps.ts'
import { newPassage } from './passage.ts'
import { streams } from './random.ts'
import { type DeviceRecord, newRecorder, type Recorder } from './record.ts'
import { rowsIn, type Scenario, type SimDevice } from './scenario.ts'
import { rememberingVerifier } from './signing.ts'
import { newTies } from './ties.ts'
import { reportTo } from './trace.ts'
import { CLASSES, newWheel, type Wheel } from './wheel.ts'

/** How a run ended. Rounds are consensus periods of virtual time. */
export interface SimulationOutcome {
  readonly roster: Roster
  readonly rosterHash: Uint8Array
  /** Who heard whom. */
  readonly graph: Graph
  /** The last epoch of the run, which the rest is about. */
  readonly epoch: number
  /** Components of the statistic. */
  readonly dimension: number
  /** What earlier windows left, as the device has it that saw most of them; where the model carries on. */
  readonly before: Carried | undefined
  readonly devices: readonly DeviceOutcome[]
  /** When the last living device ended, or the run where one did not. */
  readonly rounds: number
  /** When the last device that is final held every contribution that it ever held. */
  readonly roundsToExact: number
  /** Greatest relative error of any component of any final sum. */
  readonly maxRelativeError: number
  /** The exact sum of what these devices contributed, found apart from their code. */
  readonly exactSum: (contributors: Bitset) => ExactVector
  /** Calls of the agents' `step`. */
  readonly steps: number
}
export interface DeviceOutcome extends Readonly<DeviceRecord> {
  readonly name: string
  readonly isUp: boolean
  /** How it lied, if it did. */
  readonly lie: Lie | undefined
}

/**
 * Runs the real agent code in virtual time under a scenario, and checks after each event what must hold.
 * @throws HypernetError `INVARIANT` with the replay command when something does not hold
 */
export function simulate(told: Scenario): SimulationOutcome {
  const scenario = withMisreadings(told)
  const { order, conditions, devices } = scenario
  const draw = streams(scenario.seed)
  const wheel = newWheel<() => void>()
  const enrolment = enrol(scenario)
  const ties = newTies(enrolment.graph, conditions.loss)
  const passage = newPassage(conditions, order.period, enrolment.graph, enrolment.names, draw)
  const broker = new SimBroker<Payload>(wheel, passage.fate)
  const report = reportTo(scenario.trace, () => wheel.now / order.period)
  const model = compileModel(order.model)
  const epoch = order.window.every === undefined ? 0 : (order.epochs ?? 1) - 1
  const lies = liesIn(scenario)
  const hosts: Host[] = []
  const checks = new Checks({
    dimension: dimensionOf(model),
    isExact: isExact(order),
    isAudited: scenario.audited ?? false,
    everyone: fullSet(devices.length),
    contributionOf: expected(scenario, model, enrolment.roster),
    dealt: dealtIn(order, enrolment.roster),
    refusedOf:
      model.kind.gate &&
      ((parts) => (model.kind.gate?.(model, parts) ?? []).map(({ index }) => index)),
    hostAt: (index) => hosts[index] as Host, // asked only for devices that have spoken
    ties,
    lieOf: (index) => lies.get(index),
    report,
    replay: scenario.replay ?? `seed ${scenario.seed}`,
  })
  const recorder = newRecorder(
    devices.length,
    epoch,
    order.method === 'ratio' ? 'vote' : 'contributions',
    checks,
    () => wheel.now,
    report,
  )
  const around = {
    wheel,
    broker,
    retained: enrolment.retained,
    codec: scenario.codec ?? false,
    watch: recorder.watch,
    run: scenario.run,
    ...(scenario.signatures ? { verify: rememberingVerifier() } : {}),
  }
  hosts.push(...makeHosts(scenario, enrolment, around))
  const late = startHosts(scenario, wheel, hosts)
  for (const index of late) ties.away(index)
  for (const [index, lie] of lies) {
    report((hosts[index] as Host).name, 'lie', { lie }) // one a device
    if (isProvable(lie)) ties.away(index)
  }
  const scene = { wheel, hosts, broker, passage, ties, round: order.period, report }
  planFaults({ ...scene, reborn: recorder.reborn }, scenario.faults)
  run(scenario, wheel, hosts, recorder, looker(scenario, hosts, epoch))
  return {
    roster: enrolment.roster,
    rosterHash: enrolment.rosterHash,
    graph: enrolment.graph,
    epoch,
    dimension: dimensionOf(model),
    before: knownTo(hosts, lies, epoch),
    ...timesOf(scenario, wheel.now, hosts, recorder),
    devices: recorder.records.map((record, i) => ({
      ...record,
      name: (hosts[i] as Host).name, // one a record
      isUp: (hosts[i] as Host).isUp,
      lie: lies.get(i),
    })),
    maxRelativeError: checks.greatestError,
    exactSum: (contributors) => checks.exactSum(epoch, contributors),
    steps: recorder.steps,
  }
}

function knownTo(
  hosts: readonly Host[],
  lies: ReadonlyMap<number, Lie>,
  epoch: number,
): Carried | undefined {
  const honest = hosts.filter((_, i) => !isProvable(lies.get(i)))
  const known = honest.flatMap(({ jobs }) => jobs.flatMap((job) => knownBefore(job, epoch) ?? []))
  return known.sort((a, b) => b.windows - a.windows)[0]
}

/** What each device must contribute, as its rows alone determine it; worked out when first asked for. */
function expected(scenario: Scenario, model: CompiledModel, roster: Roster) {
  const made = new Map<string, Pick<ReturnType<typeof contribute>, 'vector' | 'rows'>>()
  const shareOf = (rows: readonly Row[], at: Float64Array) => {
    if (!scenario.run || model.model.type !== 'program') return contribute(model, rows, at)
    const vector = programShare(model, scenario.run(programCall(model, rows, at)))
    return { vector, rows: rows.length }
  }
  return (index: number, life: number, at: Float64Array = startOf(model)) => {
    const name = `${index}/${life}/${at.join()}`
    const known = made.get(name)
    if (known !== undefined) return known
    const device = scenario.devices[index] as SimDevice // asked only for members of the roster
    const { x, y, z } = device.position ?? {}
    const place = { 'position.x': x, 'position.y': y, 'position.z': z }
    const data = device.data ?? scenario.order.data
    if (data) {
      const contribution = shareOf(rowsDealt(data, roster, index), at)
      made.set(name, contribution)
      return contribution
    }
    const rows = rowsIn(device, life).map(
      (row) =>
        new Map<string, number | null>([
          ...scenario.columns.map(({ id }, k): [string, number | null] => [id, row[k] ?? null]),
          ...Object.entries(place).flatMap(([axis, value]): [string, number][] =>
            value === undefined ? [] : [[axis, value]],
          ),
        ]),
    )
    const contribution = shareOf(rows, at)
    made.set(name, contribution)
    return contribution
  }
}

function makeHosts(
  scenario: Scenario,
  { names, signers, graph }: Enrolment,
  around: Surroundings,
): Host[] {
  const draw = streams(scenario.seed)
  const clock = draw('clock')
  const lies = liesIn(scenario)
  const restarted = new Set(
    scenario.faults.flatMap((fault) => (fault.kind === 'restart' ? [fault.device] : [])),
  )
  return scenario.devices.map((device, index) => {
    const name = names[index] as (typeof names)[number] // as many as devices
    const signer = signers[index] as (typeof signers)[number] // likewise
    const settings = {
      node: name,
      fleet: fleetId(scenario.order.fleet),
      publicKey: signer.publicKey,
      sensors: scenario.columns,
      allowedSensors: 'all' as const,
      allowedPrograms: 'all' as const,
      position: device.position,
      gather: 0,
      // What tells that a device holds the answer: by `ratio` it is a new phase, which is always told.
      progressEvery: scenario.order.method === 'ratio' ? Infinity : 0,
    }
    const plan = {
      index,
      settings,
      signer,
      device,
      clockOffset: clock.below(1_000_000_000),
      isRestarted: restarted.has(index),
      dice: draw(`agent/${name}`),
      liar: liarFor(lies.get(index), signer, () => deceived(names, graph, index)),
    }
    return new Host(plan, around)
  })
}

const liesIn = ({ liars = [] }: Scenario): ReadonlyMap<number, Lie> =>
  new Map(liars.map(({ device, lie }) => [device, lie]))

/** A scenario in which those who lie about their sensors are as honest as their sensors are false. */
function withMisreadings(scenario: Scenario): Scenario {
  const lies = liesIn(scenario)
  const devices = scenario.devices.map((device, index) =>
    lies.get(index) === 'misreading' ? misreading(device, scenario.order) : device,
  )
  return { ...scenario, devices }
}

/** Every second of those who hear a device, who are told other things than the rest. */
function deceived(names: Enrolment['names'], graph: Graph, liar: number): ReadonlySet<string> {
  const hearers = graph.links.filter(({ from }) => from === liar)
  return new Set(hearers.flatMap(({ to }, k) => (k % 2 === 1 ? (names[to] ?? []) : [])))
}

/** Plans the start of each device. @returns those that a fault starts later */
function startHosts(
  scenario: Scenario,
  wheel: Wheel<() => void>,
  hosts: readonly Host[],
): ReadonlySet<number> {
  const late = new Set(
    scenario.faults.flatMap((fault) => (fault.kind === 'join' ? [fault.device] : [])),
  )
  const starts = streams(scenario.seed)('clock/start')
  hosts.forEach((host, index) => {
    const at = Math.floor(starts.fraction() * scenario.order.period)
    if (!late.has(index))
      wheel.push(scenario.scattered ? at : 0, CLASSES.fault, () => host.start('kept'))
  })
  return late
}

/** Lets time pass until every living device has ended and no planned fault is to come, or to the last round. */
function run(
  scenario: Scenario,
  wheel: Wheel<() => void>,
  hosts: readonly Host[],
  { records }: Recorder,
  look: ((before: Millis) => void) | undefined,
): void {
  const period = scenario.order.period
  const troubled = lastFault(scenario.faults) * period
  const lies = liesIn(scenario)
  const hasEnded = (host: Host, i: number): boolean =>
    isProvable(lies.get(i)) || (host.isUp ? records[i]?.state !== 'unfinished' : host.lives > 0)
  let end: Millis = scenario.maxRounds * period
  let isEnding = false
  for (let next = wheel.nextTime(); next <= end; next = wheel.nextTime()) {
    // Between two times: everything of the time before has happened.
    if (next > wheel.now) look?.(next)
    if (next > wheel.now && !isEnding && wheel.now >= troubled && hosts.every(hasEnded)) {
      isEnding = true
      end = Math.min(end, wheel.now + (scenario.linger ?? 0) * period)
      continue
    }
    wheel.take()?.()
  }
  look?.(wheel.now + period)
}

/** Shows the scenario's `look` the ends of all rounds before a time, each once. */
function looker({ look, order }: Scenario, hosts: readonly Host[], epoch: number) {
  if (look === undefined) return undefined
  let round = 0
  return (before: Millis): void => {
    while (round * order.period < before) look(round++, (device) => hosts[device]?.estimate(epoch))
  }
}

function timesOf(
  scenario: Scenario,
  now: Millis,
  hosts: readonly Host[],
  { records }: Recorder,
): { rounds: number; roundsToExact: number } {
  const { order } = scenario
  const lies = liesIn(scenario)
  // When one ends that tells others lies says nothing of the rest.
  const living = records.filter((_, i) => hosts[i]?.isUp && !isProvable(lies.get(i)))
  const final = living.filter(({ state }) => state === 'final')
  const latest = (times: readonly Millis[]): number => Math.max(0, ...times) / order.period
  const hasEnded = living.every(({ state }) => state !== 'unfinished')
  return {
    rounds: hasEnded ? latest(living.map(({ endedAt }) => endedAt)) : now / order.period,
    roundsToExact: latest(final.map(({ heldAt }) => heldAt)),
  }
}
