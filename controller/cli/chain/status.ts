import { CHAIN_OPTIONS } from '../market/options.ts'
import type { Command } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'

/** `hypernet chain status` */
export const chainStatus: Command = {
  name: 'chain status',
  summary: 'Show a chain, whether the contracts on it are ours, and the rules of its market',
  about: [
    'Compares the code at each address with what this version deploys, and looks whom the contracts trust. Exits 1 where something is not as it should be. Needs no key and sends nothing.',
  ],
  operands: [],
  options: CHAIN_OPTIONS,
  examples: ['hypernet chain status', 'hypernet chain status --rpc https://rpc.example'],
  async run(given, terminal) {
    const { chainFor } = await import('../market/place.ts')
    const { readStatus, statusText } = await import('./statusRun.ts')
    const chain = await chainFor(given, terminal)
    const status = await readStatus(chain)
    terminal.out(given.flag('json') ? `${JSON.stringify(status)}\n` : statusText(status))
    return status.faults.length === 0 ? EXIT.done : EXIT.failed
  },
}
