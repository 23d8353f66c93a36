import { fleetId } from '../../agent/wire/ids.ts'
import { openCredentials } from '../../controller/io/broker/credentials.ts'
import { startEmbeddedBroker } from '../../controller/io/broker/embeddedBroker.ts'

/** The embedded broker in a process of its own, as `hypernet up` runs it, for the clients that the parent names. */
export interface BrokerWanted {
  readonly devices: readonly string[]
  readonly controllers: readonly string[]
}
export interface BrokerReady {
  readonly url: string
  readonly passwords: readonly (readonly [id: string, password: string])[]
}

process.on('message', (wanted: BrokerWanted) => void serve(wanted))
process.on('disconnect', () => process.exit(0))

async function serve(wanted: BrokerWanted): Promise<void> {
  const credentials = openCredentials()
  const passwords = [
    ...credentials.issueAll(wanted.devices, 'device'),
    ...credentials.issueAll(wanted.controllers, 'controller'),
  ]
  const broker = await startEmbeddedBroker({
    host: '127.0.0.1',
    port: 0,
    fleet: fleetId('bench'),
    credentials,
    maxClients: 4096,
    log: () => {},
  })
  process.send?.({ url: broker.url, passwords } satisfies BrokerReady)
}
