import { readFileSync } from 'node:fs'
import t from 'tap'
import { verifier } from '../../../agent/io/verify.ts'
import { randomStream } from '../../../agent/math/random.ts'
import { hexToBytes } from '../../../agent/wire/hash.ts'
import { type Purpose, publicKeyOf, signCose, verifyCose } from '../../../agent/wire/signature.ts'

interface Vector {
  purpose: Purpose
  publicKey: string
  cose: string
}
const vectors: { valid: Vector[]; refused: (Vector & { reason: string })[] } = JSON.parse(
  readFileSync(new URL('../../vectors/signatures.json', import.meta.url), 'utf8'),
)
const keyOf = (n: number) => hexToBytes(n.toString(16).padStart(64, '0'))
const small = { valid: 4, invalid: 2, keys: 2 }

t.test('takes the valid vectors and refuses the spoilt ones, also when asked again', async (t) => {
  const { verify } = verifier(small)
  for (let round = 0; round < 2; round++) {
    for (const { purpose, publicKey, cose } of vectors.valid)
      t.ok(verify(purpose, hexToBytes(cose), hexToBytes(publicKey)), purpose)
    for (const { reason, purpose, publicKey, cose } of vectors.refused)
      t.notOk(verify(purpose, hexToBytes(cose), hexToBytes(publicKey)), reason)
  }
})

t.test('agrees with the portable verification on mutated signatures', async (t) => {
  const random = randomStream(5)
  const { verify } = verifier()
  const key = keyOf(9)
  let refused = 0
  for (let i = 0; i < 60; i++) {
    const cose = signCose('contribution', Uint8Array.of(i, 1, 2), key)
    const publicKey = publicKeyOf(key)
    const target = i % 3 === 0 ? publicKey : cose
    const at = random.below(target.length)
    target[at] = (target[at] ?? 0) ^ (1 << random.below(8))
    const expected = verifyCose('contribution', cose, publicKey)
    t.equal(verify('contribution', cose, publicKey), expected, `bit of byte ${at}`)
    if (!expected) refused++
  }
  t.ok(refused > 50)
})

t.test(
  'answers for the purpose and key it is asked about, not for what it remembers',
  async (t) => {
    const { verify } = verifier(small)
    const cose = signCose('order', Uint8Array.of(1), keyOf(5))
    t.ok(verify('order', cose, publicKeyOf(keyOf(5))))
    t.notOk(verify('roster', cose, publicKeyOf(keyOf(5))))
    t.notOk(verify('order', cose, publicKeyOf(keyOf(6))))
    t.ok(verify('order', cose, publicKeyOf(keyOf(5))))
  },
)

t.test('refuses keys that are no compressed point', async (t) => {
  const { verify } = verifier(small)
  const cose = signCose('order', Uint8Array.of(1), keyOf(5))
  t.notOk(verify('order', cose, new Uint8Array(33)))
  t.notOk(verify('order', cose, new Uint8Array(0)))
  t.notOk(verify('order', cose, new Uint8Array(65)))
})

t.test('stays right when more is asked than is remembered', async (t) => {
  const { verify } = verifier(small)
  const signed = Array.from({ length: 12 }, (_, i) => ({
    cose: signCose('seal', Uint8Array.of(i), keyOf(i + 1)),
    publicKey: publicKeyOf(keyOf(i + 1)),
  }))
  for (let round = 0; round < 2; round++) {
    for (const { cose, publicKey } of signed) t.ok(verify('seal', cose, publicKey))
    for (const { cose, publicKey } of signed) t.notOk(verify('order', cose, publicKey))
  }
})

t.test('verifies the same bytes once a process', async (t) => {
  t.equal(verifier(), verifier(), 'all in one process share one memory')
  const publicKey = publicKeyOf(keyOf(77))
  const signed = Array.from({ length: 50 }, (_, i) =>
    signCose('contribution', new Uint8Array(500).fill(i), keyOf(77)),
  )
  const checkedFor = () => {
    const before = verifier().checked
    for (const cose of signed) t.ok(verifier().verify('contribution', cose, publicKey))
    return verifier().checked - before
  }
  t.equal(checkedFor(), 50)
  t.equal(checkedFor(), 0)
  t.notOk(verifier().verify('order', signed[0] as Uint8Array, publicKey))
  t.notOk(verifier().verify('order', signed[0] as Uint8Array, publicKey))
  t.equal(checkedFor(), 0, 'what is refused displaces nothing')
})
