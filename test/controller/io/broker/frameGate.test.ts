import { Socket } from 'node:net'
import mqttPacket from 'mqtt-packet'
import t from 'tap'
import { gateFrames } from '../../../../controller/io/broker/frameGate.ts'

/** A gated socket without a network: what its driver would push in, and what comes out. */
function gated(limit: () => number) {
  // Each read of a socket that is not connected waits for it to be.
  const socket = new Socket().setMaxListeners(0)
  const passed: Buffer[] = []
  const refused: [number, number][] = []
  socket.on('error', () => {})
  gateFrames(socket, { limit, refused: (declared, at) => refused.push([declared, at]) })
  // `push` is what libuv's reads call; without a handle nothing else does.
  const feed = (bytes: Buffer) => {
    socket.push(bytes)
    for (let chunk = socket.read(); chunk; chunk = socket.read()) passed.push(chunk)
  }
  return { socket, feed, refused, passed: () => Buffer.concat(passed) }
}

const publish = (bytes: number): Buffer =>
  mqttPacket.generate({
    cmd: 'publish',
    topic: 't',
    payload: Buffer.alloc(bytes - 3, 7),
    qos: 0,
    dup: false,
    retain: false,
  })
const ping = mqttPacket.generate({ cmd: 'pingreq' })

t.test('packets up to the limit pass unchanged, however they are cut', async (t) => {
  const stream = Buffer.concat([ping, publish(10), publish(128), ping, publish(1000), ping])
  for (const size of [1, 2, 3, 7, 100, 5000]) {
    const { feed, refused, passed, socket } = gated(() => 1000)
    for (let i = 0; i < stream.length; i += size) feed(stream.subarray(i, i + size))
    t.strictSame(refused, [])
    t.equal(passed().compare(stream), 0, `in pieces of ${size}`)
    socket.destroy()
  }
})

t.test('one byte above the limit destroys the socket when it is declared', async (t) => {
  const { feed, refused, passed, socket } = gated(() => 1000)
  feed(publish(1000))
  t.equal(socket.destroyed, false)
  const held = passed().length
  feed(publish(1001).subarray(0, 3)) // its header and no byte of its body
  t.strictSame(refused, [[1001, 1000]])
  t.equal(socket.destroyed, true)
  t.equal(passed().length, held, 'nothing of it went on')
})

t.test('the limit may change between packets', async (t) => {
  let limit = 10
  const { feed, refused, socket } = gated(() => limit)
  feed(publish(10))
  limit = 100
  feed(publish(100))
  t.strictSame(refused, [])
  limit = 10
  feed(publish(11))
  t.strictSame(refused, [[11, 10]])
  socket.destroy()
})

t.test('a length that never ends is refused at its fifth byte', async (t) => {
  // MQTT 3.1.1 section 2.2.3: the remaining length has four bytes at most.
  const { feed, refused, socket } = gated(() => 1000)
  feed(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80]))
  t.equal(socket.destroyed, false)
  feed(Buffer.from([0x00]))
  t.equal(refused.length, 1)
  t.equal(socket.destroyed, true)
})

t.test('random bytes never pass a declared length above the limit', async (t) => {
  const limit = 300
  for (let seed = 1; seed <= 200; seed++) {
    const { feed, refused, passed, socket } = gated(() => limit)
    const bytes = pseudoRandom(seed, 2000)
    for (let i = 0; i < bytes.length && !socket.destroyed; i += 50) feed(bytes.subarray(i, i + 50))
    // A slow obvious reading of the same bytes: packet after packet until one is too large.
    const expected = firstTooLarge(bytes, limit)
    t.equal(refused[0]?.[0], expected, `seed ${seed}`)
    if (expected === undefined) t.equal(passed().compare(bytes), 0)
    socket.destroy()
  }
})

function firstTooLarge(bytes: Buffer, limit: number): number | undefined {
  let at = 0
  while (at < bytes.length) {
    let length = 0
    let size = 1
    for (let shift = 0; shift < 5; shift++) {
      const byte = bytes[at + size]
      if (byte === undefined) return undefined
      length += (byte & 127) * 128 ** shift
      size++
      if (length > limit || shift === 4) return length
      if (byte < 128) break
    }
    at += size + length
  }
  return undefined
}

function pseudoRandom(seed: number, length: number): Buffer {
  let state = seed
  return Buffer.from(
    Array.from({ length }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      // Mostly small bytes, so that long runs of legal packets occur.
      return state >>> 28 ? (state >>> 20) & 63 : (state >>> 20) & 255
    }),
  )
}
