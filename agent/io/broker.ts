import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { IClientOptions, MqttClient } from 'mqtt'
// The client alone: the package's entry also loads WebSocket and SOCKS, a sixth of our bundle.
import client from 'mqtt/lib/client'
import { HypernetError } from '../wire/errors.ts'
import { quote } from '../wire/ids.ts'

/** How a broker is reached. */
export interface BrokerOptions {
  /** `mqtt://host:port`, or `mqtts://host:port` for TLS. Ports 1883 and 8883 where none is given. */
  readonly url: string
  /** Default: the node id, which is also the client id (decisions 3). */
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** PEM texts. Without `ca` the system's authorities are trusted. */
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  /** Seconds of silence after which a ping is sent. Default 30. */
  readonly keepalive?: number | undefined
}

// A CommonJS module: Node gives its exports as the default one.
const Client = client.default

/** Time for TCP, TLS and CONNACK together. */
const CONNECT_TIMEOUT_MILLIS = 10_000

/** Host and port of a broker. @throws HypernetError `BAD_CONFIG` */
export function brokerAddress(url: string): { tls: boolean; host: string; port: number } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const tls = parsed?.protocol === 'mqtts:'
  if (!parsed?.hostname || (!tls && parsed.protocol !== 'mqtt:')) {
    throw new HypernetError(
      'BAD_CONFIG',
      `broker url is ${quote(url)}, wanted mqtt://host:port or mqtts://host:port`,
    )
  }
  // An IPv6 address stands in brackets in a URL only (RFC 3986, 3.2.2).
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1')
  return { tls, host, port: Number(parsed.port || (tls ? 8883 : 1883)) }
}

/**
 * Starts one MQTT 3.1.1 connection with a clean session. It never reconnects by itself: what lived
 * in a broken connection is gone, and the link starts another one.
 */
export function connectOnce(
  broker: BrokerOptions,
  clientId: string,
  will: { topic: string; payload: string },
): MqttClient {
  const { tls, host, port } = brokerAddress(broker.url)
  const build = (): Socket => {
    const { ca, cert, key } = broker
    const socket = tls
      ? connectTls({
          host,
          port,
          servername: /^[\d.:]+$/.test(host) ? '' : host, // no server name for addresses (RFC 6066, 3)
          ...(ca !== undefined && { ca }),
          ...(cert !== undefined && { cert }),
          ...(key !== undefined && { key }),
        })
      : connect({ host, port })
    // Without it each hop waits some 40 ms for the acknowledgement of the packet before.
    return socket.setNoDelay(true)
  }
  const options: IClientOptions = {
    clientId,
    username: broker.username ?? clientId,
    ...(broker.password !== undefined && { password: broker.password }),
    clean: true,
    protocolVersion: 4,
    protocolId: 'MQTT',
    keepalive: broker.keepalive ?? 30,
    connectTimeout: CONNECT_TIMEOUT_MILLIS,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    // mqtt-packet would build 64 k buffers, 15 to 19 MB, at the first packet.
    writeCache: false,
    will: { ...will, payload: Buffer.from(will.payload), qos: 1, retain: true },
  }
  return new Client(build, options)
}
