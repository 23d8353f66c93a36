import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t from 'tap'
import { readRegularFile, readWithin } from '../../../agent/io/regularFile.ts'

t.test('a file is read whole up to the limit and refused beyond it', async (t) => {
  const folder = t.testdir({ a: 'abc', empty: '' })
  t.equal((await readRegularFile(join(folder, 'a'), 3)).toString(), 'abc')
  t.equal((await readRegularFile(join(folder, 'empty'), 3)).length, 0)
  await t.rejects(readRegularFile(join(folder, 'a'), 2), {
    code: 'TOO_LARGE',
    message: 'found 3 bytes, wanted at most 2 (2B).',
  })
})

t.test('what says that it has no bytes is still read within the limit', async (t) => {
  // Files of /proc have a size of 0 (proc(5)).
  t.match((await readRegularFile('/proc/self/status', 1e6)).toString(), /^Name:/)
  await t.rejects(readRegularFile('/proc/self/status', 10), {
    code: 'TOO_LARGE',
    message: 'found more than 10 bytes, wanted at most 10 (10B).',
  })
})

t.test('what is no file is refused by its name at once, though it has no end', async (t) => {
  const folder = t.testdir({ a: '' })
  execFileSync('mkfifo', [join(folder, 'pipe')])
  // A socket's path must be short, so it does not stand in tap's own folders.
  const short = mkdtempSync(join(tmpdir(), 'hn-'))
  const server = createServer().listen(join(short, 's'))
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    rmSync(short, { recursive: true, force: true })
  })
  const table: [path: string, message: string][] = [
    ['/dev/zero', 'this is a device, wanted a file.'],
    [join(folder, 'pipe'), 'this is a pipe, wanted a file.'],
    [join(short, 's'), 'this is a socket, wanted a file.'],
    [folder, 'this is a folder, wanted a file.'],
    [join(folder, 'none'), 'no such file. Check the path.'],
    [join(folder, 'a', 'b'), 'no such file: a folder of the path is a file. Check the path.'],
  ]
  for (const [path, message] of table)
    await t.rejects(readRegularFile(path, 10), { code: 'NOT_FOUND', message }, path)
})

t.test('a path that no system takes is a sentence too', async (t) => {
  await t.rejects(readRegularFile('x'.repeat(5000), 10), {
    code: 'NOT_FOUND',
    message: /^cannot be read: ENAMETOOLONG/,
  })
})

t.test('an endless stream is left behind the limit', async (t) => {
  let read = 0
  const endless = new Readable({
    highWaterMark: 10,
    read() {
      read += 10
      this.push(Buffer.alloc(10))
    },
  })
  await t.rejects(readWithin(endless, 25), { code: 'TOO_LARGE', message: /^found more than 25 / })
  t.ok(read < 100 && endless.destroyed, `${read} bytes`)
  t.equal((await readWithin(Readable.from([Buffer.from('ab'), Buffer.from('c')]), 3)).length, 3)
})

t.test('a file that its user may not read is told by its mode', async (t) => {
  const path = join(t.testdir({ a: 'x' }), 'a')
  writeFileSync(path, 'x')
  execFileSync('chmod', ['000', path])
  // Root may read everything.
  if (process.getuid?.() === 0) return void t.equal((await readRegularFile(path, 9)).length, 1)
  await t.rejects(readRegularFile(path, 9), { message: /may not be read by this user/ })
})
