import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t, { type Test } from 'tap'
import { brokerFinding } from '../../../../controller/cli/doctor/broker.ts'
import { openScene } from '../../io/broker/scene.ts'

/** A server on a free port that answers the first bytes of each connection with these. */
async function server(t: Test, answer: Uint8Array): Promise<string> {
  const listener = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(answer))
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  t.teardown(() => listener.close())
  return `mqtt://127.0.0.1:${(listener.address() as AddressInfo).port}`
}

t.test('a broker that refuses us is there', async (t) => {
  // CONNACK with return code 5, not authorized (MQTT 3.1.1, 3.2.2.3).
  const url = await server(t, Uint8Array.of(0x20, 0x02, 0x00, 0x05))
  t.strictSame(await brokerFinding(url), {
    check: 'broker',
    state: 'ok',
    found: `${url} answers MQTT.`,
  })
})

t.test('our own broker is asked without a refusal in its log', async (t) => {
  const { broker, events } = await openScene(t)
  t.match(await brokerFinding(broker.url), { state: 'ok' })
  await broker.close()
  t.equal(broker.stats().refused.connect, 0)
  t.strictSame(
    events.map(({ kind, detail }) => [kind, detail]),
    [['closed', 'a session without a client id']],
  )
})

t.test('a broker that lets us in is left in order', async (t) => {
  const listener = createServer((socket) => {
    // CONNACK with return code 0.
    socket.once('data', () => {
      socket.write(Uint8Array.of(0x20, 0x02, 0x00, 0x00))
      socket.once('data', (bytes) => listener.emit('left', bytes))
    })
  }).listen(0, '127.0.0.1')
  t.teardown(() => listener.close())
  await once(listener, 'listening')
  const left = once(listener, 'left')
  const { port } = listener.address() as AddressInfo
  t.match(await brokerFinding(`mqtt://127.0.0.1:${port}`), { state: 'ok' })
  // DISCONNECT (MQTT 3.1.1, 3.14).
  t.strictSame((await left)[0], Buffer.of(0xe0, 0x00))
})

t.test('what is no broker fails', async (t) => {
  const url = await server(t, Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))
  t.match(await brokerFinding(url), { state: 'fail', found: `${url} answers, but not MQTT.` })
})

t.test('an address where nobody listens fails, and no password is shown', async (t) => {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as AddressInfo
  await new Promise((resolve) => closed.close(resolve))
  t.match(await brokerFinding(`mqtt://user:secret@127.0.0.1:${port}`), {
    state: 'fail',
    found: `mqtt://127.0.0.1:${port} does not answer (ECONNREFUSED).`,
  })
})
