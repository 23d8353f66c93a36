import { connectAsync } from 'mqtt'

/** A plain MQTT client, as a person or device would use one. */
export interface Person {
  publish(topic: string, payload: string): Promise<void>
  /** What is retained on a topic now, if anything. */
  retained(topic: string): Promise<string | undefined>
  close(): Promise<void>
}

export async function connectTo(url: string, user: string, password: string): Promise<Person> {
  const client = await connectAsync(url, {
    clientId: user,
    username: user,
    password,
    protocolVersion: 4,
    reconnectPeriod: 0,
    writeCache: false,
  })
  return {
    publish: async (topic, payload) => void (await client.publishAsync(topic, payload, { qos: 1 })),
    async retained(topic) {
      let found: string | undefined
      const hear = (name: string, payload: Buffer) => {
        if (name === topic) found = payload.toString()
      }
      client.on('message', hear)
      await client.subscribeAsync(topic, { qos: 1 })
      // What is retained comes before the answer to a ping that is sent after the SUBACK.
      await new Promise<void>((resolve) => {
        const onPacket = (packet: { cmd: string }) => {
          if (packet.cmd !== 'pingresp') return
          client.off('packetreceive', onPacket)
          resolve()
        }
        client.on('packetreceive', onPacket)
        client.sendPing()
      })
      client.off('message', hear)
      await client.unsubscribeAsync(topic)
      return found
    },
    close: () => client.endAsync(),
  }
}
