import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { generate } from 'mqtt-packet'
import type { Finding } from '../doctor.ts'

/** Time that a broker has to answer a CONNECT. */
const ANSWER_MS = 3000
/** First byte of a CONNACK: packet type 2, no flags (MQTT-3.2.1). */
const CONNACK = 0x20

/**
 * Whether an MQTT broker answers at a URL. No password is sent: a broker that says "not authorized"
 * is there.
 * @param ca certificate authority in PEM, for `mqtts`
 */
export async function brokerFinding(url: string, ca?: string): Promise<Finding> {
  const shown = url.replace(/\/\/[^@/]*@/, '//')
  try {
    const first = await firstByte(new URL(url), ca)
    if (first === CONNACK) return { check: 'broker', state: 'ok', found: `${shown} answers MQTT.` }
    const fix = 'Look at the broker address in controller.yaml.'
    return { check: 'broker', state: 'fail', found: `${shown} answers, but not MQTT.`, fix }
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message
    const fix = 'Start the broker, or mend its address in controller.yaml.'
    return { check: 'broker', state: 'fail', found: `${shown} does not answer (${reason}).`, fix }
  }
}

function firstByte(url: URL, ca: string | undefined): Promise<number | undefined> {
  const secure = url.protocol === 'mqtts:'
  const port = Number(url.port) || (secure ? 8883 : 1883)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const socket: Socket = secure
    ? connectTls({ host, port, servername: host, ...(ca === undefined ? {} : { ca }) })
    : connectTcp({ host, port })
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  socket.setTimeout(ANSWER_MS, () => reject(new Error(`no answer within ${ANSWER_MS} ms`)))
  socket.once('error', reject)
  socket.once('data', (bytes) => resolve(bytes[0]))
  socket.once('close', () => resolve(undefined))
  socket.once(secure ? 'secureConnect' : 'connect', () => {
    socket.write(
      generate({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: true,
        clientId: 'doctor',
        keepalive: 5,
      }),
    )
  })
  return promise.finally(() => socket.destroy())
}
