import t from 'tap'
import type { Message } from '../../../agent/core/input.ts'
import { type DropReason, type IntakeOptions, intake } from '../../../agent/io/intake.ts'
import { deriveKey } from '../../../agent/io/keys.ts'
import { operators } from '../../../agent/io/operators.ts'
import { verifier } from '../../../agent/io/verify.ts'
import { splitBlob } from '../../../agent/wire/blob.ts'
import { encodeRecord } from '../../../agent/wire/codec.ts'
import { digest, hexToBytes } from '../../../agent/wire/hash.ts'
import { fleetId, jobId, nodeId } from '../../../agent/wire/ids.ts'
import { BlobPart, Exchange, Signed } from '../../../agent/wire/messages.ts'
import { addressOf, signCose } from '../../../agent/wire/signature.ts'
import { parseTopic } from '../../../agent/wire/topics.ts'
import { jobBytes, jobMessages, operatorAddress, operatorKey, signedMessage } from '../operator.ts'

const fleet = fleetId('lab')
const job = jobId('j')
const device = deriveKey('intake test', 'n1')
const members = ['me', 'n1', 'n2'].map((id) => ({
  id,
  key: deriveKey('intake test', id).publicKey,
  incarnation: 1,
}))
const second = deriveKey('intake test', 'second operator')

function scene(more: Partial<IntakeOptions> = {}) {
  const given: Message[] = []
  const drops: [DropReason, string][] = []
  const wanted: string[][] = []
  const check = verifier()
  const gate = intake({
    fleet,
    node: nodeId('me'),
    operators: operators([operatorAddress, addressOf(second.publicKey)], check),
    verifier: check,
    claims: () => [],
    hears: (node) => node === 'n1',
    give: (message) => given.push(message),
    drop: (reason, sentence) => drops.push([reason, sentence]),
    collecting: (blobs) => wanted.push(blobs.map(({ hash }) => hash)),
    ...more,
  })
  const take = (name: string, payload: Uint8Array | string) =>
    gate.take(
      parseTopic(`hn/1/lab/${name}`),
      typeof payload === 'string' ? Buffer.from(payload) : payload,
    )
  return { given, drops, wanted, take, reasons: () => drops.map(([reason]) => reason) }
}

const messages = jobMessages({ fleet, job: 'j', members })

t.test('a signed order and its roster are given with payload and hash', async (t) => {
  const { given, take, drops } = scene()
  take('net/j/order', messages.order.payload)
  take('net/j/roster', messages.roster.payload)
  t.strictSame(drops, [])
  t.match(given, [
    {
      kind: 'order',
      order: { job: 'j', generation: 1 },
      bytes: messages.orderBytes,
      hash: digest(messages.orderBytes),
    },
    {
      kind: 'roster',
      roster: { job: 'j' },
      bytes: messages.rosterBytes,
      hash: digest(messages.rosterBytes),
    },
  ])
})

t.test('a cleared topic is nothing to take or to count', async (t) => {
  const { given, take, drops } = scene()
  take('net/j/order', '')
  take('net/j/roster', '')
  take('node/n1/state', '')
  t.strictSame([given, drops], [[], []])
})

t.test('a roster that comes before its order waits for it', async (t) => {
  const { given, take } = scene()
  take('net/j/roster', messages.roster.payload)
  t.strictSame(given, [])
  take('net/j/order', messages.order.payload)
  t.strictSame(
    given.map(({ kind }) => kind),
    ['order', 'roster'],
  )
})

t.test(
  'a roster signed by another operator than its order is dropped, early or late',
  async (t) => {
    const forged = signedMessage('roster', messages.rosterBytes, second)
    for (const order of ['late', 'early']) {
      const { given, take, reasons } = scene()
      if (order === 'late') take('net/j/order', messages.order.payload)
      take('net/j/roster', forged)
      if (order === 'early') take('net/j/order', messages.order.payload)
      t.strictSame(
        given.map(({ kind }) => kind),
        ['order'],
        order,
      )
      t.strictSame(reasons(), ['otherSigner'], order)
    }
  },
)

t.test('orders that no pinned operator signed are dropped by name', async (t) => {
  const { given, take, drops, reasons } = scene()
  const stranger = deriveKey('intake test', 'stranger')
  take('net/j/order', signedMessage('order', messages.orderBytes, stranger))
  t.match(drops[0]?.[1], /job j is signed by 0x[0-9a-fA-F]{40}, which agent\.yaml does not name/)
  const claimed = encodeRecord(Signed, {
    version: 1,
    key: operatorAddress,
    signed: signCose('order', messages.orderBytes, stranger.privateKey),
  })
  take('net/j/order', claimed)
  take('net/j/order', signedMessage('roster', messages.orderBytes))
  t.strictSame(reasons(), ['unknownOperator', 'badSignature', 'badSignature'])
  t.strictSame(given, [])
})

t.test('an order under the topic of another job or fleet is dropped', async (t) => {
  const { given, take, reasons } = scene()
  take('net/other/order', messages.order.payload)
  const elsewhere = jobMessages({ fleet: fleetId('farm'), job: 'j', members })
  take('net/j/order', elsewhere.order.payload)
  take('net/j/order', messages.order.payload)
  take('net/other/roster', messages.roster.payload)
  t.strictSame(reasons(), ['badMessage', 'badMessage', 'badMessage'])
  t.equal(given.length, 1)
})

