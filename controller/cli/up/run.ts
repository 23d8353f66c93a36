import { join, resolve } from 'node:path'
import type { Hosts } from '../../../agent/hosts.ts'
import { systemClock } from '../../../agent/io/clock.ts'
import { createLog, type Level } from '../../../agent/io/log.ts'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import { counted, someOf } from '../../../agent/wire/words.ts'
import { startController } from '../../driver.ts'
import { purseText } from '../market/purse.ts'
import { loadControllerConfig, readText } from '../settings.ts'
import type { Terminal } from '../shell/terminal.ts'
import { loadVirtualFleet, type VirtualFleetFile } from '../virtualFleet.ts'
import { hostVirtualFleet } from '../virtualHosts.ts'

export interface SiteOptions {
  readonly passwords: string | undefined
  /** One of the log's levels; checked where it was typed. */
  readonly logLevel: string
  readonly terminal: Terminal
}

/** How much later than the end of a process the signal that ended it may be known here. */
const SIGNAL_MS = 200

/** A controller with its virtual fleets. */
export interface Site {
  /** Resolves when the controller ended by itself, with the reason. */
  readonly ended: Promise<HypernetError | undefined>
  close(): Promise<void>
}

/**
 * Starts the controller of a controller.yaml and the virtual fleets that it names, and prints where
 * they are.
 * @throws HypernetError what stands in the way; nothing is left running then
 */
export async function runController(configPath: string, options: SiteOptions): Promise<Site> {
  const { terminal } = options
  const { config, folder, stateFolder, virtual } = await loadControllerConfig(configPath)
  const fleets = await Promise.all(virtual.map((path) => loadVirtualFleet(path)))
  const { external } = config.broker
  if (options.passwords === undefined && external?.password !== undefined && fleets.length > 0)
    throw new HypernetError(
      'BAD_USAGE',
      `the broker ${external.url} wants a password of each virtual device, found none: give --passwords DIR, the folder passwords that hypernet broker mosquitto writes.`,
    )
  const level = options.logLevel as Level // the command's choices are the levels
  const write = (line: string) => terminal.err(`${line}\n`)
  const log = createLog({ level, form: 'text', clock: systemClock, write })
  const controller = await startController(config, { log, folder })
  const hosts: Hosts[] = []
  const close = async () => {
    await Promise.all(hosts.map((each) => each.stop()))
    await controller.close()
  }
  const { ca } = external ?? {}
  try {
    terminal.out(`fleet ${controller.fleet} on ${controller.brokerUrl}\n`)
    terminal.out(`operator ${controller.operatorAddress} (agent.yaml: operators)\n`)
    const { market } = controller
    if (market && !market.endow) {
      // On a chain of our own it always has coins.
      const { relay, coins, place } = market
      const { line, warning } = await purseText({ relay, coins, chainId: place.chainId })
      terminal.out(`${line}\n`)
      if (warning !== undefined) log({ level: 'warn', kind: 'market', message: warning })
    }
    for (const [i, file] of fleets.entries()) {
      if (terminal.interrupted.aborted) return { ended: controller.ended, close }
      const started = await hostVirtualFleet(controller, file, {
        passwords: options.passwords && resolve(terminal.cwd, options.passwords),
        stateFolder: join(stateFolder, 'virtual'),
        ca: ca && (await readText(resolve(folder, ca))),
        logLevel: level === 'info' ? 'warn' : level,
        onExit: (pid, devices) => {
          const message = `the process ${pid} with ${counted(devices.length, 'virtual device')} ended; start again to have them back`
          // Ctrl-C reaches these processes too, and Node may tell their end before the signal.
          setTimeout(() => {
            if (!terminal.interrupted.aborted) log({ level: 'error', kind: 'virtual', message })
          }, SIGNAL_MS)
        },
        onUnheard: (devices) =>
          log({ level: 'warn', kind: 'virtual', message: unheardText(devices, file) }),
      })
      hosts.push(started)
      terminal.out(`${counted(file.devices.length, 'virtual device')} of ${virtual[i]}\n`)
    }
    terminal.out('ready; submit a job with: hypernet job submit FILE --watch\n')
  } catch (error) {
    await close()
    // That the processes of the devices end with Ctrl-C is no failure.
    if (terminal.interrupted.aborted) return { ended: controller.ended, close: async () => {} }
    throw error
  }
  return { ended: controller.ended, close }
}

/** Says whom the controller does not hear, and what may be the reason. */
function unheardText(devices: readonly string[], { brokerUrl }: VirtualFleetFile): string {
  const reason =
    brokerUrl === undefined
      ? `let the broker's access list show it the topics state and info, and its queue (Mosquitto: max_queued_messages) hold ${LIMITS.retained} messages a device`
      : `they are on ${brokerUrl}, which may be another broker than the controller's`
  return `the controller has not heard of ${someOf(devices)} yet, though they are connected; ${reason}`
}
