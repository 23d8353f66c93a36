import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hosts } from '../../../agent/hosts.ts'
import { systemClock } from '../../../agent/io/clock.ts'
import { createLog } from '../../../agent/io/log.ts'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { counted } from '../../../agent/wire/words.ts'
import { ControllerConfig } from '../../config.ts'
import { type Controller, startController } from '../../driver.ts'
import type { Terminal } from '../shell/terminal.ts'
import { type LiveLine, liveLine } from '../show/live.ts'
import { spanText } from '../show/quantities.ts'
import { loadVirtualFleet } from '../virtualFleet.ts'
import { hostVirtualFleet } from '../virtualHosts.ts'

export interface FleetRequest {
  /** fleet.yaml */
  readonly fleetFile: string
  /** Devices that share the rows; absent: as the fleet file says. */
  readonly devices: number | undefined
  /** Whether devices are paid, by a contract on a development chain. */
  readonly isPaid: boolean
  /** Time that the whole demo has, devices included. */
  readonly withinMillis: number
}

/** A broker, a controller and a virtual fleet at work on this machine. */
export interface DemoFleet {
  readonly controller: Controller
  readonly folder: string
  readonly devices: number
  readonly live: LiveLine
  /** When the first process was started, by `performance.now`. */
  readonly began: number
  /** Rejects when the demo must not go on: Ctrl-C, out of time, or a process that died. */
  readonly stopped: Promise<never>
}

const REDRAW_MS = 250

/**
 * Starts a broker, a controller and a virtual fleet on this machine, calls `use` with them, and takes
 * everything down again, however it ends.
 * @throws HypernetError what failed; `TIMEOUT`
 */
export async function onDemoFleet(
  request: FleetRequest,
  terminal: Terminal,
  use: (fleet: DemoFleet) => Promise<number>,
): Promise<number> {
  const live = liveLine(terminal)
  const began = performance.now()
  const folder = await mkdtemp(join(tmpdir(), 'hypernet-demo-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', removeFolder) // for an impatient second Ctrl-C
  const up: { controller?: Controller; hosts?: Promise<Hosts> } = {}
  const stopped = stopSignal(terminal, request.withinMillis)
  try {
    const fleet = await loadVirtualFleet(request.fleetFile, request.devices)
    const devices = fleet.devices.length
    const log = createLog({ level: 'warn', form: 'text', clock: systemClock, write: live.keep })
    const config = ControllerConfig.parse({
      fleet: fleet.fleet,
      broker: { embedded: { listen: '127.0.0.1:0' } },
      ...(request.isPaid && { chain: { embedded: true } }),
    })
    const controller = await startController(config, { log, folder })
    up.controller = controller
    const redraw = showArrivals(controller, devices, live, began)
    up.hosts = hostVirtualFleet(controller, fleet, {
      onExit: (pid, held) =>
        stopped.fail(`the process ${pid} with ${counted(held.length, 'device')} ended`),
    })
    await Promise.race([up.hosts, stopped.promise])
    clearInterval(redraw)
    live.clear()
    live.keep(`${devices} virtual devices on ${controller.brokerUrl}, after ${since(began)}`)
    return await use({ controller, folder, devices, live, began, stopped: stopped.promise })
  } finally {
    stopped.release()
    live.clear()
    await takeDown(up)
    process.removeListener('exit', removeFolder)
    removeFolder()
  }
}

function stopSignal(terminal: Terminal, withinMillis: number) {
  const { promise, reject } = Promise.withResolvers<never>()
  const fail = (text: string, code: 'TIMEOUT' | 'BROKER_LOST' = 'BROKER_LOST') =>
    reject(new HypernetError(code, `${text}; try again, and if it stays: hypernet doctor`))
  const timer = setTimeout(
    () => fail(`the demo did not end within ${withinMillis / 1000} s`, 'TIMEOUT'),
    withinMillis,
  )
  const interrupt = () => fail('interrupted')
  terminal.interrupted.addEventListener('abort', interrupt)
  promise.catch(() => {}) // it is raced, and may lose
  const release = () => {
    clearTimeout(timer)
    terminal.interrupted.removeEventListener('abort', interrupt)
  }
  if (terminal.interrupted.aborted) interrupt()
  return { promise, fail, release }
}

/** Draws how many devices the controller has heard, until the interval is cleared. */
function showArrivals(controller: Controller, devices: number, live: LiveLine, began: number) {
  const show = () => {
    const heard = controller.nodes().filter(({ online }) => online).length
    live.show(`${heard} of ${counted(devices, 'device')} heard, ${since(began)}`)
  }
  return setInterval(show, REDRAW_MS).unref()
}

async function takeDown(up: { controller?: Controller; hosts?: Promise<Hosts> }): Promise<void> {
  try {
    await (await up.hosts)?.stop()
  } catch {
    // Hosts that never came up have been stopped, and their failure was told already.
  }
  await up.controller?.close()
}

const since = (began: number): string => spanText(performance.now() - began)