t.test('an object in parts is asked for, put together, and taken like any other', async (t) => {
  const { given, take, wanted, reasons } = scene()
  take('net/j/order', messages.order.payload)
  const many = Array.from({ length: 1200 }, (_, i) => ({
    id: `n${i}`,
    key: device.publicKey,
    incarnation: 1,
  }))
  const { rosterBytes } = jobBytes({ fleet, job: 'j', members: many })
  const signed = signCose('roster', rosterBytes, operatorKey.privateKey)
  const parts = splitBlob(signed)
  t.ok(parts.length > 1)
  const hash = digest(signed)
  const hex = Buffer.from(hash).toString('hex')
  const announced = encodeRecord(Signed, {
    version: 1,
    key: operatorAddress,
    blob: hash,
    parts: parts.length,
  })
  take('net/j/roster', announced)
  take('net/j/roster', announced)
  t.strictSame(wanted, [[hex]])
  for (const part of parts.toReversed()) {
    take(`net/j/blob/${'00'.repeat(32)}/0`, encodeRecord(BlobPart, part))
    take(`net/j/blob/${hex}/${part.part}`, encodeRecord(BlobPart, part))
  }
  t.strictSame(wanted, [[hex], []])
  t.strictSame(reasons(), [])
  t.match(given.at(-1), { kind: 'roster', bytes: rosterBytes })
})

t.test('an announcement without content, and more than jobs can be, are dropped', async (t) => {
  const { take, reasons, wanted } = scene()
  take('net/j/order', encodeRecord(Signed, { version: 1, key: operatorAddress }))
  t.strictSame(reasons(), ['badMessage'])
  for (let i = 0; i < 40; i++) {
    const blob = new Uint8Array(32).fill(i)
    take(
      `net/j${i}/order`,
      encodeRecord(Signed, { version: 1, key: operatorAddress, blob, parts: 32 }),
    )
  }
  t.equal(wanted.at(-1)?.length, 32)
  t.equal(reasons().length, 9)
})

const exchange: Exchange = {
  version: 1,
  job,
  from: nodeId('n1'),
  incarnation: 1,
  seq: 0,
  epoch: 0,
  round: 0,
  roster: new Uint8Array(8),
  flood: { have: new Uint8Array(1) },
}

t.test('an exchange is taken from neighbors only, and only under its sender and job', async (t) => {
  const { given, take, reasons } = scene()
  const bytes = encodeRecord(Exchange, exchange)
  take('net/j/x/n1', bytes)
  t.match(given, [{ kind: 'exchange', bytes: bytes.length, exchange: { from: 'n1' } }])
  take('net/j/x/n2', bytes)
  take('net/k/x/n1', bytes)
  take('net/j/x/me', bytes)
  take('net/j/x/n1', encodeRecord(Exchange, { ...exchange, from: nodeId('n2') }))
  take('net/j/x/n1', bytes.subarray(1))
  t.strictSame(reasons(), ['notNeighbor', 'badMessage', 'badMessage', 'badMessage'])
  t.equal(given.length, 1)
})

t.test('parts with a bad signature are taken out, the rest of the message counts', async (t) => {
  const dropped: string[] = []
  const good = signCose('contribution', Uint8Array.of(1), device.privateKey)
  const claim = (
    name: string,
    purpose: 'contribution' | 'statement',
    signed: Uint8Array,
    key: Uint8Array,
  ) => ({
    purpose,
    signed,
    key,
    drop: () => dropped.push(name),
  })
  const claims = () => [
    claim('good', 'contribution', good, device.publicKey),
    claim('other purpose', 'statement', good, device.publicKey),
    claim('other key', 'contribution', good, second.publicKey),
    claim('no key', 'contribution', good, new Uint8Array(33)),
    claim('junk', 'contribution', Uint8Array.of(1, 2, 3), device.publicKey),
  ]
  const { given, take, reasons } = scene({ claims })
  take('net/j/x/n1', encodeRecord(Exchange, exchange))
  t.strictSame(dropped, ['other purpose', 'other key', 'no key', 'junk'])
  t.strictSame(reasons(), Array(4).fill('badSignature'))
  t.equal(given.length, 1)
})

t.test('presence of neighbors is passed on, of others not', async (t) => {
  const { given, take, reasons } = scene()
  take('node/n1/state', '{"state":"online","session":4}')
  take('node/n1/state', '{"state":"offline","session":4}')
  take('node/n2/state', '{"state":"online","session":1}')
  take('node/n1/state', 'online')
  t.strictSame(given, [
    { kind: 'presence', node: 'n1', online: true, session: 4 },
    { kind: 'presence', node: 'n1', online: false, session: 4 },
  ])
  t.strictSame(reasons(), ['badMessage'])
})

t.test('junk on every topic is counted and never thrown', async (t) => {
  const junk = [
    '00',
    'ff',
    'a0',
    'a10001',
    '9f',
    'bf',
    '5b7fffffffffffffff',
    'c074',
    'fb7ff8000000000000',
    '818181818181818181818181',
  ].map(hexToBytes)
  const { given, take, drops } = scene()
  for (const name of [
    'net/j/order',
    'net/j/roster',
    'net/j/x/n1',
    `net/j/blob/${'0'.repeat(64)}/0`,
    'node/n1/state',
  ]) {
    for (const bytes of junk) take(name, bytes)
  }
  t.strictSame(given, [])
  t.strictSame([...new Set(drops.map(([reason]) => reason))], ['badMessage'])
})

t.test('a mistake of our own is counted apart, with its trace', async (t) => {
  const { take, drops } = scene({
    claims: () => {
      throw new TypeError('oops')
    },
  })
  take('net/j/x/n1', encodeRecord(Exchange, exchange))
  t.match(drops, [['internal', /TypeError: oops\n +at /]])
})

t.test('topics that a device never asked for are counted', async (t) => {
  const { take, reasons } = scene()
  take('node/n1/info', '{}')
  take('net/j/seal/n1', 'x')
  t.strictSame(reasons(), ['notAsked', 'notAsked'])
})
