import { closeSync, openSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { HypernetError } from '../../agent/wire/errors.ts'
import { quote } from '../../agent/wire/ids.ts'
import type { JobDocument } from '../io/jobFiles.ts'
import type { OptionTexts } from '../sim/options.ts'
import { type Given, usageError } from './shell/arguments.ts'
import { type Command, JSON_OPTION } from './shell/command.ts'
import { EXIT } from './shell/exit.ts'
import { readNamedFile } from './shell/file.ts'
import type { Terminal } from './shell/terminal.ts'
import { shellWord } from './shell/word.ts'
import { resultDocument } from './show/document.ts'
import { resultText } from './show/result.ts'

const NAMES = [
  'devices',
  'assign',
  'graph',
  'method',
  'loss',
  'delay',
  'duplicate',
  'crash',
  'join',
  'liars',
  'seed',
  'max-rounds',
] as const satisfies readonly (keyof OptionTexts)[]

/** `hypernet simulate JOB.yaml --rows ROWS.csv` */
export const simulate: Command = {
  name: 'simulate',
  summary: "Rehearse a job in virtual time, with the devices' own code and faults as you like",
  about: [
    'The rows of the CSV file (first line: names) are dealt to devices; sensors are the columns of their names, and empty cells and NA are missing. Devices beyond the rows hold none and contribute nothing. Labels and units are not looked at: every device takes part, and columns are taken as they are. One round is one consensus period of virtual time. The same seed gives the same output on any machine.',
    'A graph FILE.csv has the header from,to,delivery and a line a directed link; devices are numbered from 0, and delivery is the chance that a message arrives. An empty delivery is 1, and so are all where the header is from,to. Where the job asks for longLinks, each device adds so many random ones, which are certain. Exits 1 if the job fails.',
  ],
  operands: [{ name: 'JOB.yaml' }],
  options: {
    rows: { value: 'ROWS.csv', says: 'the readings (required, unless the job carries rows: data)' },
    devices: {
      value: 'N',
      says: 'number of devices, at most 10000, by flood 2000 (default: one a row)',
    },
    assign: { value: 'HOW', says: 'deal rows by round-robin (default) or column:NAME' },
    graph: {
      value: 'KIND',
      says: 'complete, ring, grid, geometric, smallworld, regular:K or FILE.csv (default: the overlay that the controller would draw)',
    },
    method: {
      value: 'M',
      says: 'auto, flood, tree, ratio, laplacian or commit (default: as the job says)',
    },
    loss: { value: 'P', says: 'chance that a message is lost (default 0)' },
    delay: { value: 'MIN..MAX', says: 'rounds that a message takes (default 0..0)' },
    duplicate: { value: 'P', says: 'chance that a message arrives twice (default 0)' },
    crash: { value: 'FRACTION@ROUND', says: 'devices that stop for good in that round' },
    join: { value: 'COUNT@ROUND', says: 'devices that start only in that round' },
    liars: {
      value: 'FRACTION',
      says: 'devices that lie, in turn: by two contributions, a malformed one, false readings',
    },
    seed: { value: 'N', says: 'seed of everything that is drawn (default 1)' },
    'max-rounds': { value: 'N', says: "end of the run (default: by the job's timeout)" },
    signatures: { says: 'sign and verify for real; slower, same result' },
    trace: { value: 'FILE', says: 'write what happens, a JSON line an event' },
    plot: {
      value: 'FILE.svg',
      says: 'draw the error of every device against rounds, and the graph; runs twice',
    },
    json: JSON_OPTION,
  },
  examples: [
    'hypernet simulate job.yaml --rows rows.csv --loss 0.3 --delay 0..3 --seed 7',
    'hypernet simulate job.yaml --rows rows.csv --graph ring --crash 0.1@5 --json',
  ],
  async run(given, terminal) {
    const { graphFileOf, rehearse } = await import('../sim/rehearse.ts')
    const { placedInFiles } = await import('../io/programPlace.ts')
    const { responseOf } = await import('../../agent/wire/jobModels.ts')
    const { numbersOf, readTable } = await import('../../agent/io/sensors/table.ts')
    const [file = ''] = given.operands
    const options = optionTexts(given)
    const rowsName = given.text('rows')
    const graphName = graphFileOf(options)
    const plotName = given.text('plot')
    if (plotName !== undefined && !/\.svg$/i.test(plotName))
      throw usageError(simulate, `--plot: found ${quote(plotName)}, wanted a file FILE.svg.`)
    const read = async (name: string) => ({ name, text: await readNamedFile(name, terminal) })
    const { job, rows: data, code } = await onlyJob(file, terminal)
    const run =
      code === undefined ? undefined : (await import('../../agent/io/programs/run.ts')).runHere
    if (rowsName === undefined && !data) throw usageError(simulate, '--rows ROWS.csv is missing.')
    const unit = responseOf(job.spec.model)?.unit
    if (unit && rowsName !== undefined)
      terminal.err(
        `the unit ${unit} is not checked: columns of ${rowsName} are taken as they are\n`,
      )
    const trace = outputTo('trace', given.text('trace'), terminal)
    const plot = outputTo('plot', plotName, terminal)
    try {
      const { document, picture, notes } = rehearse({
        job,
        rows: rowsName === undefined ? undefined : await read(rowsName),
        data,
        code,
        run,
        graph: graphName === undefined ? undefined : await read(graphName),
        options,
        reader: { read: readTable, numbers: numbersOf },
        signatures: given.flag('signatures'),
        trace: trace && ((line) => trace.write(`${JSON.stringify(line)}\n`)),
        plot: plot !== undefined,
        replay: ['npx hypernet simulate', ...given.words.map(shellWord)].join(' '),
      })
      if (picture !== undefined) plot?.write(picture)
      for (const note of notes) terminal.err(`note: ${note}\n`)
      const placed = (value: unknown) =>
        typeof value === 'string' ? placedInFiles(value, code) : value
      const text = JSON.stringify(document, (_, value) => placed(value))
      terminal.out(given.flag('json') ? `${text}\n` : resultText(resultDocument(JSON.parse(text))))
      return document.status === 'succeeded' ? EXIT.done : EXIT.failed
    } finally {
      trace?.close()
      plot?.close()
    }
  },
}

function optionTexts(given: Given): OptionTexts {
  return Object.fromEntries(NAMES.map((name) => [name, given.text(name)]))
}

async function onlyJob(file: string, terminal: Terminal): Promise<JobDocument> {
  const { jobsIn } = await import('./job/read.ts')
  const jobs = await jobsIn(file, terminal)
  const [first, second] = jobs
  if (first !== undefined && second === undefined) return first
  throw new HypernetError(
    'BAD_JOB',
    `${file}: found ${jobs.length} jobs, wanted one; keep the job to rehearse in a file of its own`,
  )
}

/**
 * A file that an option names. It is opened before the run, so that a name that cannot be written is
 * told at once, and written as the run goes on, so that one that breaks leaves its trace.
 * @throws HypernetError `NOT_FOUND` where it cannot be opened
 */
function outputTo(option: string, name: string | undefined, terminal: Terminal) {
  if (name === undefined) return undefined
  let file: number
  try {
    file = openSync(resolve(terminal.cwd, name), 'w')
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'error'
    throw new HypernetError('NOT_FOUND', `cannot write the ${option} ${name} (${reason}).`, error)
  }
  return {
    write: (text: string): void => writeFileSync(file, text),
    close: (): void => closeSync(file),
  }
}
