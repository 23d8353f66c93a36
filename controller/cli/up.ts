import { once } from 'node:events'
import { HypernetError } from '../../agent/wire/errors.ts'
import { CONFIG_FILE, configOf } from './reach.ts'
import { CONFIG_OPTION, type Command } from './shell/command.ts'
import { EXIT } from './shell/exit.ts'

/** `hypernet up` */
export const up: Command = {
  name: 'up',
  summary: 'Run the controller of a fleet: its broker, its jobs, and its virtual devices',
  about: [
    'Reads controller.yaml and stays until Ctrl-C (exit 130) or SIGTERM (exit 0). What it knows lives in its state folder: started again it goes on where it was.',
    'Virtual fleets that controller.yaml names run beside it. Where the broker is your own, their passwords are read from --passwords, a file a device, as hypernet broker mosquitto writes them.',
  ],
  operands: [],
  options: {
    config: {
      ...CONFIG_OPTION,
      says: `the controller's configuration (default: ./${CONFIG_FILE})`,
    },
    passwords: { value: 'DIR', says: 'passwords of virtual devices, a file each' },
    log: {
      value: 'LEVEL',
      says: 'least level that is written to stderr (default info)',
      choices: ['debug', 'info', 'warn', 'error'],
    },
  },
  examples: ['hypernet up', 'hypernet up -c lab/controller.yaml --log debug'],
  async run(given, terminal) {
    const configPath = configOf(given, terminal)
    if (configPath === undefined)
      throw new HypernetError(
        'NOT_FOUND',
        `no ${CONFIG_FILE} in ${terminal.cwd}. Write one with: hypernet init, or name one: -c FILE`,
      )
    const { runController } = await import('./up/run.ts')
    const site = await runController(configPath, {
      passwords: given.text('passwords'),
      logLevel: given.text('log') ?? 'info',
      terminal,
    })
    try {
      const stopped = terminal.interrupted.aborted
        ? Promise.resolve(undefined)
        : once(terminal.interrupted, 'abort').then(() => undefined)
      const error = await Promise.race([stopped, site.ended])
      if (error) throw error
    } finally {
      await site.close()
    }
    return terminal.interrupted.reason === 'SIGTERM' ? EXIT.done : EXIT.interrupted
  },
}
