import * as z from 'zod/mini'
import { clientFor } from '../reach.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION, SOCKET_OPTION } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'
import { read } from '../show/read.ts'
import { jobNamed } from './id.ts'

const Ended = z.looseObject({ phase: z.string(), message: z.string() })

/** `hypernet job cancel ID` */
export const jobCancel: Command = {
  name: 'job cancel',
  summary: 'End a job before its time',
  about: [
    'The devices forget it. Results that it has published stay.',
    'A paid job that runs ends with the running checkpoint of its contract, which is still paid.',
  ],
  operands: [{ name: 'ID' }],
  options: { config: CONFIG_OPTION, socket: SOCKET_OPTION, json: JSON_OPTION },
  examples: ['hypernet job cancel soil-zinc'],
  async run(given, terminal) {
    const { id, path } = jobNamed(given)
    const client = await clientFor(given, terminal)
    const answer = await client.remove(path)
    const { phase, message } = read(Ended, answer, 'status')
    const text = phase === 'cancelled' ? 'cancelled' : message
    terminal.out(given.flag('json') ? `${JSON.stringify(answer)}\n` : `${id} ${text}\n`)
    return EXIT.done
  },
}
