import t from 'tap'
import { compactSignatureToSignature, parseCompactSignature, serializeSignature } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { bytesToHex, hexOf, hexToBytes, utf8ToBytes } from '../../../agent/wire/hash.ts'
import { addressOf, publicKeyOf } from '../../../agent/wire/signature.ts'
import {
  commitmentOf,
  domainSeparator,
  encodeType,
  hashStruct,
  signCompact,
  signerOf,
  typedDigest,
  wordOf,
} from '../../../agent/wire/typedData.ts'

const key = hexToBytes('c85ef7d79691fe79573b1a7064c19c1a9819ebdbd1faaab1a8ec92344438aaf4') // keccak256("cow"), of EIP-712's example
const digest = hexToBytes('be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2') // its digest

t.test('the domain of the example in EIP-712 has the separator that it prints', async (t) => {
  const separator = domainSeparator(
    'Ether Mail',
    '1',
    1n,
    hexToBytes('cccccccccccccccccccccccccccccccccccccccc'),
  )
  t.equal(bytesToHex(separator), 'f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f')
  // The hash of its message, which has nested structs and so is none of ours.
  const message = hexToBytes('c52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e')
  t.strictSame(typedDigest(separator, message), digest)
})

t.test('a signature of the example is the one that it prints, in compact form', async (t) => {
  const compact = signCompact(digest, key)
  const long = serializeSignature(
    compactSignatureToSignature(parseCompactSignature(hexOf(compact))),
  )
  t.equal(
    long,
    '0x4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b915621c',
  )
  t.strictSame(signerOf(digest, compact), addressOf(publicKeyOf(key)))
})

t.test('signatures equal those of viem for both parities', async (t) => {
  const account = privateKeyToAccount(hexOf(key))
  const parities = new Set<number>()
  for (let k = 0; k < 16; k++) {
    const hash = commitmentOf(Uint8Array.of(k))
    const compact = signCompact(hash, key)
    const theirs = await account.sign({ hash: hexOf(hash) })
    const ours = serializeSignature(
      compactSignatureToSignature(parseCompactSignature(hexOf(compact))),
    )
    t.equal(ours, theirs)
    t.strictSame(signerOf(hash, compact), addressOf(publicKeyOf(key)))
    parities.add((compact[32] ?? 0) >> 7)
  }
  t.strictSame([...parities].sort(), [0, 1])
})

t.test('nobody signed what is no signature of the digest', async (t) => {
  const compact = signCompact(digest, key)
  const other = signerOf(commitmentOf(utf8ToBytes('x')), compact)
  t.notSame(other, addressOf(publicKeyOf(key)), 'another digest gives another key')
  t.equal(signerOf(digest, compact.subarray(1)), undefined, '63 bytes')
  t.equal(signerOf(digest, new Uint8Array(64)), undefined, 'zeros')
  const order = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'
  t.equal(signerOf(digest, hexToBytes(`${order}${'00'.repeat(31)}01`)), undefined, 'r of the order')
  // One more than half of the order: the least s that EIP-2 refuses.
  const s = '7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1'
  const high = Uint8Array.from([...compact.subarray(0, 32), ...hexToBytes(s)])
  t.equal(signerOf(digest, high), undefined, 's in the upper half (EIP-2)')
})

t.test('a struct is hashed by its type and words', async (t) => {
  const type = { job: 'address', index: 'uint16' } as const
  t.equal(encodeType('Accept', type), 'Accept(address job,uint16 index)')
  const value = { job: new Uint8Array(20).fill(1), index: 3n }
  t.notSame(hashStruct('Accept', type, value), hashStruct('Accept', type, { ...value, index: 4n }))
  t.notSame(hashStruct('Accept', type, value), hashStruct('Cancel', type, value))
})

t.test('a value that is not of its type is a mistake of ours', async (t) => {
  t.strictSame(wordOf('uint16', 65_535n, 'x').slice(-2), Uint8Array.of(255, 255))
  for (const [type, value] of [
    ['uint16', 65_536n],
    ['uint16', -1n],
    ['uint16', new Uint8Array(2)],
    ['address', new Uint8Array(19)],
    ['address', 1n],
    ['bytes32', new Uint8Array(20)],
  ] as const)
    t.throws(() => wordOf(type, value, 'x'), HypernetError, `${type}`)
})
