import * as z from 'zod/mini'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import { clientFor } from '../reach.ts'
import { usageError } from '../shell/arguments.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION, SOCKET_OPTION } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'
import type { Terminal } from '../shell/terminal.ts'
import { resultDocument } from '../show/document.ts'
import { absentText, type JobView, jobView } from '../show/jobs.ts'
import { read } from '../show/read.ts'
import { resultCsv, resultName, resultText } from '../show/result.ts'
import { jobNamed } from './id.ts'
import { resultIfAny } from './noResult.ts'

const History = z.looseObject({
  history: z.array(z.looseObject({ epoch: z.number(), result: z.unknown() })).check(z.minLength(1)),
})

/** `hypernet job result ID` */
export const jobResult: Command = {
  name: 'job result',
  summary: 'Print the result of a job',
  about: [
    'Exits 1 where the job failed or has no result yet; then it says why. A repeating job gives the result of its last epoch, or of the one that --epoch names.',
    '--csv prints a line a term or parameter, with a heading (RFC 4180).',
  ],
  operands: [{ name: 'ID' }],
  options: {
    csv: { says: 'print comma-separated values' },
    epoch: { value: 'N', says: 'result of this epoch of a repeating job' },
    config: CONFIG_OPTION,
    socket: SOCKET_OPTION,
    json: JSON_OPTION,
  },
  examples: ['hypernet job result soil-zinc', 'hypernet job result soil-zinc --csv > soil.csv'],
  async run(given, terminal) {
    if (given.flag('csv') && given.flag('json'))
      throw usageError(jobResult, 'found --csv and --json, wanted one of them.')
    const { id, path } = jobNamed(given)
    const epoch = given.number('epoch', { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true })
    const client = await clientFor(given, terminal)
    const newest = await resultIfAny(
      client,
      path,
      epoch === undefined ? '' : `?history=${LIMITS.results}`,
    )
    if (newest === undefined) return tellWithout(jobView(await client.get(path)), terminal)
    const answer = epoch === undefined ? newest : ofEpoch(newest, epoch, id)
    const document = resultDocument(answer)
    if (given.flag('csv') && document.status === 'failed')
      terminal.err(`${resultName(document)} failed: ${document.reason}\n`)
    if (given.flag('json')) terminal.out(`${JSON.stringify(answer)}\n`)
    else terminal.out(given.flag('csv') ? resultCsv(document) : resultText(document))
    return document.status === 'failed' ? EXIT.failed : EXIT.done
  },
}

/** @throws HypernetError `NOT_FOUND` for an epoch without a result, or one of so long ago that it is not kept */
function ofEpoch(answer: unknown, epoch: number, id: string): unknown {
  const { history } = read(History, answer, 'history of results')
  const found = history.find((each) => each.epoch === epoch)
  if (found) return found.result
  const kept = history.map((each) => each.epoch)
  throw new HypernetError(
    'NOT_FOUND',
    `job ${id} keeps no result of epoch ${epoch}; it keeps ${Math.min(...kept)} to ${Math.max(...kept)}`,
  )
}

/** @returns exit code 1: there is no result to print */
function tellWithout(view: JobView, terminal: Terminal): number {
  const { job, phase, message } = view
  const absent = absentText(view)
  const ended = { failed: 'it failed', cancelled: 'it was cancelled' }[phase]
  terminal.err(
    ended === undefined
      ? `job ${job} has no result yet: it is ${phase}: ${message}${absent === undefined ? '' : `; ${absent}`}\n`
      : `job ${job} has no result: ${ended}: ${message}\n`,
  )
  return EXIT.failed
}
