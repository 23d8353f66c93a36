import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { nodeId } from '../../../agent/wire/ids.ts'
import { placeOf } from '../reach.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'

/** `hypernet device add NAME` */
export const deviceAdd: Command = {
  name: 'device add',
  summary: 'Make the agent.yaml and the password of a new device',
  about: [
    'Writes a folder NAME with agent.yaml and password, to be copied to the device. For the embedded broker, and only while the controller does not run; for a Mosquitto of your own see hypernet broker mosquitto.',
  ],
  operands: [{ name: 'NAME' }],
  options: { config: CONFIG_OPTION, json: JSON_OPTION },
  examples: ['hypernet device add node-2', 'hypernet-agent run -c node-2/agent.yaml'],
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
