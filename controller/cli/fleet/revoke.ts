import { clientFor } from '../reach.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION, SOCKET_OPTION } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'

/** `hypernet fleet revoke DEVICE` */
export const fleetRevoke: Command = {
  name: 'fleet revoke',
  summary: 'Forget a device, its key and its password, and cut it off from the embedded broker',
  about: [
    'For a device that was lost or replaced. The next device with this id is taken as new, once it has a password.',
  ],
  operands: [{ name: 'DEVICE' }],
  options: { config: CONFIG_OPTION, socket: SOCKET_OPTION, json: JSON_OPTION },
  examples: ['hypernet fleet revoke probe-7'],
  async run(given, terminal) {
    const client = await clientFor(given, terminal)
    const [id = ''] = given.operands
    const answer = await client.remove(`/v1/nodes/${encodeURIComponent(id)}`)
    terminal.out(given.flag('json') ? `${JSON.stringify(answer)}\n` : `${id} revoked\n`)
    return EXIT.done
  },
}
