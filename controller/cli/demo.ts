import { fileURLToPath } from 'node:url'
import type { DemoOutcome } from './demo/run.ts'
import { type Given, usageError } from './shell/arguments.ts'
import { type Command, JSON_OPTION } from './shell/command.ts'
import { EXIT } from './shell/exit.ts'
import type { Terminal } from './shell/terminal.ts'

/** Rows of the survey: more devices than rows are allowed, they contribute nothing. */
const MOST_DEVICES = 2000

/** Days of the wind record. */
const DAYS = 365
/** Windows of the steam record. */
const WINDOWS = 772

/** `hypernet demo` */
export const demo: Command = {
  name: 'demo',
  summary: 'Fuse real measurements inside a network of virtual devices, on this machine',
  about: [
    'Starts an MQTT broker on a free port, a controller and 155 virtual soil probes, each with one row of the Meuse river survey. They work out the regression of log(zinc) on sqrt(distance to the river) among themselves. The result is printed beside the published one.',
    'The demo wind follows the wind over Ireland through 1961: 12 stations estimate its mean and, with a Kalman filter, its level, a window for each day, each resting on those before it. All windows are compared with what one machine with all readings finds.',
    'The demo steam has four motes decide, every 15 s of a record, whether somebody lets steam into the place where they stand. Delays, missed events and false alarms are printed beside those of a threshold and of a bayesian sensor on each device.',
    'Exits 0 only if every printed digit agrees, the sum is exact, and all devices hold the same answer; wind: if every window does to 1e-12; steam: if every decision is that of a single machine. With --keep everything stays up until Ctrl-C.',
  ],
  operands: [{ name: 'NAME', optional: true, choices: ['soil', 'wind', 'steam'] }],
  options: {
    devices: { value: 'N', says: 'deal the 155 rows of the survey to N devices instead' },
    'no-chain': { says: 'run the job unpaid, without a chain' },
    keep: { says: 'leave everything up, and print how to watch it' },
    days: { value: 'N', says: 'of wind: the first N days of the year, 1 to 365' },
    windows: { value: 'N', says: 'of steam: the first N windows of the record, 1 to 772' },
    json: JSON_OPTION,
  },
  examples: [
    'hypernet demo',
    'hypernet demo --devices 40 --keep',
    'hypernet demo --json',
    'hypernet demo wind',
    'hypernet demo steam --windows 130',
  ],
  async run(given, terminal) {
    const days = given.number('days', { least: 1, most: DAYS, whole: true })
    const windows = given.number('windows', { least: 1, most: WINDOWS, whole: true })
    if (given.operands[0] === 'steam') return steam(given, windows ?? WINDOWS, terminal)
    if (windows !== undefined)
      throw usageError(
        demo,
        '--windows belongs to the demo steam: hypernet demo steam --windows 130.',
      )
    if (given.operands[0] === 'wind') return wind(given, days ?? DAYS, terminal)
    if (days !== undefined)
      throw usageError(demo, '--days belongs to the demo wind: hypernet demo wind --days 30.')
    const devices = given.number('devices', { least: 1, most: MOST_DEVICES, whole: true })
    const { runDemo } = await import('./demo/run.ts')
    const { readText } = await import('./settings.ts')
    const { SELLERS } = await import('../../agent/wire/marketMessages.ts')
    // One contract hires no more: a larger demo runs unpaid.
    const isPaid = !given.flag('no-chain') && (devices ?? 0) <= SELLERS
    const jobFile = path(isPaid ? 'paidJob.yaml' : 'job.yaml')
    const request = {
      fleetFile: path('fleet.yaml'),
      jobFile,
      jobText: await readText(jobFile),
      devices,
      isPaid,
    }
    return runDemo(request, terminal, async (outcome) => {
      const code = await tell(outcome, given.flag('json'), terminal)
      if (!given.flag('keep')) return code
      const { keepUp } = await import('./demo/keep.ts')
      return keepUp(outcome, given.flag('json'), terminal, code)
    })
  },
}

async function wind(given: Given, days: number, terminal: Terminal): Promise<number> {
  const wrong = ['devices', 'no-chain', 'keep'].find((option) => given.flag(option))
  if (wrong !== undefined)
    throw usageError(demo, `--${wrong} belongs to the demo soil; wind takes --days and --json.`)
  const { runWind } = await import('./demo/wind/run.ts')
  const at = (file: string) => path(file, 'wind')
  const files = {
    fleetFile: at('fleet.yaml'),
    jobFile: at('jobs.yaml'),
    rowsFile: at('wind.csv'),
  }
  return runWind({ ...files, days, json: given.flag('json') }, terminal)
}

async function steam(given: Given, windows: number, terminal: Terminal): Promise<number> {
  const wrong = ['devices', 'no-chain', 'keep', 'days'].find((option) =>
    option === 'days' || option === 'devices'
      ? given.text(option) !== undefined
      : given.flag(option),
  )
  if (wrong !== undefined)
    throw usageError(demo, `--${wrong} belongs to another demo; steam takes --windows and --json.`)
  const { runSteam } = await import('./demo/steam/run.ts')
  const at = (file: string) => path(file, 'steam')
  const files = {
    fleetFile: at('fleet.yaml'),
    jobFile: at('jobs.yaml'),
    beforeFile: at('before.csv'),
    rowsFile: at('steam.csv'),
  }
  return runSteam({ ...files, windows, json: given.flag('json') }, terminal)
}

async function tell(outcome: DemoOutcome, json: boolean, terminal: Terminal): Promise<number> {
  const { Published, shortcomings } = await import('./demo/published.ts')
  const { readText } = await import('./settings.ts')
  const { document, devices } = outcome
  const published = Published.parse(JSON.parse(await readText(path('published.json'))))
  const wrong = shortcomings(document, published, devices)
  if (json) {
    terminal.out(`${JSON.stringify(document)}\n`)
    for (const line of wrong) terminal.err(`${line}\n`)
  } else {
    const { demoReport } = await import('./demo/report.ts')
    terminal.out(demoReport(outcome, published))
  }
  return wrong.length === 0 ? EXIT.done : EXIT.failed
}

const path = (file: string, folder = 'soil'): string =>
  fileURLToPath(new URL(`../../devices/demo/${folder}/${file}`, import.meta.url))
