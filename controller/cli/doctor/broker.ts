import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Finding } from '../doctor.ts'

/** Time that a broker has to answer a CONNECT. */
const ANSWER_MS = 3000
/** First byte of a CONNACK: packet type 2, no flags (MQTT-3.2.1). */
const CONNACK = 0x20

/**
 * A CONNECT of MQTT 3.1.1 with an empty client id and no clean session, which every broker must answer with "identifier
 * rejected" and close (MQTT-3.1.3-8): no login is tried, so that none is refused in its log, and no session is left.
 */
const PROBE = Uint8Array.of(0x10, 12, 0, 4, ...Buffer.from('MQTT'), 4, 0, 0, 5, 0, 0)
const DISCONNECT = Uint8Array.of(0xe0, 0)

/**
 * Whether an MQTT broker answers at a URL. No password is sent: a broker that refuses us is there.
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
  socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error(`no answer within ${ANSWER_MS} ms`)))
  socket.once('error', reject)
  socket.once('data', (bytes) => {
    resolve(bytes[0])
    // For a broker that let us in nevertheless; the others close by themselves.
    socket.end(DISCONNECT)
  })
  socket.once('close', () => resolve(undefined))
  socket.once(secure ? 'secureConnect' : 'connect', () => socket.write(PROBE))
  return promise
}
