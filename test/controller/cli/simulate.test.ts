import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { COMMANDS } from '../../../controller/cli/commands.ts'
import { typed } from './shell/recorder.ts'

const demo = fileURLToPath(new URL('../../../devices/demo/soil/', import.meta.url))
const soil = ['simulate', join(demo, 'job.yaml'), '--rows', join(demo, 'meuse.csv')]

t.test('--plot writes a picture beside the result', async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'hypernet-test-'))
  t.teardown(() => rmSync(cwd, { recursive: true }))
  const words = [...soil, '--devices', '9', '--plot', 'run.svg', '--json']
  const { code, out } = await typed(COMMANDS, words, { cwd })
  t.equal(code, 0)
  t.match(JSON.parse(out), { status: 'succeeded', contributors: { count: 9 } })
  t.match(readFileSync(join(cwd, 'run.svg'), 'utf8'), /^<svg [\s\S]*<\/svg>\n$/)
})

t.test('a file that cannot be written, or is no picture, is told before the run', async (t) => {
  for (const [option, name] of [
    ['plot', 'none/run.svg'],
    ['trace', 'none/run.jsonl'],
  ] as const) {
    const { code, err } = await typed(COMMANDS, [...soil, `--${option}`, name])
    t.equal(err, `hypernet: cannot write the ${option} ${name} (ENOENT).\n`)
    t.equal(code, 2)
  }
  const { code, err } = await typed(COMMANDS, [...soil, '--plot', 'run.png'])
  t.equal(code, 2)
  t.equal(
    err,
    'hypernet: --plot: found "run.png", wanted a file FILE.svg. See: hypernet simulate --help\n',
  )
})
