import { DEV_PORT } from '../market/options.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION } from '../shell/command.ts'

/** `hypernet chain dev` */
export const chainDev: Command = {
  name: 'chain dev',
  summary: 'Run a development chain with a market on it, until Ctrl-C',
  about: [
    'Starts anvil with a block a second, deploys the contracts, and writes where they stand into the file in which the other commands of this folder look: chain.deployment of controller.yaml where that names this chain, else contracts/deployments/31337.json. Everybody knows the keys of this chain and its tokens are worth nothing; it listens on loopback and is gone when the command ends.',
    'Each --fund ADDRESS gets 10000 HYPER in its account of the market, 10000 outside of it, and 10 coins for gas. A buyer is the operator of a controller: fund its address (hypernet up prints it).',
  ],
  operands: [],
  options: {
    port: { value: 'N', says: `where the chain listens (default ${DEV_PORT}; 0: any free port)` },
    out: { value: 'FILE', says: 'the file to write' },
    fund: { value: 'ADDRESS', isList: true, says: 'who gets test tokens; may be given again' },
    config: { ...CONFIG_OPTION, says: 'a controller.yaml with chain (default: ./controller.yaml)' },
    json: JSON_OPTION,
  },
  examples: [
    'hypernet chain dev',
    'hypernet chain dev --fund 0x2455Ac613442f85312956266A60DfE1868E1A4c5',
  ],
  async run(given, terminal) {
    const port = given.number('port', { least: 0, most: 65_535, whole: true }) ?? DEV_PORT
    const { runDevChain } = await import('./devRun.ts')
    return runDevChain(given, terminal, port)
  },
}
