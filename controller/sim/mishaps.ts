import { HypernetError } from '../../agent/wire/errors.ts'
import type { Millis } from '../../agent/wire/ids.ts'
import type { SimBroker } from './broker.ts'
import type { Host } from './host.ts'
import type { Passage } from './passage.ts'
import type { Fault } from './scenario.ts'
import type { Ties } from './ties.ts'
import type { Report } from './trace.ts'
import { CLASSES, type Wheel } from './wheel.ts'

/** What faults act on. */
export interface Scene {
  readonly wheel: Wheel<() => void>
  readonly hosts: readonly Host[]
  readonly broker: Pick<SimBroker<unknown>, 'crash' | 'restart'>
  readonly passage: Passage
  readonly ties: Ties
  /** One round, in milliseconds. */
  readonly round: Millis
  readonly report: Report
  /** A device begins a new life. */
  readonly reborn: (index: number) => void
}

/** Rounds within which devices notice that the broker is back. */
const RECONNECT = 5

/** Puts the faults on the wheel. @throws HypernetError `BAD_USAGE` for a device that does not exist */
export function planFaults(scene: Scene, faults: readonly Fault[]): void {
  for (const fault of faults) {
    if ('device' in fault && scene.hosts[fault.device] === undefined)
      throw new HypernetError(
        'BAD_USAGE',
        `a fault names device ${fault.device}, wanted 0 to ${scene.hosts.length - 1}`,
      )
    const at = fault.kind === 'crashOn' ? 0 : Math.round(fault.at * scene.round)
    scene.wheel.push(at, CLASSES.fault, () => happen(scene, fault))
  }
}

/** Round after which no planned fault is to come; those that wait for a moment have none. */
export const lastFault = (faults: readonly Fault[]): number =>
  faults.reduce(
    (last, fault) =>
      Math.max(last, fault.kind === 'crashOn' ? 0 : 'until' in fault ? fault.until : fault.at),
    0,
  )

function happen(scene: Scene, fault: Fault): void {
  if (fault.kind === 'partition' || fault.kind === 'brokerCrash') befallNetwork(scene, fault)
  else befallDevice(scene, fault)
}

function befallDevice(
  scene: Scene,
  fault: Exclude<Fault, { kind: 'partition' | 'brokerCrash' }>,
): void {
  const host = scene.hosts[fault.device] as Host // checked when it was planned
  scene.ties.away(fault.device)
  switch (fault.kind) {
    case 'crash':
      if (!host.isUp) return
      if (fault.reach === undefined) {
        scene.report(host.name, 'crash', {})
        host.stop(fault.silently ?? false)
      } else
        host.endAt({ reach: fault.reach, moment: 'publish', silently: fault.silently ?? false })
      break
    case 'crashOn':
      host.endAt({ reach: fault.reach, moment: fault.moment, silently: fault.silently ?? false })
      break
    case 'restart':
      scene.report(host.name, 'restart', { memory: fault.memory })
      if (host.isUp) host.stop(false)
      scene.reborn(fault.device)
      host.start(fault.memory)
      break
    case 'join':
      scene.report(host.name, 'join', {})
      host.start('kept')
      break
  }
}

function befallNetwork(scene: Scene, fault: Fault & { kind: 'partition' | 'brokerCrash' }): void {
  const until = Math.round(fault.until * scene.round)
  scene.report('network', fault.kind, {})
  if (fault.kind === 'partition') {
    scene.passage.part(fault.sides)
    scene.ties.parted(fault.sides)
  } else scene.broker.crash()
  scene.wheel.push(Math.max(until, scene.wheel.now), CLASSES.fault, () => {
    scene.report('network', 'mended', {})
    if (fault.kind === 'partition') scene.passage.part(undefined)
    else {
      scene.broker.restart()
      for (const host of scene.hosts) host.reconnect(RECONNECT * scene.round)
    }
  })
}
