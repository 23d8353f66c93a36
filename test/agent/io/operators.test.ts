import { secp256k1 } from '@noble/curves/secp256k1.js'
import t from 'tap'
import { deriveKey } from '../../../agent/io/keys.ts'
import { operators, recover } from '../../../agent/io/operators.ts'
import { verifier } from '../../../agent/io/verify.ts'
import { bytesToHex, hexToBytes } from '../../../agent/wire/hash.ts'
import { addressOf, signCose } from '../../../agent/wire/signature.ts'

const key = deriveKey('operators test', 'operator')
const other = deriveKey('operators test', 'other')
const address = addressOf(key.publicKey)
const payload = Uint8Array.of(1, 2, 3)

t.test('the key of an operator is found from a signature and its address', async (t) => {
  for (let i = 0; i < 8; i++) {
    const signed = signCose('order', Uint8Array.of(i), key.privateKey)
    t.equal(bytesToHex(recover('order', signed, address) ?? payload), bytesToHex(key.publicKey))
  }
})

t.test('the private key 1 has the well known address', async (t) => {
  // The generator of SEC 2, section 2.4.1; its address as every Ethereum wallet shows it.
  const one = hexToBytes(`${'00'.repeat(31)}01`)
  const known = hexToBytes('7e5f4552091a69125d5dfcb7b8c2659029395bdf')
  const found = recover('order', signCose('order', payload, one), known)
  t.equal(bytesToHex(found ?? payload), bytesToHex(secp256k1.Point.BASE.toBytes(true)))
})

t.test('nothing is recovered for another address, purpose or spoiled signature', async (t) => {
  const signed = signCose('order', payload, key.privateKey)
  t.equal(recover('order', signed, addressOf(other.publicKey)), undefined)
  t.equal(recover('roster', signed, address), undefined)
  const spoiled = signed.slice()
  spoiled.fill(0xff, -64)
  t.equal(recover('order', spoiled, address), undefined)
  t.equal(recover('order', Uint8Array.of(1), address), undefined)
})

t.test('only pinned operators are believed', async (t) => {
  const pinned = operators([address], verifier())
  t.ok(pinned.includes(address))
  t.notOk(pinned.includes(addressOf(other.publicKey)))
  t.ok(pinned.verify('order', signCose('order', payload, key.privateKey), address))
  t.ok(
    pinned.verify('roster', signCose('roster', payload, key.privateKey), address),
    'known by now',
  )
  t.notOk(pinned.verify('order', signCose('roster', payload, key.privateKey), address))
  t.notOk(pinned.verify('order', signCose('order', payload, other.privateKey), address))
  const stranger = addressOf(other.publicKey)
  t.notOk(pinned.verify('order', signCose('order', payload, other.privateKey), stranger))
  t.notOk(operators([], verifier()).includes(address))
})
