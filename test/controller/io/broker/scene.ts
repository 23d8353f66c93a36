import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import mqttPacket, { type Packet } from 'mqtt-packet'
import type { Test } from 'tap'
import { fleetId } from '../../../../agent/wire/ids.ts'
import { openCredentials } from '../../../../controller/io/broker/credentials.ts'
import {
  type EmbeddedBroker,
  startEmbeddedBroker,
} from '../../../../controller/io/broker/embeddedBroker.ts'
import type { BrokerEvent } from '../../../../controller/io/broker/report.ts'
import type { BrokerClient } from '../../../behavior/broker.ts'
import { connectMqtt, type MqttConnect } from '../../../behavior/mqttClient.ts'

/** A running embedded broker of fleet `lab` with three devices, a controller, a viewer and a relay. */
export interface Scene {
  readonly broker: EmbeddedBroker
  readonly events: BrokerEvent[]
  readonly passwords: ReadonlyMap<string, string>
  connect(id: string, options?: Partial<MqttConnect>): Promise<BrokerClient>
}

export async function openScene(t: Test, maxClients = 50): Promise<Scene> {
  const credentials = openCredentials()
  const passwords = new Map([
    ...credentials.issueAll(['alpha', 'beta', 'gamma'], 'device'),
    ...credentials.issueAll(['controller'], 'controller'),
    ...credentials.issueAll(['viewer'], 'viewer'),
    ...credentials.issueAll(['relay'], 'relay'),
  ])
  const events: BrokerEvent[] = []
  const broker = await startEmbeddedBroker({
    host: '127.0.0.1',
    port: 0,
    fleet: fleetId('lab'),
    credentials,
    maxClients,
    log: (event) => events.push(event),
  })
  t.teardown(() => broker.close())
  return {
    broker,
    events,
    passwords,
    connect: (id, options = {}) =>
      connectMqtt(broker.url, { id, password: passwords.get(id) ?? '', ...options }),
  }
}

/** A bare TCP connection to the broker, for what no MQTT client would send. */
export async function openSocket(t: Test, port: number): Promise<Socket> {
  const socket = connectTcp(port, '127.0.0.1')
  socket.on('error', () => {}) // being cut off is what these tests wait for
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/**
 * Strangers that hold so many connections and say nothing, and open each anew when it is dropped.
 * @returns a function that ends it; the end of the test does too
 */
export function flood(t: Test, port: number, sockets: number): () => void {
  const open = new Set<Socket>()
  let over = false
  const hold = (): void => {
    if (over) return
    const socket = connectTcp(port, '127.0.0.1').resume()
    open.add(socket)
    socket.on('error', () => {}) // `close` follows
    socket.once('close', () => {
      open.delete(socket)
      setImmediate(hold)
    })
  }
  for (let i = 0; i < sockets; i++) hold()
  const end = (): void => {
    over = true
    for (const socket of open) socket.destroy()
  }
  t.teardown(end)
  return end
}

export const send = (socket: Socket, packet: Packet): boolean =>
  socket.write(mqttPacket.generate(packet))

/** A CONNECT as a client of ours sends it. */
export const greeting = (id: string, password: string, clean = true): Packet => ({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clientId: id,
  username: id,
  password: Buffer.from(password),
  keepalive: 60,
  clean,
})

/** Ends when the broker closed the connection; fails after the deadline in milliseconds. */
export async function closing(socket: Socket, deadline = 10_000): Promise<void> {
  if (socket.closed) return
  socket.resume() // a socket that is not read does not notice its end
  await new Promise<void>((resolve, reject) => {
    const late = () => reject(new Error(`the connection was still open after ${deadline} ms`))
    const timer = setTimeout(late, deadline)
    socket.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** Waits until something holds, looking again whenever a round trip through the broker is done. */
export async function until(client: BrokerClient, topic: string, holds: () => boolean) {
  for (let tries = 0; !holds(); tries++) {
    if (tries === 2000) throw new Error('it did not come to hold in 2,000 round trips')
    await client.publish(topic, '', { qos: 1 })
  }
}
