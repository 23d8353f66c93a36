import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { Aedes } from 'aedes'
import t, { type Test } from 'tap'
import { type BrokerOptions, brokerAddress, connectOnce } from '../../../agent/io/broker.ts'

t.test('a url gives host, port and whether to use TLS', async (t) => {
  const cases: [string, ReturnType<typeof brokerAddress>][] = [
    ['mqtt://broker.lab', { tls: false, host: 'broker.lab', port: 1883 }],
    ['mqtts://broker.lab', { tls: true, host: 'broker.lab', port: 8883 }],
    ['mqtt://127.0.0.1:1900', { tls: false, host: '127.0.0.1', port: 1900 }],
    ['mqtts://[::1]:1900/', { tls: true, host: '::1', port: 1900 }],
  ]
  for (const [url, address] of cases) t.strictSame(brokerAddress(url), address)
})

t.test('what is no MQTT url is refused', async (t) => {
  for (const url of [
    '',
    'broker.lab',
    'broker.lab:1883',
    'http://x',
    'ws://x',
    'mqtt://',
    'mqtt://x:99999',
  ]) {
    t.throws(
      () => brokerAddress(url),
      { code: 'BAD_CONFIG', message: /wanted mqtt:\/\/host:port/ },
      url,
    )
  }
})

/** A certificate for localhost that signs itself, made by OpenSSL; `undefined` where there is none. */
async function certificate(t: Test): Promise<{ cert: string; key: string } | undefined> {
  const folder = t.testdir()
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  try {
    const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout ${key} -out ${cert}`
    execFileSync('openssl', words.split(' '), { stdio: 'ignore' })
  } catch {
    return undefined
  }
  return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') }
}

t.test('TLS: a broker is believed only by the authority that is named', async (t) => {
  const pair = await certificate(t)
  if (!pair) {
    t.comment('not tried: no openssl on this machine')
    return
  }
  const aedes = await Aedes.createBroker()
  const server = createServer(pair, (socket) => aedes.handle(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => new Promise<void>((resolve) => aedes.close(() => server.close(() => resolve()))))
  const { port } = server.address() as AddressInfo
  const attempt = (broker: BrokerOptions): Promise<string> =>
    new Promise((resolve) => {
      const client = connectOnce(broker, 'me', { topic: 'a', payload: 'b' })
      t.teardown(() => client.endAsync(true))
      client.once('connect', () => resolve('connected'))
      client.on('error', (error) => resolve(`${(error as NodeJS.ErrnoException).code}`))
    })
  t.equal(await attempt({ url: `mqtts://localhost:${port}`, ca: pair.cert }), 'connected')
  t.equal(await attempt({ url: `mqtts://127.0.0.1:${port}`, ca: pair.cert }), 'connected')
  t.equal(await attempt({ url: `mqtts://127.0.0.1:${port}` }), 'DEPTH_ZERO_SELF_SIGNED_CERT')
})
