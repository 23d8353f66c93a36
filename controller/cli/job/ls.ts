import { clientFor } from '../reach.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION, SOCKET_OPTION } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'
import { jobsTable, jobViews } from '../show/jobs.ts'

/** `hypernet job ls` */
export const jobLs: Command = {
  name: 'job ls',
  summary: 'List the jobs of a controller',
  about: ['Newest first. Ages are counted from the submission.'],
  operands: [],
  options: { config: CONFIG_OPTION, socket: SOCKET_OPTION, json: JSON_OPTION },
  examples: ['hypernet job ls'],
  async run(given, terminal) {
    const client = await clientFor(given, terminal)
    const answer = await client.get('/v1/jobs')
    if (given.flag('json')) terminal.out(`${JSON.stringify(answer)}\n`)
    else terminal.out(jobsTable(jobViews(answer), Date.now()))
    return EXIT.done
  },
}
