import { clientFor } from '../reach.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION, SOCKET_OPTION } from '../shell/command.ts'
import { followJobs, printFollowed, printResult } from './follow.ts'
import { jobNamed } from './id.ts'

/** `hypernet job watch ID` */
export const jobWatch: Command = {
  name: 'job watch',
  summary: 'Follow a job to its end',
  about: [
    'Shows the progress on stderr where that is a terminal, and prints each result on stdout as it comes. With --json it prints the last result document when the job ends.',
    'Exits 1 if the job fails or is cancelled. Ctrl-C ends the watching, not the job.',
  ],
  operands: [{ name: 'ID' }],
  options: { config: CONFIG_OPTION, socket: SOCKET_OPTION, json: JSON_OPTION },
  examples: ['hypernet job watch soil-zinc'],
  async run(given, terminal) {
    const json = given.flag('json')
    const { id } = jobNamed(given)
    const client = await clientFor(given, terminal)
    const each = json ? () => {} : printResult(terminal)
    const followed = await followJobs(client, [id], terminal, each)
    if (json) printFollowed(followed, terminal)
    return followed.code
  },
}
