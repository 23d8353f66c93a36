import { clientFor } from '../reach.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION, SOCKET_OPTION } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'
import { nameOf, readJobText } from '../shell/file.ts'
import { tellingMistakes } from '../shell/mistakes.ts'
import { jobViews } from '../show/jobs.ts'
import { followJobs, printFollowed, printResult } from './follow.ts'

/** `hypernet job submit FILE` */
export const jobSubmit: Command = {
  name: 'job submit',
  summary: 'Hand the jobs of a file to the controller',
  about: [
    'All mistakes of the file are told at once, each with its place, and then nothing is submitted. FILE may be - for stdin.',
    'With --watch it follows the jobs to their end and exits 1 if one fails. With --watch --json it prints the result document of the job, or a list of them where the file holds several jobs.',
    'With --json a wrong file gives {"ok":false,"mistakes":[...]} on stdout, as job check does.',
  ],
  operands: [{ name: 'FILE' }],
  options: {
    watch: { says: 'follow the jobs to their end' },
    config: CONFIG_OPTION,
    socket: SOCKET_OPTION,
    json: JSON_OPTION,
  },
  examples: ['hypernet job submit job.yaml --watch'],
  async run(given, terminal) {
    const [file = ''] = given.operands
    const json = given.flag('json')
    const { client, answer } = await tellingMistakes(json, terminal, async () => {
      const text = await readJobText(file, terminal)
      const { readDataFiles } = await import('./read.ts')
      const data = Object.fromEntries(await readDataFiles(file, text, terminal))
      const client = await clientFor(given, terminal)
      return { client, answer: await client.post('/v1/jobs', { file: nameOf(file), text, data }) }
    })
    const ids = jobViews(answer).map(({ job }) => job)
    if (!given.flag('watch')) {
      const lines = ids.map((id) => `${id} submitted; follow it: hypernet job watch ${id}\n`)
      terminal.out(json ? `${JSON.stringify(answer)}\n` : lines.join(''))
      return EXIT.done
    }
    const each = json ? () => {} : printResult(terminal)
    const followed = await followJobs(client, ids, terminal, each)
    if (json) printFollowed(followed, terminal)
    return followed.code
  },
}
