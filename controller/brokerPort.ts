import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readSecret } from '../agent/io/keys.ts'
import type { Entry, Log } from '../agent/io/log.ts'
import { HypernetError } from '../agent/wire/errors.ts'
import type { ControllerConfig } from './config.ts'
import { type Credentials, openCredentials } from './io/broker/credentials.ts'
import { startEmbeddedBroker } from './io/broker/embeddedBroker.ts'
import type { BrokerEvent } from './io/broker/report.ts'

/** Client id and user name of the controller in the embedded broker. */
const CONTROLLER_USER = 'controller'

/** How the controller reaches its broker, and what belongs to one of its own. */
export interface BrokerPort {
  readonly url: string
  readonly user: string
  readonly password: string | undefined
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  /** Passwords of the embedded broker's clients; nothing for an external one. */
  readonly credentials: Credentials | undefined
  /** Counters of the embedded broker. */
  stats(): unknown
  /** Cuts a device off from the embedded broker. */
  disconnect(client: string): void
  close(): Promise<void>
}

/** Where a configuration's paths count from, and what the embedded broker keeps there. */
export interface Places {
  /** Folder of controller.yaml. */
  readonly folder: string
  readonly stateFolder: string
}

/**
 * Starts the embedded broker, or says where the external one is. The embedded one knows its clients
 * by `broker.json` in the state folder; the controller gets a new password at each start.
 * @throws HypernetError `BROKER_LOST` when the port is taken, `KEY_UNSAFE` or `NOT_FOUND` for secrets
 */
export async function openBroker(
  config: ControllerConfig,
  places: Places,
  log: Log,
): Promise<BrokerPort> {
  const { external, embedded } = config.broker
  if (external) return externalPort(external, places)
  const credentials = openCredentials(join(places.stateFolder, 'broker.json'))
  const { listen, maxClients } = embedded ?? EMBEDDED
  const broker = await startEmbeddedBroker({
    host: listen.host,
    port: listen.port,
    fleet: config.fleet,
    credentials,
    maxClients,
    log: (event) => log(entryOf(event)),
  })
  return {
    url: broker.url,
    user: CONTROLLER_USER,
    password: credentials.issue(CONTROLLER_USER, 'controller'),
    credentials,
    stats: () => broker.stats(),
    disconnect: (client) => broker.disconnect(client),
    close: () => broker.close(),
  }
}

/** Where neither broker is named: the embedded one as controller/config.ts describes it. */
const EMBEDDED = { listen: { host: '127.0.0.1', port: 1883 }, maxClients: 2000 }

async function externalPort(
  { url, username, password, ca, cert, key }: NonNullable<ControllerConfig['broker']['external']>,
  { folder }: Places,
): Promise<BrokerPort> {
  const at = (path: string) => resolve(folder, path)
  return {
    url,
    user: username,
    password: password && (await readSecret(at(password.file))),
    ca: ca && (await readPem(at(ca))),
    cert: cert && (await readPem(at(cert))),
    key: key && (await readSecret(at(key))),
    credentials: undefined,
    stats: () => undefined,
    disconnect: () => {},
    close: async () => {},
  }
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new HypernetError('NOT_FOUND', `cannot read the certificate ${path}`, error)
  }
}

/** What is refused or lost is told to people; connections that come and go are not. */
function entryOf(event: BrokerEvent): Entry {
  const { kind, client, detail, count } = event
  const times = count > 1 ? ` (${count} times)` : ''
  const what = 'what' in event ? ` ${event.what}` : 'reason' in event ? ` (${event.reason})` : ''
  const level = kind === 'closed' ? 'debug' : kind === 'failed' ? 'error' : 'warn'
  return {
    level,
    kind: `broker/${kind}`,
    message: `broker: ${kind}${what}, client ${client}: ${detail}${times}`,
  }
}
