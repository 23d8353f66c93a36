import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { AgentConfig } from './config.ts'
import { hoursText } from './core/hours.ts'
import { startDriver } from './driver.ts'
import { type Clock, systemClock } from './io/clock.ts'
import { createLog, type Level, type Log } from './io/log.ts'
import { machineOf } from './io/machine.ts'
import {
  type AgentFile,
  brokerOf,
  loadAgentFile,
  openSensors,
  openState,
  operatorsOf,
  settingsOf,
} from './setup.ts'
import { HypernetError } from './wire/errors.ts'
import { quote } from './wire/ids.ts'
import { addressOf, checksumAddress } from './wire/signature.ts'
import { formatSize } from './wire/units.ts'
import { SOFTWARE } from './wire/version.ts'
import { counted } from './wire/words.ts'

const HELP = `hypernet-agent: a device of a Hypernet fleet

  hypernet-agent run [-c agent.yaml] [--log text|json] [--level debug|info|warn|error]
      connects the device and works on jobs until it is stopped (SIGTERM or Ctrl-C)
  hypernet-agent permissions [-c agent.yaml]
      says in sentences what jobs may do here
  hypernet-agent sensors [-c agent.yaml]
      reads every sensor once; says why a value is missing
  hypernet-agent --help | --version

  -c, --config   the device's file, default agent.yaml in this folder

Example: hypernet-agent run -c /etc/hypernet/agent.yaml --log json
`

/** Exit codes: done, failed, wrong input or usage, a mistake of our own (sysexits.h EX_SOFTWARE), interrupted. */
const EXIT = { done: 0, failed: 1, usage: 2, software: 70, interrupted: 130 } as const

/** Where a command writes, and how it hears that it should stop. */
export interface Surroundings {
  out(text: string): void
  err(text: string): void
  /** Resolves with the signal's name when the process is asked to stop. */
  readonly stopped: Promise<string>
}

/** Runs what was typed after `hypernet-agent`. @returns the exit code */
export async function main(words: readonly string[], around: Surroundings): Promise<number> {
  try {
    const { values, positionals } = readWords(words)
    if (values.version) around.out(`${SOFTWARE}\n`)
    else if (values.help || positionals[0] === 'help') around.out(HELP)
    else {
      const [command, extra] = positionals
      if (extra !== undefined) throw usage(`found ${quote(extra)} after ${command}`)
      return await perform(command, values, around)
    }
    return EXIT.done
  } catch (error) {
    around.err(`${textOf(error)}\n`)
    return exitOf(error)
  }
}

type Values = ReturnType<typeof readWords>['values']

function readWords(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        config: { type: 'string', short: 'c', default: 'agent.yaml' },
        log: { type: 'string', default: 'text' },
        level: { type: 'string', default: 'info' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'V' },
      },
    })
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error))
  }
}

async function perform(
  command: string | undefined,
  values: Values,
  around: Surroundings,
): Promise<number> {
  switch (command) {
    case 'run':
      return await run(values, around)
    case 'permissions':
      around.out(permissionSentences(await loadAgentFile(values.config)))
      return EXIT.done
    case 'sensors':
      around.out(await sensorTable(await loadAgentFile(values.config)))
      return EXIT.done
    case undefined:
      around.err(HELP)
      return EXIT.usage
    default:
      throw usage(`no command ${quote(command)}`)
  }
}

async function run({ config, log: form, level }: Values, around: Surroundings): Promise<number> {
  if (form !== 'text' && form !== 'json')
    throw usage(`--log is ${quote(form)}, wanted text or json`)
  const levels: readonly Level[] = ['debug', 'info', 'warn', 'error']
  const least = levels.find((each) => each === level)
  if (!least) throw usage(`--level is ${quote(level)}, wanted ${levels.join(', ')}`)
  const clock = systemClock
  const log = createLog({ level: least, form, clock, write: (line) => around.err(`${line}\n`) })
  const file = await loadAgentFile(config)
  const state = await openState(file, clock.unix())
  try {
    return await live(file, state, { log, clock }, around)
  } finally {
    await state.free()
  }
}

/** Runs the device until it is asked to stop or breaks. @returns the exit code */
async function live(
  file: AgentFile,
  { key, made, store }: Awaited<ReturnType<typeof openState>>,
  { log, clock }: { log: Log; clock: Clock },
  around: Surroundings,
): Promise<number> {
  const { node, fleet, labels, permissions, neighbors } = file.config
  const address = checksumAddress(addressOf(key.publicKey))
  const message = `hypernet-agent ${SOFTWARE}, fleet ${fleet}, key ${address}${made ? ', made just now' : ''}`
  log({ level: 'info', kind: 'start', message, node })
  const sensors = await openSensors(file)
  // Nothing was read live yet: these are faults of files, told once.
  for (const fault of new Set(sensors.faults().values()))
    log({ level: 'warn', kind: 'sensors', message: fault, node })
  const driver = await startDriver({
    settings: settingsOf(file, key, await machineOf(resolve(file.folder, file.config.state))),
    key,
    broker: await brokerOf(file),
    operators: operatorsOf(file),
    store,
    sensors,
    log,
    clock,
    labels,
    permissions: { sensors: permissions.sensors, functions: permissions.functions },
    neighbors: typeof neighbors === 'string' ? undefined : neighbors,
    onInvariant: 'end',
  })
  const first = await Promise.race([around.stopped, driver.ended])
  if (first instanceof HypernetError) return exitOf(first)
  await driver.stop()
  log({ level: 'info', kind: 'stop', message: `stopped by ${first}`, node })
  return first === 'SIGINT' ? EXIT.interrupted : EXIT.done
}

