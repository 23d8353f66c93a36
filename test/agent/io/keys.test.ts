import { createECDH, hkdfSync } from 'node:crypto'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import t from 'tap'
import { deriveKey, keyOf, loadKey, readSecret } from '../../../agent/io/keys.ts'
import { bytesToHex, hexOf } from '../../../agent/wire/hash.ts'

/** The compressed public key as OpenSSL computes it. */
function publicKeyByOpenssl(privateKey: Uint8Array): string {
  const ecdh = createECDH('secp256k1')
  ecdh.setPrivateKey(privateKey)
  return ecdh.getPublicKey('hex', 'compressed')
}

t.test('a key is made once, with mode 600, and kept', async (t) => {
  const path = join(t.testdir(), 'device.key')
  const first = await loadKey(path)
  t.ok(first.made)
  t.equal((await stat(path)).mode & 0o777, 0o600)
  t.match(await readFile(path, 'utf8'), /^[0-9a-f]{64}\n$/)
  const second = await loadKey(path)
  t.notOk(second.made)
  t.strictSame(second.key, first.key)
  t.equal(bytesToHex(first.key.publicKey), publicKeyByOpenssl(first.key.privateKey))
})

t.test('two devices make two keys', async (t) => {
  const folder = t.testdir()
  const a = await loadKey(join(folder, 'a'))
  const b = await loadKey(join(folder, 'b'))
  t.notSame(a.key, b.key)
})

t.test('a key that others can read is refused with the command that helps', async (t) => {
  const path = join(t.testdir(), 'device.key')
  await loadKey(path)
  for (const mode of [0o640, 0o604, 0o660, 0o777]) {
    await chmod(path, mode)
    await t.rejects(loadKey(path), {
      code: 'KEY_UNSAFE',
      message: new RegExp(`mode ${mode.toString(8)}.*chmod 600 ${path}`),
    })
  }
  await chmod(path, 0o400)
  t.notOk((await loadKey(path)).made, 'read by its owner alone is fine')
})

t.test('a file that holds no key is refused and never replaced', async (t) => {
  const cases = ['', 'hello\n', 'ff'.repeat(31), 'ff'.repeat(32), '00'.repeat(32), 'gg'.repeat(32)]
  for (const content of cases) {
    const path = join(t.testdir(), 'device.key')
    await writeFile(path, content, { mode: 0o600 })
    await t.rejects(loadKey(path), { code: 'KEY_UNSAFE', message: /64 hexadecimal/ }, content)
    t.equal(await readFile(path, 'utf8'), content)
  }
})

t.test('a key in place of a path is not told again', async (t) => {
  for (const key of ['ab'.repeat(32), `0x${'AB'.repeat(32)}`, 'ab'.repeat(32).slice(1)])
    for (const path of [key, join(t.testdir(), key)]) {
      const error = await readSecret(path).catch((error) => error)
      t.match(error, { code: 'NOT_FOUND', message: /looks like a key .* path of a file is wanted/ })
      t.notMatch(inspect(error).toLowerCase(), 'abababab', 'nor by what it holds')
    }
  await t.rejects(readSecret('/none/device.key'), { message: /\/none\/device\.key \(ENOENT\)/ })
})

t.test('a key in a folder that is not there is an error with the path', async (t) => {
  await t.rejects(loadKey(join(t.testdir(), 'none', 'device.key')), { code: 'STORE_FAILED' })
})

t.test('a derived key is HKDF-SHA256 reduced as FIPS 186-5 A.2.1 has it', async (t) => {
  // Order of secp256k1: SEC 2, version 2, section 2.4.1.
  const n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  for (const node of ['soil-001', 'soil-002']) {
    const stream = hkdfSync('sha256', 'a seed', '', `hypernet/1/device-key/${node}`, 48)
    const expected = (BigInt(`0x${Buffer.from(stream).toString('hex')}`) % (n - 1n)) + 1n
    const { privateKey, publicKey } = deriveKey('a seed', node)
    t.equal(BigInt(hexOf(privateKey)), expected)
    t.equal(bytesToHex(publicKey), publicKeyByOpenssl(privateKey))
  }
  t.strictSame(deriveKey('a seed', 'x'), deriveKey(Buffer.from('a seed'), 'x'))
  t.notSame(deriveKey('a seed', 'x'), deriveKey('another', 'x'))
})

t.test('bytes that are no private key are refused', async (t) => {
  for (const bytes of [
    new Uint8Array(32),
    new Uint8Array(32).fill(255),
    new Uint8Array(31).fill(1),
  ]) {
    t.throws(() => keyOf(bytes), { code: 'KEY_UNSAFE' })
  }
})

t.test('a secret is the text of its file without the end of the line', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'password')
  await writeFile(path, ' a pass word \r\n', { mode: 0o600 })
  t.equal(await readSecret(path), ' a pass word ')
  await chmod(path, 0o644)
  await t.rejects(readSecret(path), { code: 'KEY_UNSAFE' })
  await t.rejects(readSecret(join(folder, 'none')), { code: 'NOT_FOUND', message: /ENOENT/ })
})
