import { nodeId } from '../../../agent/wire/ids.ts'
import { clientFor } from '../reach.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION, SOCKET_OPTION } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'
import { resultDocument } from '../show/document.ts'
import { type JobView, jobFacts, jobView } from '../show/jobs.ts'
import { factLines, resultText } from '../show/result.ts'
import { toldFacts } from '../show/told.ts'
import { jobNamed } from './id.ts'
import { resultIfAny } from './noResult.ts'

/** `hypernet job get ID` */
export const jobGet: Command = {
  name: 'job get',
  summary: 'Show a job: where it stands, and its newest result',
  about: [
    'With --json it prints the result document; while there is no result, the document has no "result" and says why in "reason".',
  ],
  operands: [{ name: 'ID' }],
  options: {
    device: {
      value: 'NAME',
      says: 'how far all devices are, as this one tells it: least, mean, slowest',
    },
    config: CONFIG_OPTION,
    socket: SOCKET_OPTION,
    json: JSON_OPTION,
  },
  examples: ['hypernet job get soil-zinc', 'hypernet job get soil-zinc --device gauge-007'],
  async run(given, terminal) {
    const { path } = jobNamed(given)
    const device = given.text('device')
    const node = device === undefined ? undefined : nodeId(device)
    const client = await clientFor(given, terminal)
    if (node !== undefined) {
      const told = await client.get(`${path}/progress?device=${node}`)
      terminal.out(given.flag('json') ? `${JSON.stringify(told)}\n` : factLines(toldFacts(told)))
      return EXIT.done
    }
    const job = jobView(await client.get(path))
    const answer = await resultIfAny(client, path)
    if (given.flag('json')) terminal.out(`${JSON.stringify(answer ?? withoutResult(job))}\n`)
    else {
      terminal.out(factLines(jobFacts(job, Date.now())))
      if (answer !== undefined) terminal.out(`\n${resultText(resultDocument(answer))}`)
    }
    return EXIT.done
  },
}

const withoutResult = ({ job, phase, model, message }: JobView) => ({
  job,
  status: phase,
  model,
  reason: message,
})
