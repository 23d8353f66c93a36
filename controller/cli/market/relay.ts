import { once } from 'node:events'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { ID_PATTERN, type JobId } from '../../../agent/wire/ids.ts'
import { CONFIG_FILE, configOf } from '../reach.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'

/** `hypernet market relay` */
export const marketRelay: Command = {
  name: 'market relay',
  summary: 'Take paid jobs to their end in place of a controller that is gone',
  about: [
    'Reads orders, bids and results from the broker and the rest from the chain, sends what is due, and so pays the sellers of a job whose controller vanished. It needs the broker, the chain, and an account with coins for gas (chain.relayKey), but nothing of the old controller; contracts check all signatures.',
    'It has a user name of its own at the broker (broker.external.username) with the rights of a relay: hypernet broker mosquitto DIR --relay NAME. With JOB it ends when that contract has ended, else it stays until Ctrl-C.',
  ],
  operands: [{ name: 'JOB', optional: true }],
  options: {
    config: { ...CONFIG_OPTION, says: `its configuration (default: ./${CONFIG_FILE})` },
    json: JSON_OPTION,
  },
  examples: ['hypernet market relay soil-zinc -c relay.yaml'],
  async run(given, terminal) {
    const configPath = configOf(given, terminal)
    if (configPath === undefined)
      throw new HypernetError(
        'NOT_FOUND',
        `no ${CONFIG_FILE} in ${terminal.cwd}; name one: -c FILE`,
      )
    const [name] = given.operands
    if (name !== undefined && !ID_PATTERN.test(name))
      throw new HypernetError(
        'BAD_USAGE',
        `found ${JSON.stringify(name)}, wanted the name of a job`,
      )
    const { createLog } = await import('../../../agent/io/log.ts')
    const { systemClock } = await import('../../../agent/io/clock.ts')
    const { loadControllerConfig } = await import('../settings.ts')
    const { startRelay } = await import('../../relay.ts')
    const { factLines, marketFacts } = await import('../show/result.ts')
    const { purseText } = await import('./purse.ts')
    const { config, folder } = await loadControllerConfig(configPath)
    const write = (line: string) => terminal.err(`${line}\n`)
    const log = createLog({ level: 'info', form: 'text', clock: systemClock, write })
    const relay = await startRelay(config, { log, folder })
    const json = given.flag('json')
    try {
      const { line, warning } = await purseText(relay.purse)
      const say = (text: string) => (json ? terminal.err(text) : terminal.out(text))
      say(`${line}\n`)
      if (warning !== undefined) log({ level: 'warn', kind: 'market', message: warning })
      const until = name === undefined ? 'Ctrl-C' : `the contract of ${name} has ended`
      say(`ready; hears fleet ${config.fleet} on ${relay.brokerUrl} until ${until}\n`)
      const stopped = once(terminal.interrupted, 'abort').then(() => undefined)
      const ended = name === undefined ? [] : [relay.ended(name as JobId)] // it is of that form
      const market = await Promise.race([stopped, relay.broken, ...ended])
      if (market instanceof HypernetError) throw market
      if (!market) return EXIT.interrupted
      if (json) terminal.out(`${JSON.stringify({ job: name, market })}\n`)
      else terminal.out(factLines([['job', `${name}, ${market.ending}`], ...marketFacts(market)]))
      return EXIT.done
    } finally {
      await relay.close()
    }
  },
}
