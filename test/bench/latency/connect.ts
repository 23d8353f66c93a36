import mqtt from 'mqtt'

/** Connects a client that waits for nothing before it sends. */
export async function connect(url: string, id: string, password: string): Promise<mqtt.MqttClient> {
  const client = await mqtt.connectAsync(url, {
    clientId: id,
    username: id,
    password,
    protocolVersion: 4,
    writeCache: false,
  })
  // The types of the client do not tell that its stream is a socket.
  ;(client.stream as unknown as { setNoDelay?(on: boolean): void }).setNoDelay?.(true)
  return client
}