/** What agent.yaml grants, in sentences. */
export function permissionSentences({ config }: AgentFile): string {
  const { permissions, sensors, operators, broker, market } = config
  const allowed = sensors.filter(
    ({ id }) => permissions.sensors === 'all' || permissions.sensors.includes(id),
  )
  const kept = sensors.filter((sensor) => !allowed.includes(sensor))
  const named = (list: typeof sensors) =>
    list.map(({ id, unit }) => `${id} (${unit || 'no unit'})`).join(', ')
  return [
    allowed.length
      ? `Jobs may read ${named(allowed)}.`
      : 'Jobs may read no sensor. To grant some: permissions: { sensors: [ID, ...] }.',
    ...(kept.length ? [`Jobs may not read ${named(kept)}.`] : []),
    limitSentence(permissions),
    ...(market?.hours ? [`It offers to work for pay from ${hoursText(market.hours)}.`] : []),
    'Jobs may sum expressions over those readings and the position; they open no files.',
    programSentence(permissions),
    `Orders are obeyed that are signed by ${operators.join(' or ')}.`,
    `The agent connects to ${broker.url} and to nothing else, and writes to ${config.state}.`,
    '',
  ].join('\n')
}

function programSentence({ functions }: AgentConfig['permissions']): string {
  if (functions === 'sandboxed') return 'Any program of a job may run, in the sandbox.'
  if (functions === 'none' || functions.length === 0)
    return 'Programs of jobs do not run. To grant them: permissions: { functions: sandboxed }, or a list of their SHA-256.'
  const which = functions.length === 1 ? 'The program' : 'Programs'
  return `${which} with the SHA-256 ${functions.join(', ')} may run, in the sandbox; no other.`
}

function limitSentence({ cpu, memory, disk, bandwidth }: AgentConfig['permissions']): string {
  const limits = [
    ...(cpu ? [`${Math.round(cpu.share * 100)} % of the processors`] : []),
    ...(memory?.perJob === undefined ? [] : [`${formatSize(memory.perJob)} of memory`]),
    ...(disk?.perJob === undefined ? [] : [`${formatSize(disk.perJob)} of disk`]),
    ...(bandwidth === undefined ? [] : [`${formatSize(bandwidth)} a second`]),
  ]
  return `A job may ask for ${limits.join(', ') || 'all that the machine has'}.`
}

/** Every sensor, its reading now, and why it is missing or kept back. */
export async function sensorTable(file: AgentFile, sysfsRoot?: string): Promise<string> {
  const granted = file.config.permissions.sensors
  const sensors = await openSensors(file, 'all', sysfsRoot)
  const observations = await sensors.observe(
    sensors.list.map(({ id }) => id),
    systemClock.now,
  )
  const faults = sensors.faults()
  const lines = observations.flatMap(({ sensors: ids, units, rows }) =>
    ids.map((id, column) => {
      const values = rows.map((row) => row[column] ?? null)
      const missing = values.filter((value) => value === null).length
      const fault = faults.get(id)
      const reading =
        rows.length === 1
          ? `${values[0] ?? `missing: ${fault ?? 'empty cell'}`}`
          : `${counted(rows.length, 'row')}${missing ? `, ${missing} missing` : ''}${fault ? ` (${fault})` : ''}`
      const kept = granted === 'all' || granted.includes(id) ? '' : '  (not granted to jobs)'
      return `${id}  ${reading}${values[0] === null && rows.length === 1 ? '' : ` ${units[column]}`}${kept}\n`
    }),
  )
  return lines.length ? lines.join('') : `no sensors in ${file.path}\n`
}

const usage = (what: string) =>
  new HypernetError('BAD_USAGE', `hypernet-agent: ${what}. Try hypernet-agent --help`)

function textOf(error: unknown): string {
  if (error instanceof HypernetError && error.code !== 'INVARIANT') return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function exitOf(error: unknown): number {
  if (!(error instanceof HypernetError) || error.code === 'INVARIANT') return EXIT.software
  const isUsage = ['BAD_USAGE', 'BAD_CONFIG', 'BAD_ID', 'BAD_ROWS', 'NOT_FOUND'].includes(
    error.code,
  )
  return isUsage ? EXIT.usage : EXIT.failed
}

/** The process as surroundings: the first signal asks, the second ends at once. */
function processSurroundings(): Surroundings {
  const { promise, resolve } = Promise.withResolvers<string>()
  let isAsked = false
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (isAsked) process.exit(EXIT.interrupted)
      isAsked = true
      resolve(signal)
    })
  }
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    stopped: promise,
  }
}

if (import.meta.main) {
  const code = await main(process.argv.slice(2), processSurroundings())
  // What was printed may still be on its way into a pipe; the exit waits for it.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
}
