import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { type FleetId, type NodeId, nodeId } from '../../../agent/wire/ids.ts'
import { watchFilters } from '../../../agent/wire/topics.ts'
import { placeOf } from '../reach.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'

/** `hypernet device add NAME` */
export const deviceAdd: Command = {
  name: 'device add',
  summary: 'Make the agent.yaml and the password of a new device',
  about: [
    'Writes a folder NAME with agent.yaml and password, to be copied to the device. For the embedded broker, and only while the controller does not run; for a Mosquitto of your own see hypernet broker mosquitto.',
    'With --viewer it writes NAME.password alone, for an MQTT client that reads jobs, results and devices, and can write nothing.',
  ],
  operands: [{ name: 'NAME' }],
  options: {
    viewer: { says: 'a password for a client that only looks on' },
    config: CONFIG_OPTION,
    json: JSON_OPTION,
  },
  examples: [
    'hypernet device add node-2',
    'hypernet device add eye --viewer',
    'hypernet-agent run -c node-2/agent.yaml',
  ],
  later: ['--profile'],
  async run(given, terminal) {
    const node = nodeId(given.operands[0] ?? '')
    const { configPath, brokerUrl, stateFolder } = await placeOf(given, terminal)
    if (configPath === undefined)
      throw new HypernetError(
        'NOT_FOUND',
        `no controller.yaml in ${terminal.cwd}, which names fleet and broker. Write one with: hypernet init, or name one: -c FILE`,
      )
    const { loadControllerConfig } = await import('../settings.ts')
    const { config, virtual } = await loadControllerConfig(configPath)
    if (config.broker.external)
      throw new HypernetError(
        'BAD_USAGE',
        `the broker is your own: its passwords are made by hypernet broker mosquitto DIR --devices ${node}`,
      )
    const { loadVirtualFleet } = await import('../virtualFleet.ts')
    for (const path of virtual) {
      const { devices } = await loadVirtualFleet(path)
      if (devices.some(({ id }) => id === node))
        throw new HypernetError(
          'BAD_USAGE',
          `${node} is a virtual device of ${path}; choose another id`,
        )
    }
    if (given.flag('viewer')) {
      const where = { folder: dirname(configPath), stateFolder }
      const { path, line } = await addViewer(where, node, config.fleet, brokerUrl ?? '')
      const shown = relative(terminal.cwd, path) || path
      terminal.out(
        given.flag('json')
          ? `${JSON.stringify({ viewer: node, passwordFile: path })}\n`
          : `wrote ${shown}; once hypernet up runs:\n${line(shown)}\n`,
      )
      return EXIT.done
    }
    const folder = join(dirname(configPath), node)
    if (existsSync(folder))
      throw new HypernetError('BAD_USAGE', `found ${folder} already, wanted a new name`)
    const { enrol, writeSecret } = await import('../enrol.ts')
    const { agentYaml } = await import('../init/files.ts')
    const { operator, password } = await enrol(stateFolder, node)
    await mkdir(folder, { recursive: true })
    await writeSecret(join(folder, 'password'), password)
    const places = { fleet: config.fleet, node, operator, brokerUrl: brokerUrl ?? '' }
    await writeFile(join(folder, 'agent.yaml'), agentYaml({ ...places, password: 'password' }))
    const shown = relative(terminal.cwd, resolve(folder)) || folder
    if (given.flag('json')) terminal.out(`${JSON.stringify({ node, folder, operator })}\n`)
    else
      terminal.out(
        `wrote ${shown}/agent.yaml and ${shown}/password; on the device: hypernet-agent run -c agent.yaml\n`,
      )
    return EXIT.done
  },
}

/** Makes the password of a viewer. @returns its file, and the line that looks on with it */
async function addViewer(
  { folder, stateFolder }: { folder: string; stateFolder: string },
  viewer: NodeId,
  fleet: FleetId,
  brokerUrl: string,
) {
  const path = join(folder, `${viewer}.password`)
  if (existsSync(path))
    throw new HypernetError('BAD_USAGE', `found ${path} already, wanted a new name`)
  const { enrol, writeSecret } = await import('../enrol.ts')
  const { password } = await enrol(stateFolder, viewer, 'viewer')
  await writeSecret(path, password)
  const { hostname, port } = new URL(brokerUrl)
  const filter = watchFilters(fleet)[0]
  const line = (shown: string) =>
    `mosquitto_sub -h ${hostname} -p ${port || 1883} -i ${viewer} -u ${viewer} -P "$(cat ${shown})" -v -t '${filter}'`
  return { path, line }
}
