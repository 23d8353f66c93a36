import { clientFor } from '../reach.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION, SOCKET_OPTION } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'
import { jobNamed } from './id.ts'

/** `hypernet job cancel ID` */
export const jobCancel: Command = {
  name: 'job cancel',
  summary: 'End a job before its time',
  about: ['The devices forget it. Results that it has published stay.'],
  operands: [{ name: 'ID' }],
  options: { config: CONFIG_OPTION, socket: SOCKET_OPTION, json: JSON_OPTION },
  examples: ['hypernet job cancel soil-zinc'],
  async run(given, terminal) {
    const { id, path } = jobNamed(given)
    const client = await clientFor(given, terminal)
    const answer = await client.remove(path)
    terminal.out(given.flag('json') ? `${JSON.stringify(answer)}\n` : `${id} cancelled\n`)
    return EXIT.done
  },
}
