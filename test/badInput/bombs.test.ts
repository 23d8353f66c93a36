import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parseApart } from '../../agent/io/yaml/apart.ts'
import { readYaml } from '../../agent/io/yaml/read.ts'
import { formatMistake } from '../../agent/wire/mistake.ts'
import { expressionProblems } from '../../controller/core/expressionProblems.ts'
import { readJobs } from '../../controller/io/jobFiles.ts'
import { badFiles } from './table.ts'

const { good } = badFiles('job')

/** Nine lists of nine lists of nine ...: 4 KB that stand for 10^9 values ("billion laughs"). */
const ALIASES = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
  .concat(Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`)}]`))
  .join('\n')

/** Text, the first line that must come back, and whether it may take the parser's process. */
const BOMBS: readonly [title: string, text: string, line: string][] = [
  [
    '10 KB of [',
    '['.repeat(10_000),
    'job.yaml:1:32 nested more than 32 levels deep, wanted at most 32. Remove levels.',
  ],
  [
    '10 KB of {',
    '{'.repeat(10_000),
    'job.yaml:1:32 nested more than 32 levels deep, wanted at most 32. Remove levels.',
  ],
  [
    'deep brackets behind a key',
    `a: ${'[{a: '.repeat(5000)}`,
    'job.yaml:1:80 nested more than 32 levels deep, wanted at most 32. Remove levels.',
  ],
  [
    'lists of lists on one line',
    `${'- '.repeat(20_000)}a`,
    'job.yaml:1:67 nested more than 32 levels deep, wanted at most 32. Remove levels.',
  ],
  [
    'a staircase of 300 levels',
    Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    'job.yaml:33:33 nested more than 32 levels deep, wanted at most 32. Remove levels.',
  ],
  [
    'an alias bomb',
    ALIASES,
    'job.yaml:1:5 a0: found the anchor "&a0". Anchors are not taken; write the value out where it is needed.',
  ],
  [
    'eight thousand keys',
    Array.from({ length: 8000 }, (_, i) => `k${i}:`).join('\n'),
    'job.yaml:1:1 found more than 2000 values, wanted at most 2000. Split the file.',
  ],
  [
    'a megabyte',
    '# '.repeat(500_000),
    'job.yaml found 1000000 bytes, wanted at most 65536 (64KiB). Split it into several files.',
  ],
  [
    '10 KB of *',
    `a: ${'*'.repeat(10_000)}`,
    `job.yaml:1:4 a: found the alias "${'*'.repeat(60)}…". Aliases are not taken; write the value out, or put a text that begins with * in quotes.`,
  ],
  [
    '10 KB of &',
    `a: ${'&'.repeat(10_000)} b`,
    `job.yaml:1:4 a: found the anchor "${'&'.repeat(60)}…". Anchors are not taken; write the value out where it is needed.`,
  ],
  [
    'a number of 10 KB',
    `a: ${'9'.repeat(10_000)}`,
    `job.yaml:1:4 a: found ${'9'.repeat(60)}…, wanted a finite number of at most 1.7e308.`,
  ],
  [
    'a key that is a screen of its own',
    '? "a\\nb: c\\u001b[2J\\u202e"\n: 1\n"a\\nb: c\\u001b[2J\\u202e": 2',
    'job.yaml:3:1 ["a\\nb: c\\u001b[2J\\u202e"]: the key "a\\nb: c\\u001b[2J\\u202e" stands twice, first in line 1. Keep one of them.',
  ],
  [
    'a key of 60 KB',
    `${'k'.repeat(60_000)}: 1`,
    'job.yaml:1:1 a key of more than 1024 characters. Is a quote or a colon missing?',
  ],
]

for (const [title, text, line] of BOMBS) {
  t.test(`${title} ends in a clear line within two seconds`, async (t) => {
    const start = performance.now()
    const { documents, mistakes } = await readYaml({ name: 'job.yaml', text })
    const seconds = (performance.now() - start) / 1000
    t.strictSame(documents, [])
    t.equal(mistakes[0] && formatMistake(mistakes[0]), line)
    t.ok(seconds < 2, `${seconds} s`)
    t.ok(
      mistakes.every((mistake) => formatMistake(mistake).length < 400),
      'short lines',
    )
  })
}

t.test('what kills the parser costs one process, and the texts beside it are read', async (t) => {
  // Ten million values: more memory or time than the process has. readYaml would have refused the size.
  const large = '- [a, a, a, a]\n'.repeat(2_000_000)
  const results = await parseApart(['a: 1', large, 'b: 2'])
  t.strictSame(
    results.map(({ documents, problems }) => [documents.length, problems[0]?.code]),
    [
      [1, undefined],
      [0, 'CRASHED'],
      [1, undefined],
    ],
  )
})

t.test('nesting that reaches the parser is a mistake too', async (t) => {
  const [result] = await parseApart([`a: ${'['.repeat(5000)}`])
  t.equal(result?.problems[0]?.code, 'RESOURCE_EXHAUSTION')
})

t.test('a parser that does not start is a mistake and no exception', async (t) => {
  const path = process.execPath
  t.teardown(() => {
    process.execPath = path
  })
  process.execPath = join(tmpdir(), 'there-is-no-such-program')
  const { mistakes } = await readYaml({ name: 'job.yaml', text: good })
  t.match(mistakes[0]?.text, /^the YAML parser \(child\.mjs\) did not start: .*ENOENT/)
})

t.test('a good file is read after all of them', async (t) => {
  const { mistakes } = await readJobs([{ name: 'job.yaml', text: good }], expressionProblems)
  t.strictSame(mistakes, [])
})

t.test('files that are no text are refused by name', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'hypernet-'))
  t.teardown(() => rm(dir, { recursive: true }))
  const line = async (name: string, content?: Uint8Array): Promise<string> => {
    const path = join(dir, name)
    if (content) await writeFile(path, content)
    const { mistakes } = await readYaml(path)
    return mistakes.map(formatMistake).join('\n').replace(`${dir}/`, '')
  }
  t.equal(await line('none.yaml'), 'none.yaml no such file. Check the path.')
  t.equal(await line('.'), `${join(dir, '.')} this is a folder, wanted a file.`)
  t.equal(
    await line('utf16.yaml', Buffer.from('\ufeffa: 1', 'utf16le')),
    'utf16.yaml this file is in UTF-16, wanted UTF-8. Save it as UTF-8.',
  )
  t.equal(
    await line('latin1.yaml', Buffer.from('# 1\n# caf\u00e9\n', 'latin1')),
    'latin1.yaml line 2 is not UTF-8. Save the file as UTF-8.',
  )
  t.equal(
    await line('large.yaml', Buffer.alloc(70_000, ' ')),
    'large.yaml found 70000 bytes, wanted at most 65536 (64KiB). Split it into several files.',
  )
  t.equal(
    await line('empty.yaml', Buffer.from('')),
    'empty.yaml the file is empty. "hypernet init" writes examples to start from.',
  )
  t.equal(
    await line('comments.yaml', Buffer.from('# nothing\n---\n')),
    'comments.yaml the file holds nothing but comments. "hypernet init" writes examples to start from.',
  )
})
