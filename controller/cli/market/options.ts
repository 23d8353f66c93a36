import { MAX_FEE_GWEI } from '../../io/chain/fees.ts'
import type { Option } from '../shell/command.ts'
import { CONFIG_OPTION, JSON_OPTION } from '../shell/command.ts'

/** Options of every command that asks a chain. */
export const CHAIN_OPTIONS: Readonly<Record<string, Option>> = {
  rpc: {
    value: 'URL',
    says: 'JSON-RPC of the chain (default: chain.rpc of controller.yaml, else that of hypernet chain dev)',
  },
  deployment: {
    value: 'FILE',
    says: 'where the contracts stand (default: chain.deployment of controller.yaml, else contracts/deployments/CHAIN-ID.json)',
  },
  config: { ...CONFIG_OPTION, says: 'a controller.yaml with chain (default: ./controller.yaml)' },
  json: JSON_OPTION,
}

/** Of every command that has an account. */
export const KEY_OPTION: Option = {
  value: 'FILE',
  says: 'key of the account that sends and pays gas: a file of mode 600 with 64 hexadecimal digits',
}

const FEE_OPTION: Option = {
  value: 'GWEI',
  says: `most that a unit of gas may cost, in 1e-9 of the coin of the chain (default: chain.maxFeeGwei of the controller.yaml that names the chain, else ${MAX_FEE_GWEI})`,
}

/** Of every command that sends a transaction. */
export const SENDER_OPTIONS = { 'key-file': KEY_OPTION, 'max-fee-gwei': FEE_OPTION } as const

/** The environment variable that holds a key where no file is named. */
export const KEY_VARIABLE = 'HYPERNET_CHAIN_KEY'

/** Paragraph of the help page of every command that sends a transaction. */
export const KEY_NOTE = `The key comes from --key-file or from the environment variable ${KEY_VARIABLE}; on a development chain the first account that it made rich is taken where none is given. The transaction is tried before it is sent, so what would fail costs nothing.`

/** Where hypernet chain dev listens unless told otherwise. */
export const DEV_PORT = 8545
