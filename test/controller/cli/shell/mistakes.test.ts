import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { silentLog } from '../../../../agent/io/log.ts'
import { HypernetError } from '../../../../agent/wire/errors.ts'
import { COMMANDS } from '../../../../controller/cli/commands.ts'
import { badJob, tellingMistakes } from '../../../../controller/cli/shell/mistakes.ts'
import { expressionProblems } from '../../../../controller/core/expressionProblems.ts'
import { type ApiHost, serveApi } from '../../../../controller/io/http.ts'
import { readJobs } from '../../../../controller/io/jobFiles.ts'
import { recorder, typed } from './recorder.ts'

/** A socket's path must be short, so it does not stand in tap's own folders. */
const folder = mkdtempSync(join(tmpdir(), 'hn-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

const WRONG = 'apiVersion: hypernet.dev/v1\nkind: FusionJob\nmetadata: { name: A }\nspec: {}\n'
const MISTAKES = [
  {
    file: 'a.yaml',
    line: 3,
    column: 19,
    path: 'metadata.name',
    text: 'found "A", wanted 1-32 of a-z, 0-9 and -.',
  },
  {
    file: 'a.yaml',
    line: 4,
    column: 1,
    path: 'spec.model',
    text: 'missing, wanted a map with type.',
  },
]
const LINES =
  'a.yaml:3:19 metadata.name: found "A", wanted 1-32 of a-z, 0-9 and -.\na.yaml:4:1 spec.model: missing, wanted a map with type.\n'

t.test('check and submit tell a wrong file as lines, and with --json as JSON too', async (t) => {
  const socket = join(folder, 'a.sock')
  // It reads what is submitted as a controller does, and nothing else is asked of it.
  const submit: ApiHost['submit'] = async (file, text) => {
    const { mistakes } = await readJobs([{ name: file, text }], expressionProblems)
    return { ok: false, mistakes }
  }
  const api = await serveApi(socket, { submit } as unknown as ApiHost, silentLog)
  t.teardown(() => api.close())
  const cwd = t.testdir({ 'a.yaml': WRONG })
  for (const words of [
    ['check', 'a.yaml'],
    ['submit', 'a.yaml', '--socket', socket],
  ]) {
    const told = { code: 2, out: '', err: LINES }
    t.strictSame(await typed(COMMANDS, ['job', ...words], { cwd }), told, words.join(' '))
    const { out, ...rest } = await typed(COMMANDS, ['job', ...words, '--json'], { cwd })
    t.strictSame({ ...rest, out: '' }, told, `${words[0]} --json`)
    t.match(out, /^[^\n]+\n$/, 'one line')
    t.strictSame(JSON.parse(out), { ok: false, mistakes: MISTAKES })
  }
  const { code, out } = await typed(COMMANDS, ['job', 'check', 'none.yaml', '--json'], { cwd })
  t.equal(code, 2)
  t.match(JSON.parse(out), { ok: false, mistakes: [{ file: 'none.yaml', line: 0, path: '' }] })
})

t.test('on a terminal the line of the file stands below its mistake', async (t) => {
  const mistake = { file: 'a', line: 1, column: 1, path: '', text: 'no.', source: 'x' }
  t.equal(badJob([mistake], recorder().terminal).message, 'a:1:1 no.')
  t.match(badJob([mistake], recorder({ live: true }).terminal).message, /\n {4}1 \| x\n/)
})

t.test('an error of a controller that names no places is a mistake without one', async (t) => {
  const { terminal, written } = recorder()
  const fails = (code: 'BAD_JOB' | 'CONTROLLER_LOST') =>
    tellingMistakes(true, terminal, async () => {
      throw new HypernetError(code, 'no')
    })
  await t.rejects(fails('CONTROLLER_LOST'), { code: 'CONTROLLER_LOST' })
  t.equal(written.out, '', 'what is wrong with no file is told as ever')
  await t.rejects(fails('BAD_JOB'), { code: 'BAD_JOB' })
  t.match(JSON.parse(written.out), { ok: false, mistakes: [{ line: 0, text: 'no' }] })
})
