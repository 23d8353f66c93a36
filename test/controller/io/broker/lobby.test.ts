import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { openLobby } from '../../../../controller/io/broker/lobby.ts'
import { closing } from './scene.ts'

/** A lobby of two places behind a real server, and how long those waited who were cut off. */
async function lobbyOfTwo(t: Test) {
  const waits: number[] = []
  const lobby = openLobby({ places: 2, evicted: (_, waited) => waits.push(waited) })
  const server = createServer((socket) => lobby.enter(socket.resume()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    lobby.cutAll()
    server.close()
  })
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  /** One more connection, once the lobby has it: the broker's end and the other one. */
  const enter = async (): Promise<{ socket: Socket; far: Socket }> => {
    const entered: Promise<Socket[]> = once(server, 'connection')
    const far = connect(port, '127.0.0.1')
    far.on('error', () => {}) // being cut off is what these tests are about
    const [socket] = await entered
    if (!socket) throw new Error('a connection without a socket')
    return { socket, far }
  }
  return { lobby, waits, enter }
}

t.test('the stranger that came first gives way when no place is left', async (t) => {
  const { waits, enter } = await lobbyOfTwo(t)
  const strangers = [await enter(), await enter()]
  t.strictSame(waits, [], 'two find a place')
  for (let i = 0; i < 3; i++) strangers.push(await enter())
  t.strictSame(
    strangers.map(({ socket }) => socket.destroyed),
    [true, true, true, false, false],
  )
  await Promise.all(strangers.slice(0, 3).map(({ far }) => closing(far)))
  t.equal(waits.length, 3)
  t.ok(waits.every((waited) => waited >= 0 && waited < 60_000))
})

t.test('a client that was let in gives way to nobody, however old', async (t) => {
  const { lobby, enter } = await lobbyOfTwo(t)
  const client = await enter()
  lobby.admit(client.socket)
  let stranger = await enter()
  for (let i = 0; i < 5; i++) {
    const next = await enter()
    t.equal(stranger.socket.destroyed, true)
    stranger = next
  }
  lobby.admit(stranger.socket)
  const late = await enter()
  t.equal(late.socket.destroyed, true, 'when all are clients, the new one has to go')
  t.equal(stranger.socket.destroyed, false)
  t.equal(client.socket.destroyed, false)
})

t.test('one that leaves by itself makes room, client or stranger', async (t) => {
  const { lobby, waits, enter } = await lobbyOfTwo(t)
  const client = await enter()
  lobby.admit(client.socket)
  const stranger = await enter()
  for (const { socket, far } of [client, stranger]) {
    far.end()
    await once(socket, 'close')
    await enter()
  }
  t.strictSame(waits, [])
})

t.test('one that is gone before it is let in takes no place', async (t) => {
  const { lobby, waits, enter } = await lobbyOfTwo(t)
  const { socket, far } = await enter()
  far.end()
  await once(socket, 'close')
  lobby.admit(socket) // a password may be read after the connection has broken
  await enter()
  await enter()
  t.strictSame(waits, [])
})

t.test('all are cut off at the end', async (t) => {
  const { lobby, enter } = await lobbyOfTwo(t)
  const [client, stranger] = [await enter(), await enter()]
  lobby.admit(client.socket)
  lobby.cutAll()
  await Promise.all([closing(client.far), closing(stranger.far)])
  t.pass()
})
