import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openCredentials } from '../../../../controller/io/broker/credentials.ts'

t.test('a password opens its own client and no other', async (t) => {
  const credentials = openCredentials()
  const alphas = credentials.issue('alpha', 'device')
  const people = credentials.issue('viewer', 'viewer')
  t.equal(credentials.verify('alpha', alphas), 'device')
  t.equal(credentials.verify('alpha', Buffer.from(alphas)), 'device', 'as bytes from the wire')
  t.equal(credentials.verify('viewer', people), 'viewer')
  t.equal(credentials.verify('alpha', people), undefined)
  t.equal(credentials.verify('alpha', ''), undefined)
  t.equal(credentials.verify('nobody', alphas), undefined)
})

t.test('a password has 256 bits, and none is like another', async (t) => {
  const credentials = openCredentials()
  const passwords = credentials.issueAll(['a', 'b', 'c'], 'device')
  t.equal(new Set(passwords.values()).size, 3)
  for (const password of passwords.values()) {
    t.match(password, /^[A-Za-z0-9_-]{43}$/)
    t.equal(Buffer.from(password, 'base64url').length, 32)
  }
})

t.test('a new password ends the old one', async (t) => {
  const credentials = openCredentials()
  const old = credentials.issue('alpha', 'device')
  const fresh = credentials.issue('alpha', 'device')
  t.equal(credentials.verify('alpha', old), undefined)
  t.equal(credentials.verify('alpha', fresh), 'device')
})

t.test('a revoked client is unknown', async (t) => {
  const credentials = openCredentials()
  const password = credentials.issue('alpha', 'device')
  t.equal(credentials.has('alpha'), true)
  t.equal(credentials.revoke('alpha'), true)
  t.equal(credentials.revoke('alpha'), false)
  t.equal(credentials.has('alpha'), false)
  t.equal(credentials.verify('alpha', password), undefined)
})

t.test('an id keeps its role until it is revoked', async (t) => {
  const credentials = openCredentials()
  credentials.issue('viewer', 'viewer')
  t.throws(() => credentials.issueAll(['alpha', 'viewer'], 'device'), { code: 'NOT_ALLOWED' })
  t.equal(credentials.has('alpha'), false, 'nothing of the batch was done')
  credentials.revoke('viewer')
  credentials.issue('viewer', 'device')
})

t.test('a bad id gets no password', async (t) => {
  const credentials = openCredentials()
  for (const id of ['', 'Alpha', 'a/b', '+', '__proto__', 'a'.repeat(33)]) {
    t.throws(() => credentials.issue(id, 'device'), { code: 'BAD_ID' }, id)
    t.equal(credentials.verify(id, ''), undefined)
  }
})

t.test('passwords survive a restart as hashes in a file of mode 600', async (t) => {
  const path = join(t.testdir(), 'clients.json')
  const password = openCredentials(path).issue('alpha', 'device')
  t.equal(statSync(path).mode & 0o777, 0o600)
  const text = readFileSync(path, 'utf8')
  t.notMatch(text, password)
  t.match(text, createHash('sha256').update(password).digest('hex'))
  t.notOk(existsSync(`${path}.new`))
  const again = openCredentials(path)
  t.equal(again.verify('alpha', password), 'device')
  again.revoke('alpha')
  t.equal(openCredentials(path).verify('alpha', password), undefined)
})

t.test('a file that others can read is refused', async (t) => {
  const path = join(t.testdir(), 'clients.json')
  openCredentials(path).issue('alpha', 'device')
  chmodSync(path, 0o640)
  t.throws(() => openCredentials(path), { code: 'KEY_UNSAFE', message: /mode 640.*chmod 600/ })
})

t.test('a file that is not ours is refused, and left alone', async (t) => {
  const good = { role: 'device', hash: 'a'.repeat(64) }
  for (const content of [
    '',
    '{',
    '[]',
    JSON.stringify({ version: 2, clients: {} }),
    JSON.stringify({ version: 1, clients: { Alpha: good } }),
    JSON.stringify({ version: 1, clients: { alpha: { ...good, role: 'root' } } }),
    JSON.stringify({ version: 1, clients: { alpha: { ...good, hash: 'short' } } }),
    JSON.stringify({ version: 1, clients: {}, more: 1 }),
  ]) {
    const path = join(t.testdir(), 'clients.json')
    writeFileSync(path, content, { mode: 0o600 })
    t.throws(() => openCredentials(path), { code: 'STORE_FAILED' }, content)
    t.equal(readFileSync(path, 'utf8'), content)
  }
})

t.test('a password that cannot be stored is not in force', async (t) => {
  const credentials = openCredentials(join(t.testdir(), 'missing', 'clients.json'))
  t.throws(() => credentials.issue('alpha', 'device'), { code: 'STORE_FAILED' })
  t.equal(credentials.has('alpha'), false)
})
