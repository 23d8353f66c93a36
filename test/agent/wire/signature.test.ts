import { createPublicKey, verify as verifyNatively } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { decode as decodeByCborg, encode as encodeByCborg } from 'cborg'
import t from 'tap'
import { encode } from '../../../agent/wire/cbor.ts'
import {
  bytesOf,
  bytesToHex,
  concatBytes,
  hexOf,
  hexToBytes,
  utf8ToBytes,
} from '../../../agent/wire/hash.ts'
import {
  addressOf,
  checksumAddress,
  domainOf,
  openCose,
  type Purpose,
  payloadOf,
  publicKeyOf,
  signCose,
  signedBytes,
  verifyCose,
} from '../../../agent/wire/signature.ts'

interface Vectors {
  valid: Record<
    'privateKey' | 'publicKey' | 'address' | 'payload' | 'sigStructure' | 'cose',
    string
  >[] &
    { purpose: Purpose }[]
  refused: { reason: string; purpose: Purpose; publicKey: string; cose: string }[]
}
const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../../vectors/signatures.json', import.meta.url), 'utf8'),
)
const key = hexToBytes('01'.padStart(64, '0'))
const badMessage = { name: 'HypernetError', code: 'BAD_MESSAGE' }

t.test('makes addresses as the Ethereum community publishes them', async (t) => {
  // Keys 1 and 2 of secp256k1: the generator and its double (SEC 2 section 2.4.1), with their well-known addresses.
  t.equal(
    bytesToHex(publicKeyOf(key)),
    '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798',
  )
  t.equal(
    checksumAddress(addressOf(publicKeyOf(key))),
    '0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf',
  )
  t.equal(
    checksumAddress(addressOf(publicKeyOf(hexToBytes('02'.padStart(64, '0'))))),
    '0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF',
  )
})

t.test('spells addresses with the checksums of EIP-55', async (t) => {
  // The examples of EIP-55.
  const examples = [
    '0x52908400098527886E0F7030069857D2E4169EE7',
    '0xde709f2102306220921060314715629080e2fb77',
    '0x27b1fdb04752bbc536007a920d24acb045561c26',
    '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
    '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
    '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
  ]
  for (const example of examples) t.equal(checksumAddress(bytesOf(example)), example)
})

t.test('signs the Sig_structure of RFC 9052 section 4.4', async (t) => {
  const payload = utf8ToBytes('This is the content.')
  const structure = ['Signature1', hexToBytes('a101382e'), utf8ToBytes('hypernet/1/order'), payload]
  t.strictSame(signedBytes('order', payload), encodeByCborg(structure), 'as another encoder has it')
  t.equal(domainOf('statement'), 'hypernet/1/statement')
})

t.test('M17: makes an untagged COSE_Sign1 array with algorithm ES256K', async (t) => {
  for (const size of [0, 1, 23, 24, 255, 256, 65_535, 65_536]) {
    const payload = new Uint8Array(size).fill(7)
    const cose = signCose('order', payload, key)
    const [protectedHeader, unprotected, content, signature] = decodeByCborg(cose, {
      useMaps: true,
    }) as [Uint8Array, Map<number, unknown>, Uint8Array, Uint8Array]
    t.strictSame(
      decodeByCborg(protectedHeader, { useMaps: true }),
      new Map([[1, -47]]),
      'RFC 8812: ES256K is -47',
    )
    t.equal(unprotected.size, 0)
    t.equal(signature.length, 64)
    t.ok(Buffer.from(content).equals(payload))
    const opened = openCose(cose)
    t.ok(Buffer.from(opened.payload).equals(payload), `${size} bytes`)
    t.strictSame(opened.signature, new Uint8Array(signature))
    t.ok(Buffer.from(payloadOf(cose)).equals(payload))
  }
})

t.test('M17: refuses an array of any other form', async (t) => {
  const cose = signCose('order', new Uint8Array(30), key)
  const prot = hexToBytes('a101382e')
  const signature = new Uint8Array(64)
  const wrong = {
    nothing: new Uint8Array(0),
    'a byte short': cose.subarray(0, -1),
    'a byte long': concatBytes(cose, new Uint8Array(1)),
    'the start alone': cose.subarray(0, 7),
    'a payload length in more bytes than it needs': concatBytes(
      hexToBytes('8444a101382ea05801aa5840'),
      signature,
    ),
    'a payload length in three bytes': concatBytes(
      hexToBytes('8444a101382ea0590001aa5840'),
      signature,
    ),
    'a payload length in five bytes': concatBytes(
      hexToBytes('8444a101382ea05a00000001aa5840'),
      signature,
    ),
    'a payload longer than the message': concatBytes(
      hexToBytes('8444a101382ea05affffffffaa5840'),
      signature,
    ),
    'a payload of text': encode([prot, new Map(), 'text', signature]),
    'an unprotected header': encode([prot, new Map([[4, 1]]), cose, signature]),
    'a signature of 63 bytes': encode([prot, new Map(), cose, signature.slice(1)]),
    'a fifth item': encode([prot, new Map(), cose, signature, 0]),
    'tag 18': concatBytes(hexToBytes('d2'), cose),
  }
  for (const [what, bytes] of Object.entries(wrong)) {
    t.throws(() => openCose(bytes), badMessage, what)
    t.notOk(verifyCose('order', bytes, publicKeyOf(key)), what)
  }
})

