import { createHash } from 'node:crypto'
import t from 'tap'
import {
  bytesToHex,
  digest,
  domainDigest,
  equalBytes,
  utf8ToBytes,
} from '../../../agent/wire/hash.ts'

t.test('hashes the parts in order with SHA-256', async (t) => {
  // FIPS 180-4 example: "abc".
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  t.equal(bytesToHex(digest(utf8ToBytes('abc'))), abc)
  t.equal(bytesToHex(digest(utf8ToBytes('a'), utf8ToBytes('bc'))), abc)
})

t.test('puts the domain and a zero byte before the parts', async (t) => {
  const wanted = createHash('sha256').update('hypernet/1/vote\0abc').digest('hex')
  t.equal(bytesToHex(domainDigest('hypernet/1/vote', utf8ToBytes('abc'))), wanted)
})

t.test('compares bytes and lengths', async (t) => {
  t.ok(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2)))
  t.notOk(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)))
  t.notOk(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3)))
})
