import { CONFIG_OPTION, type Command, JSON_OPTION, SOCKET_OPTION } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'
import { tellingMistakes } from '../shell/mistakes.ts'

/** Most devices of one roster. */
const MOST_DEVICES = 16_384

/** `hypernet job check FILE` */
export const jobCheck: Command = {
  name: 'job check',
  summary: 'Validate a job file and explain in words what it would do; touches nothing',
  about: [
    'All mistakes are told at once, each as file:line:column path (exit 2). A right file is explained: what is summed, how many numbers a device sends, which method agrees on the sum and why, over which graph, how long that takes, and what it costs. FILE may be - for stdin.',
    'The figures hold for the devices that match now where a controller runs here, else for as many as --devices or minNodes says, else for an example. The graph of declared neighbors is looked at for its spectral gap, its diameter, and for devices that hold it together alone.',
    'With --json each job has "lines" and, in figures, its "outlook"; a wrong file gives {"ok":false,"mistakes":[...]} on stdout, each with file, line, column, path and text.',
  ],
  operands: [{ name: 'FILE' }],
  options: {
    devices: { value: 'N', says: 'explain for so many devices, and ask no controller' },
    config: CONFIG_OPTION,
    socket: SOCKET_OPTION,
    json: JSON_OPTION,
  },
  examples: ['hypernet job check job.yaml'],
  async run(given, terminal) {
    const devices = given.number('devices', { least: 1, most: MOST_DEVICES, whole: true })
    const { jobsIn } = await import('./read.ts')
    const { explainJob } = await import('../../core/explain.ts')
    const { submissionOf } = await import('../../core/compile.ts')
    const { select } = await import('../../core/roster.ts')
    const { candidatesHere } = await import('./candidates.ts')
    const { fleetId } = await import('../../../agent/wire/ids.ts')
    const json = given.flag('json')
    const jobs = await tellingMistakes(json, terminal, () =>
      jobsIn(given.operands[0] ?? '', terminal),
    )
    const candidates = devices === undefined ? await candidatesHere(given, terminal) : undefined
    const explained = jobs.map(({ job, written, rows, code }) => {
      const terms = { job: job.metadata.name, fleet: fleetId('checked'), generation: 1, rows, code }
      const { order, wanted } = submissionOf(job, written, terms)
      const selection = candidates && select(candidates, wanted)
      return { job: job.metadata.name, ...explainJob(job, order, { devices, selection }) }
    })
    if (json) terminal.out(`${JSON.stringify({ jobs: explained })}\n`)
    else terminal.out(explained.map(({ lines }) => `${lines.join('\n')}\n`).join('\n'))
    return EXIT.done
  },
}
