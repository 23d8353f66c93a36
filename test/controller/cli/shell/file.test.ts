import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t from 'tap'
import { COMMANDS } from '../../../../controller/cli/commands.ts'
import { nameOf, readJobText, readNamedFile } from '../../../../controller/cli/shell/file.ts'
import { recorder, typed } from './recorder.ts'

const stdin = (...parts: Buffer[]) => recorder({ stdin: Readable.from(parts) }).terminal

t.test('a job file is text of UTF-8, from a file or stdin', async (t) => {
  const cwd = t.testdir({ 'a.yaml': 'é' })
  t.equal(await readJobText('a.yaml', recorder({ cwd }).terminal), 'é')
  const [first, second] = [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)]
  t.equal(await readJobText('-', stdin(first, second)), 'é')
  t.equal(nameOf('-'), 'stdin')
})

t.test('check and submit refuse what is no such text as up does, and ask nobody', async (t) => {
  const cwd = t.testdir({ folder: {} })
  writeFileSync(join(cwd, 'latin.yaml'), Buffer.from('# caf\u00e9\n', 'latin1'))
  writeFileSync(join(cwd, 'utf16.yaml'), Buffer.from('\ufeffa: 1', 'utf16le'))
  writeFileSync(join(cwd, 'large.yaml'), Buffer.alloc(70_000, ' '))
  execFileSync('mkfifo', [join(cwd, 'pipe.yaml')])
  const table: [file: string, text: string][] = [
    ['latin.yaml', 'line 1 is not UTF-8. Save the file as UTF-8.'],
    ['utf16.yaml', 'this file is in UTF-16, wanted UTF-8. Save it as UTF-8.'],
    ['large.yaml', 'found 70000 bytes, wanted at most 65536 (64KiB). Split it into several files.'],
    ['folder', 'this is a folder, wanted a file.'],
    ['pipe.yaml', 'this is a pipe, wanted a file.'],
    ['none.yaml', 'no such file. Check the path.'],
    ['/dev/zero', 'this is a device, wanted a file.'],
  ]
  for (const [file, text] of table)
    for (const command of ['check', 'submit'])
      t.strictSame(
        await typed(COMMANDS, ['job', command, file], { cwd }),
        { code: 2, out: '', err: `${file} ${text}\n` },
        `${command} ${file}`,
      )
  const { code, err } = await typed(COMMANDS, ['up', '-c', 'none.yaml'], { cwd })
  t.equal(code, 2)
  t.match(err, /none\.yaml no such file\. Check the path\.\n$/)
})

t.test('stdin is read no further than the limit', async (t) => {
  const endless = new Readable({
    read() {
      this.push(Buffer.alloc(65_536, ' '))
    },
  })
  await t.rejects(readJobText('-', recorder({ stdin: endless }).terminal), {
    code: 'BAD_JOB',
    message:
      'stdin found more than 65536 bytes, wanted at most 65536 (64KiB). Split it into several files.',
  })
  t.ok(endless.destroyed)
  t.equal(await readNamedFile('-', stdin(Buffer.alloc(70_000, 'a'))), 'a'.repeat(70_000))
})

t.test('Ctrl-C ends the wait for a stdin that says nothing', async (t) => {
  const interruption = new AbortController()
  const silent = new Readable({ read() {} })
  const waiting = typed(COMMANDS, ['job', 'check', '-'], {
    stdin: silent,
    interrupted: interruption.signal,
  })
  setImmediate(() => interruption.abort())
  t.match(await waiting, { code: 130, out: '' })
})

t.test('a file of readings that is not there is named', async (t) => {
  await t.rejects(readNamedFile('none.csv', recorder({ cwd: '/nowhere' }).terminal), {
    code: 'NOT_FOUND',
    message: 'cannot read /nowhere/none.csv: no such file. Check the path.',
  })
})
