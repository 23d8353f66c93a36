import t from 'tap'
import { LIMITS } from '../../agent/wire/limits.ts'
import { openCredentials } from '../../controller/io/broker/credentials.ts'
import { startEmbeddedBroker } from '../../controller/io/broker/embeddedBroker.ts'
import { type BrokerUnderTest, brokerBehavior } from './broker.ts'
import { alpha, beta, controller, fleet, gamma } from './cases/scene.ts'
import { connectMqtt } from './mqttClient.ts'

async function open(): Promise<BrokerUnderTest> {
  const credentials = openCredentials()
  const passwords = credentials.issueAll([alpha, beta, gamma], 'device')
  passwords.set(controller, credentials.issue(controller, 'controller'))
  const options = { host: '127.0.0.1', fleet, credentials, maxClients: 100, log: () => {} }
  let broker = await startEmbeddedBroker({ ...options, port: 0 })
  return {
    queue: LIMITS.queuedMessages,
    connect: (options) =>
      connectMqtt(broker.url, { ...options, password: passwords.get(options.id) ?? '' }),
    async restart() {
      const { port } = broker
      await broker.close()
      broker = await startEmbeddedBroker({ ...options, port })
    },
    close: () => broker.close(),
  }
}

brokerBehavior(t, 'aedes', open)
