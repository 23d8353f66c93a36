import t from 'tap'
import { openCose, verifyCose } from '../../../agent/wire/signature.ts'
import { blankSigner, realSigner, rememberingVerifier } from '../../../controller/sim/signing.ts'

const payload = new TextEncoder().encode('a contribution')

t.test('real signatures verify by the key of the device, and by no other', (t) => {
  const signer = realSigner(7, 'd1')
  const signed = signer.sign('contribution', payload)
  t.ok(verifyCose('contribution', signed, signer.publicKey))
  t.notOk(verifyCose('statement', signed, signer.publicKey))
  t.notOk(verifyCose('contribution', signed, realSigner(7, 'd2').publicKey))
  t.notOk(verifyCose('contribution', signed, realSigner(8, 'd1').publicKey))
  t.strictSame(realSigner(7, 'd1').sign('contribution', payload), signed, 'the same each time')
  t.end()
})

t.test('blank signatures have the form and the length of real ones, and no truth', (t) => {
  const blank = blankSigner('d1')
  const signed = blank.sign('seal', payload)
  t.equal(signed.length, realSigner(7, 'd1').sign('seal', payload).length)
  t.strictSame(openCose(signed).payload, payload)
  t.ok(openCose(signed).signature.every((byte) => byte === 0))
  t.equal(blank.publicKey.length, 33)
  t.notOk(verifyCose('seal', signed, blank.publicKey))
  t.notSame(blank.publicKey, blankSigner('d2').publicKey)
  t.end()
})

t.test('a verifier remembers its answer for the same bytes', (t) => {
  const verify = rememberingVerifier()
  const signer = realSigner(1, 'd1')
  const signed = signer.sign('contribution', payload)
  t.equal(verify('contribution', signed, signer.publicKey), true)
  const forged = signed.slice()
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
  t.equal(verify('contribution', forged, signer.publicKey), false)
  t.equal(verify('contribution', forged, signer.publicKey), false)
  t.equal(verify('contribution', signed, signer.publicKey), true)
  t.end()
})