t.test('opens what lies in a Buffer into plain views of it', async (t) => {
  const buffer = Buffer.concat([Buffer.alloc(3), signCose('order', utf8ToBytes('abc'), key)])
  const { payload } = openCose(buffer.subarray(3))
  t.notOk(Buffer.isBuffer(payload), 'so slice() copies')
  t.strictSame(payload, utf8ToBytes('abc'))
})

t.test('M18: a signature covers the bytes as received, not what they mean', async (t) => {
  const payload = hexToBytes('1817') // 23, not in its shortest form
  const cose = signCose('order', payload, key)
  t.ok(verifyCose('order', cose, publicKeyOf(key)))
  const { signature } = openCose(cose)
  const again = encode([hexToBytes('a101382e'), new Map(), hexToBytes('17'), signature])
  t.notOk(verifyCose('order', again, publicKeyOf(key)), 'the same number, encoded again')
})

t.test('M19: a signature for one purpose is none for another', async (t) => {
  const purposes: Purpose[] = ['order', 'roster', 'contribution', 'statement', 'seal']
  for (const signed of purposes) {
    const cose = signCose(signed, utf8ToBytes('x'), key)
    for (const asked of purposes)
      t.equal(verifyCose(asked, cose, publicKeyOf(key)), asked === signed)
  }
})

t.test('M20: makes low s and refuses high s', async (t) => {
  const half = BigInt('0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0')
  for (let n = 0; n < 16; n++) {
    const { signature } = openCose(signCose('order', Uint8Array.of(n), key))
    t.ok(BigInt(hexOf(signature.subarray(32))) <= half)
  }
  const high = vectors.refused.find(({ reason }) => reason.startsWith('s above'))
  t.ok(high)
  if (!high) return
  const cose = hexToBytes(high.cose)
  t.notOk(verifyCose(high.purpose, cose, hexToBytes(high.publicKey)))
  const { payload, signature } = openCose(cose)
  t.ok(
    natively(hexToBytes(high.publicKey), signedBytes(high.purpose, payload), signature),
    'OpenSSL takes it, so only the rule on s refuses it',
  )
})

t.test('M21: signs by RFC 6979, the same bytes twice the same', async (t) => {
  // secp256k1 with SHA-256: key 1, "Satoshi Nakamoto" (bitcointalk.org topic 285142, with low s).
  const { secp256k1 } = await import('@noble/curves/secp256k1.js')
  t.equal(
    bytesToHex(secp256k1.sign(utf8ToBytes('Satoshi Nakamoto'), key)),
    '934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d82442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5',
  )
  t.strictSame(signCose('seal', key, key), signCose('seal', key, key))
})

t.test('OpenSSL verifies what we sign', async (t) => {
  for (const { purpose, publicKey, payload, cose } of vectors.valid) {
    const { signature } = openCose(hexToBytes(cose))
    const data = signedBytes(purpose, hexToBytes(payload))
    t.ok(natively(hexToBytes(publicKey), data, signature), purpose)
  }
})

t.test('makes and verifies the vectors, and refuses the spoilt ones', async (t) => {
  for (const vector of vectors.valid) {
    const privateKey = hexToBytes(vector.privateKey)
    const cose = signCose(vector.purpose, hexToBytes(vector.payload), privateKey)
    t.equal(bytesToHex(cose), vector.cose)
    t.equal(
      bytesToHex(signedBytes(vector.purpose, hexToBytes(vector.payload))),
      vector.sigStructure,
    )
    t.ok(verifyCose(vector.purpose, cose, hexToBytes(vector.publicKey)))
  }
  t.ok(vectors.refused.length >= 10)
  for (const { reason, purpose, publicKey, cose } of vectors.refused)
    t.notOk(verifyCose(purpose, hexToBytes(cose), hexToBytes(publicKey)), reason)
})

t.test('says what is wrong with a key', async (t) => {
  const unsafe = { name: 'HypernetError', code: 'KEY_UNSAFE', message: /32 bytes/ }
  const order = hexToBytes('fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141')
  for (const wrong of [new Uint8Array(32), new Uint8Array(31), order]) {
    t.throws(() => publicKeyOf(wrong), unsafe)
    t.throws(() => signCose('order', new Uint8Array(1), wrong), unsafe)
  }
  t.throws(() => addressOf(new Uint8Array(33)), { code: 'BAD_SIGNATURE' })
  t.notOk(verifyCose('order', signCose('order', key, key), new Uint8Array(33)))
})

function natively(publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  const spki = Buffer.from('3036301006072a8648ce3d020106052b8104000a032200', 'hex') // RFC 5480
  const der = Buffer.concat([spki, publicKey])
  const native = createPublicKey({ key: der, format: 'der', type: 'spki' })
  return verifyNatively('sha256', data, { key: native, dsaEncoding: 'ieee-p1363' }, signature)
}
