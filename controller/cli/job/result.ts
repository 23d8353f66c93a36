import { clientFor } from '../reach.ts'
import { usageError } from '../shell/arguments.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION, SOCKET_OPTION } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'
import { resultDocument } from '../show/document.ts'
import { resultCsv, resultText } from '../show/result.ts'

/** `hypernet job result ID` */
export const jobResult: Command = {
  name: 'job result',
  summary: 'Print the result of a job',
  about: [
    'Exits 1 where the job failed. A repeating job gives the result of its last epoch.',
    '--csv prints a line a term or parameter, with a heading (RFC 4180).',
  ],
  operands: [{ name: 'ID' }],
  options: {
    csv: { says: 'print comma-separated values' },
    config: CONFIG_OPTION,
    socket: SOCKET_OPTION,
    json: JSON_OPTION,
  },
  examples: ['hypernet job result soil-zinc', 'hypernet job result soil-zinc --csv > soil.csv'],
  async run(given, terminal) {
    if (given.flag('csv') && given.flag('json'))
      throw usageError(jobResult, 'found --csv and --json, wanted one of them.')
    const client = await clientFor(given, terminal)
    const [id = ''] = given.operands
    const answer = await client.get(`/v1/jobs/${encodeURIComponent(id)}/result`)
    const document = resultDocument(answer)
    if (given.flag('json')) terminal.out(`${JSON.stringify(answer)}\n`)
    else terminal.out(given.flag('csv') ? resultCsv(document) : resultText(document))
    return document.status === 'failed' ? EXIT.failed : EXIT.done
  },
}
