import { clientFor } from '../reach.ts'
import { usageError } from '../shell/arguments.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION, SOCKET_OPTION } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'
import type { Terminal } from '../shell/terminal.ts'
import { resultDocument } from '../show/document.ts'
import { type JobView, jobView } from '../show/jobs.ts'
import { resultCsv, resultText } from '../show/result.ts'
import { jobNamed } from './id.ts'
import { resultIfAny } from './noResult.ts'

/** `hypernet job result ID` */
export const jobResult: Command = {
  name: 'job result',
  summary: 'Print the result of a job',
  about: [
    'Exits 1 where the job failed or has no result yet; then it says why. A repeating job gives the result of its last epoch.',
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
    const { id, path } = jobNamed(given)
    const client = await clientFor(given, terminal)
    const answer = await resultIfAny(client, path)
    if (answer === undefined) return tellWithout(jobView(await client.get(path)), terminal)
    const document = resultDocument(answer)
    if (given.flag('csv') && document.status === 'failed')
      terminal.err(`job ${id} failed: ${document.reason}\n`)
    if (given.flag('json')) terminal.out(`${JSON.stringify(answer)}\n`)
    else terminal.out(given.flag('csv') ? resultCsv(document) : resultText(document))
    return document.status === 'failed' ? EXIT.failed : EXIT.done
  },
}

/** @returns exit code 1: there is no result to print */
function tellWithout({ job, phase, message }: JobView, terminal: Terminal): number {
  const ended = { failed: 'it failed', cancelled: 'it was cancelled' }[phase]
  terminal.err(
    ended === undefined
      ? `job ${job} has no result yet: it is ${phase}: ${message}\n`
      : `job ${job} has no result: ${ended}: ${message}\n`,
  )
  return EXIT.failed
}
