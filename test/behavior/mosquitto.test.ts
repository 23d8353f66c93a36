import t from 'tap'
import { type BrokerUnderTest, brokerBehavior } from './broker.ts'
import { alpha, beta, gamma } from './cases/scene.ts'
import { findMosquitto, startMosquitto } from './mosquittoServer.ts'
import { connectMqtt } from './mqttClient.ts'

const found = findMosquitto()

async function open(program: string): Promise<BrokerUnderTest> {
  const server = await startMosquitto(program, [alpha, beta, gamma])
  return {
    // Written in mosquitto.conf, and what is on its way (max_inflight_messages).
    queue: 1000 + 20,
    connect: async (options) =>
      connectMqtt(server.url, { ...options, password: await server.password(options.id) }),
    restart: () => server.restart(),
    close: () => server.close(),
  }
}

if ('skip' in found) t.pass('skipped', { skip: found.skip })
else brokerBehavior(t, 'mosquitto', () => open(found.program))
