import { fleetId } from '../agent/wire/ids.ts'
import { openCredentials } from '../controller/io/broker/credentials.ts'
import { startEmbeddedBroker } from '../controller/io/broker/embeddedBroker.ts'

/**
 * The embedded broker in a process of its own, so that a bench can measure it and a test can kill it.
 * The parent says what it wants by IPC; the process ends with its parent.
 */
export interface BrokerWanted {
  readonly fleet: string
  /** 0 takes a free port. */
  readonly port: number
  /** File of passwords; absent: they are made anew and told to the parent. */
  readonly credentials?: string
  readonly devices: readonly string[]
  readonly controllers: readonly string[]
}
export interface BrokerReady {
  readonly url: string
  readonly port: number
  readonly passwords: readonly (readonly [id: string, password: string])[]
}

process.on('message', (wanted: BrokerWanted) => void serve(wanted))
process.on('disconnect', () => process.exit(0))

async function serve(wanted: BrokerWanted): Promise<void> {
  const credentials = openCredentials(wanted.credentials)
  const passwords = [
    ...credentials.issueAll(wanted.devices, 'device'),
    ...credentials.issueAll(wanted.controllers, 'controller'),
  ]
  const { url, port } = await startEmbeddedBroker({
    host: '127.0.0.1',
    port: wanted.port,
    fleet: fleetId(wanted.fleet),
    credentials,
    maxClients: 4096,
    log: () => {},
  })
  process.send?.({ url, port, passwords } satisfies BrokerReady)
}
