import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { ControllerConfig } from '../config.ts'
import type { ChainPlace } from './doctor/chain.ts'
import type { Given } from './shell/arguments.ts'
import { type Client, clientOf } from './shell/client.ts'
import type { Terminal } from './shell/terminal.ts'

/** Where a controller lives on this machine. */
export interface Place {
  /** controller.yaml, where there is one. */
  readonly configPath: string | undefined
  readonly stateFolder: string
  readonly socketPath: string
  /** By controller.yaml; a running controller knows better. */
  readonly brokerUrl: string | undefined
  /** Certificate authority of the broker, PEM. */
  readonly brokerCa: string | undefined
  /** The market of controller.yaml: `embedded`, or where it is; absent where it has none. */
  readonly chain: ChainPlace | 'embedded' | undefined
  /** Key files that controller.yaml names. */
  readonly keyFiles: readonly string[]
}

/** Names of what a command looks for where nothing else was said. */
export const CONFIG_FILE = 'controller.yaml'
export const SOCKET_FILE = 'hypernet.sock'
const STATE_FOLDER = 'state'

/**
 * Finds the controller that a command means: by `--socket`, by `--config`, by ./controller.yaml, or
 * in ./state.
 * @throws HypernetError `BAD_CONFIG` when controller.yaml is wrong
 */
export async function placeOf(given: Given, terminal: Terminal): Promise<Place> {
  const socket = given.text('socket')
  if (socket !== undefined) {
    const socketPath = resolve(terminal.cwd, socket)
    return { ...nothingKnown, stateFolder: dirname(socketPath), socketPath }
  }
  const configPath = configOf(given, terminal)
  if (configPath === undefined) return placeIn(resolve(terminal.cwd, STATE_FOLDER))
  // The YAML reader starts a process of its own; a command that has a socket needs none of it.
  const { loadControllerConfig, readText } = await import('./settings.ts')
  const { config, stateFolder, folder } = await loadControllerConfig(configPath)
  const { external, embedded } = config.broker
  const listen = embedded?.listen
  return {
    ...placeIn(stateFolder),
    configPath,
    brokerUrl: external?.url ?? (listen && `mqtt://${urlHost(listen.host)}:${listen.port}`),
    brokerCa: external?.ca && (await readText(resolve(folder, external.ca))),
    chain: chainIn(config, folder),
    keyFiles: keyFilesIn(config, folder),
  }
}

function chainIn(config: ControllerConfig, folder: string): Place['chain'] {
  const { chain } = config
  if (chain?.embedded) return 'embedded'
  const { rpc, deployment } = chain ?? {}
  return rpc && deployment !== undefined
    ? {
        urls: rpc,
        deployment: resolve(folder, deployment),
        relayKey: keyFilesIn(config, folder)[0],
      }
    : undefined
}

function keyFilesIn({ chain }: ControllerConfig, folder: string): string[] {
  const { relayKey } = chain ?? {}
  return relayKey && 'file' in relayKey ? [resolve(folder, relayKey.file)] : []
}

/** A client of the controller that the command means. */
export async function clientFor(given: Given, terminal: Terminal): Promise<Client> {
  const place = await placeOf(given, terminal)
  return clientOf(place.socketPath, folderWithout(place, given))
}

/** The folder in which a controller.yaml was looked for in vain; none where nobody looked. */
export function folderWithout({ configPath, stateFolder }: Place, given: Given) {
  const hasLooked = given.text('socket') === undefined
  return configPath === undefined && hasLooked ? dirname(stateFolder) : undefined
}

/** The controller.yaml that was named, or the one in this folder. */
export function configOf(given: Given, terminal: Terminal): string | undefined {
  const named = given.text('config')
  if (named !== undefined) return resolve(terminal.cwd, named)
  const usual = join(terminal.cwd, CONFIG_FILE)
  return existsSync(usual) ? usual : undefined
}

const nothingKnown = {
  configPath: undefined,
  brokerUrl: undefined,
  brokerCa: undefined,
  chain: undefined,
  keyFiles: [],
}
const placeIn = (stateFolder: string): Place => ({
  ...nothingKnown,
  stateFolder,
  socketPath: join(stateFolder, SOCKET_FILE),
})

/** An address that can be connected to: every address of the machine includes its own. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
