import { clientFor } from '../reach.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION, SOCKET_OPTION } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'
import { nodesTable, nodeViews } from '../show/nodes.ts'

/** `hypernet fleet ls` */
export const fleetLs: Command = {
  name: 'fleet ls',
  summary: 'List the devices of a fleet',
  about: [],
  operands: [],
  options: { config: CONFIG_OPTION, socket: SOCKET_OPTION, json: JSON_OPTION },
  examples: ['hypernet fleet ls'],
  async run(given, terminal) {
    const client = await clientFor(given, terminal)
    const answer = await client.get('/v1/nodes')
    if (given.flag('json')) terminal.out(`${JSON.stringify(answer)}\n`)
    else terminal.out(nodesTable(nodeViews(answer), Date.now()))
    return EXIT.done
  },
}
