import { HypernetError } from '../../agent/wire/errors.ts'
import { type NodeId, nodeId } from '../../agent/wire/ids.ts'
import { counted } from '../../agent/wire/words.ts'
import { CONFIG_FILE, configOf } from './reach.ts'
import { type Given, usageError } from './shell/arguments.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION } from './shell/command.ts'
import { EXIT } from './shell/exit.ts'
import type { Terminal } from './shell/terminal.ts'

const LISTEN = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/

/** `hypernet broker mosquitto DIR` */
export const brokerMosquitto: Command = {
  name: 'broker mosquitto',
  summary: 'Write the configuration of a Mosquitto broker for a fleet: passwords and access list',
  about: [
    'The devices are those of --devices and of the virtual fleets that controller.yaml names. Passwords that are there already are kept, so run it again when devices join. DIR gets a README with the commands to start Mosquitto and to watch the fleet.',
  ],
  operands: [{ name: 'DIR' }],
  options: {
    config: CONFIG_OPTION,
    devices: { value: 'IDS', says: 'ids of devices, such as node-1,node-2' },
    relay: {
      value: 'NAMES',
      says: 'user names of relays beside the controller (hypernet market relay), such as relay-1',
    },
    listen: { value: 'HOST:PORT', says: 'where Mosquitto listens (default 127.0.0.1:1883)' },
    json: JSON_OPTION,
  },
  examples: [
    'hypernet broker mosquitto ./mosquitto --devices node-1,node-2',
    'hypernet broker mosquitto ./mosquitto --relay relay-1',
  ],
  async run(given, terminal) {
    const listen = listenOf(given)
    const { fleet, devices } = await fleetOf(given, terminal)
    const { writeMosquitto } = await import('../io/broker/mosquittoFiles.ts')
    const { resolve } = await import('node:path')
    const dir = resolve(terminal.cwd, given.operands[0] ?? '')
    const files = await writeMosquitto(dir, {
      fleet,
      devices,
      relays: namesIn(given.text('relay')),
      listen,
    })
    if (given.flag('json')) terminal.out(`${JSON.stringify({ dir, files })}\n`)
    else {
      terminal.out(
        `${counted(devices.length, 'device')}; configuration, passwords and README in ${dir}\n`,
      )
      terminal.out(`start it with: mosquitto -c ${dir}/mosquitto.conf\n`)
      terminal.out(`then the controller: hypernet up --passwords ${dir}/passwords\n`)
      terminal.out(`what controller.yaml has to say for that stands in ${dir}/README\n`)
    }
    return EXIT.done
  },
}

function listenOf(given: Given): { host: string; port: number } {
  const text = given.text('listen') ?? '127.0.0.1:1883'
  const [, host, port] = LISTEN.exec(text) ?? []
  if (host !== undefined && Number(port) >= 1 && Number(port) <= 65_535)
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
  throw usageError(
    brokerMosquitto,
    `--listen: found ${JSON.stringify(text)}, wanted HOST:PORT such as 0.0.0.0:1883.`,
  )
}

/** @throws HypernetError `BAD_ID` */
const namesIn = (list = ''): NodeId[] => [
  ...new Set(
    list
      .split(',')
      .filter((id) => id !== '')
      .map(nodeId),
  ),
]

async function fleetOf(given: Given, terminal: Terminal) {
  const configPath = configOf(given, terminal)
  if (configPath === undefined)
    throw new HypernetError(
      'NOT_FOUND',
      `no ${CONFIG_FILE} in ${terminal.cwd}, which names the fleet. Write one with: hypernet init, or name one: -c FILE`,
    )
  const { loadControllerConfig } = await import('./settings.ts')
  const { loadVirtualFleet } = await import('./virtualFleet.ts')
  const { config, virtual } = await loadControllerConfig(configPath)
  const fleets = await Promise.all(virtual.map((path) => loadVirtualFleet(path)))
  const virtualIds = fleets.flatMap((each) => each.devices.map(({ id }) => nodeId(id)))
  const devices = [...new Set([...namesIn(given.text('devices')), ...virtualIds])]
  if (devices.length === 0)
    throw usageError(brokerMosquitto, 'no devices: name them with --devices, or a virtual fleet.')
  return { fleet: config.fleet, devices }
}
