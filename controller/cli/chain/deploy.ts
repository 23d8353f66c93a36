import { KEY_VARIABLE, SENDER_OPTIONS } from '../market/options.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION } from '../shell/command.ts'

/** `hypernet chain deploy` */
export const chainDeploy: Command = {
  name: 'chain deploy',
  summary: 'Deploy the contracts of a market on a chain, after showing what it costs',
  about: [
    'Prints each transaction with its gas, what it costs at the fee of now, and what votes can change later; asks; then sends one after the other, compares what stands with its own code, and writes the file that says where. The whole supply of the currency goes to the account that deploys.',
    'Run it again with the same key after an interruption: contracts that stand already are checked and skipped.',
    `The key comes from --key-file or from the environment variable ${KEY_VARIABLE}, never from a flag. Any chain with the rules of Cancun will do.`,
  ],
  operands: [],
  options: {
    rpc: { value: 'URL', says: 'JSON-RPC of the chain' },
    ...SENDER_OPTIONS,
    out: {
      value: 'FILE',
      says: 'the file to write (default: contracts/deployments/CHAIN-ID.json)',
    },
    yes: { says: 'do not ask' },
    config: { ...CONFIG_OPTION, says: 'a controller.yaml whose chain.rpc is taken without --rpc' },
    json: JSON_OPTION,
  },
  examples: ['hypernet chain deploy --rpc https://rpc.example --key-file deployer.key'],
  async run(given, terminal) {
    const { runDeploy } = await import('./deployRun.ts')
    return runDeploy(given, terminal)
  },
}
