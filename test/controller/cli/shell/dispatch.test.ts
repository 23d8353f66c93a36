import t from 'tap'
import { HypernetError } from '../../../../agent/wire/errors.ts'
import type { Command } from '../../../../controller/cli/shell/command.ts'
import { typed } from './recorder.ts'

const base: Command = {
  name: 'fuse',
  summary: 'Fuse a file',
  about: ['Does what it says.'],
  operands: [{ name: 'FILE' }],
  options: {
    loss: { value: 'P', says: 'share of messages that are lost' },
    graph: { short: 'g', value: 'KIND', says: 'who hears whom', choices: ['ring', 'grid'] },
    json: { says: 'print one JSON document' },
  },
  examples: ['hypernet fuse job.yaml --loss 0.3'],
  async run(given, terminal) {
    const loss = given.number('loss', { least: 0, most: 1, whole: false })
    const shown = { file: given.operands[0], loss, graph: given.text('graph') }
    terminal.out(JSON.stringify({ ...shown, json: given.flag('json') }))
    return 0
  },
}
const failing = (name: string, error: () => unknown): Command => ({
  ...base,
  name,
  operands: [],
  run: async () => {
    throw error()
  },
})
const commands: Command[] = [
  base,
  failing('job lost', () => new HypernetError('CONTROLLER_LOST', 'no controller answers at /x.')),
  failing('job refused', () => new HypernetError('NOT_ALLOWED', 'that is not yours.')),
  failing('job broken', () => new TypeError('x is undefined')),
]
const run = (...words: string[]) => typed(commands, words)

t.test('reads operands, options in both spellings, short options and switches', async (t) => {
  const { code, out } = await run('fuse', '-g', 'ring', 'job.yaml', '--loss=0.3', '--json')
  t.equal(code, 0)
  t.strictSame(JSON.parse(out), { file: 'job.yaml', loss: 0.3, graph: 'ring', json: true })
})

t.test('takes what stands after -- as operands', async (t) => {
  t.strictSame(JSON.parse((await run('fuse', '--', '--json')).out), { file: '--json', json: false })
})

t.test('answers wrong usage with exit 2 and one line that says what to do', async (t) => {
  const wrong: [string[], string][] = [
    [['fuze'], 'unknown command "fuze". Did you mean "fuse"? See: hypernet --help'],
    [['xyzzy'], 'unknown command "xyzzy". See: hypernet --help'],
    [['job', 'lsot'], 'unknown command "job lsot". Did you mean "job lost"? See: hypernet --help'],
    [['fuse'], 'FILE is missing. See: hypernet fuse --help'],
    [['fuse', 'a', 'b'], 'found "b" too much, wanted FILE. See: hypernet fuse --help'],
    [
      ['fuse', 'a', '--los', '1'],
      'unknown option "--los". Did you mean "--loss"? See: hypernet fuse --help',
    ],
    [
      ['fuse', 'a', '--no-json'],
      'unknown option "--no-json". Did you mean "--json"? See: hypernet fuse --help',
    ],
    [
      ['fuse', '-5.5'],
      'found a word that begins with "-5", wanted no number below 0: amounts are positive. See: hypernet fuse --help',
    ],
    [['fuse', 'a', '-x'], 'unknown option "-x". See: hypernet fuse --help'],
    [['fuse', 'a', '--constructor'], 'unknown option "--constructor". See: hypernet fuse --help'],
    [['fuse', 'a', '--loss'], 'option --loss needs a value: --loss P. See: hypernet fuse --help'],
    [
      ['fuse', 'a', '--json=yes'],
      'option --json takes no value, found "yes". See: hypernet fuse --help',
    ],
    [
      ['fuse', 'a', '--json', '--json'],
      'option --json was given twice; give it once. See: hypernet fuse --help',
    ],
    [
      ['fuse', 'a', '--graph', 'grit'],
      '--graph: found "grit", wanted ring or grid. Did you mean "grid"? See: hypernet fuse --help',
    ],
    [['fuse', 'a', '--loss', '2'], '--loss: found "2", wanted a number from 0 to 1.'],
    [['fuse', 'a', '--loss', ' '], '--loss: found " ", wanted a number from 0 to 1.'],
    [['fuse', 'a', '--loss', 'NaN'], '--loss: found "NaN", wanted a number from 0 to 1.'],
  ]
  for (const [words, line] of wrong) {
    const { code, out, err } = await run(...words)
    t.strictSame({ code, out, err }, { code: 2, out: '', err: `hypernet: ${line}\n` })
  }
})

t.test('gives each kind of failure its exit code', async (t) => {
  const lost = await run('job', 'lost')
  t.strictSame(lost, { code: 3, out: '', err: 'hypernet: no controller answers at /x.\n' })
  t.equal((await run('job', 'refused')).code, 1)
  const broken = await run('job', 'broken')
  t.equal(broken.code, 1)
  t.match(broken.err, 'a mistake of our own, please report it with this trace:\nTypeError: x is')
})

t.test('ends with 130 when a command fails because it was interrupted', async (t) => {
  const { code, err } = await typed(commands, ['job', 'lost'], { interrupted: AbortSignal.abort() })
  t.strictSame({ code, err }, { code: 130, err: '' })
})

t.test('help goes to stdout when asked for, and to stderr with exit 2 when not', async (t) => {
  for (const words of [['--help'], ['-h'], ['help'], ['job', '--help'], ['fuse', '--help']]) {
    const { code, out, err } = await run(...words)
    t.strictSame({ code, err }, { code: 0, err: '' }, words.join(' '))
    t.match(out, /^usage: hypernet/)
  }
  for (const words of [[], ['job']]) {
    const { code, out, err } = await run(...words)
    t.strictSame({ code, out }, { code: 2, out: '' }, words.join(' '))
    t.match(err, /^usage: hypernet/)
  }
})

t.test('the help page shows usage, options, choices and an example', async (t) => {
  const { out } = await run('help', 'fuse')
  t.equal(
    out,
    `usage: hypernet fuse FILE [options]

Fuse a file.

Does what it says.

Options:
      --loss P      share of messages that are lost
  -g, --graph KIND  who hears whom: ring, grid
      --json        print one JSON document
  -h, --help        print this page

Example:
  hypernet fuse job.yaml --loss 0.3
`,
  )
})

t.test('colours an error on a terminal only', async (t) => {
  const { err } = await typed(commands, ['fuse'], { colour: true })
  t.ok(err.startsWith('\u001b[31mhypernet:\u001b[0m FILE is missing.'))
})
