import { PROTOCOL, SOFTWARE } from '../../agent/wire/version.ts'
import { type Command, JSON_OPTION } from './shell/command.ts'
import { EXIT } from './shell/exit.ts'

/** `hypernet version` */
export const version: Command = {
  name: 'version',
  summary: 'Print the version of the software and of its protocol',
  about: ['Devices and controllers work together when their protocol versions are equal.'],
  operands: [],
  options: { json: JSON_OPTION },
  examples: ['hypernet version'],
  async run(given, terminal) {
    const runtime = process.versions.node
    terminal.out(
      given.flag('json')
        ? `${JSON.stringify({ hypernet: SOFTWARE, protocol: PROTOCOL, node: runtime })}\n`
        : `hypernet ${SOFTWARE}, protocol ${PROTOCOL}, Node ${runtime}\n`,
    )
    return EXIT.done
  },
}
