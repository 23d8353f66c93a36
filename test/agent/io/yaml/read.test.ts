import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { readForeignYaml, readYaml, readYamlFiles } from '../../../../agent/io/yaml/read.ts'
import { formatMistake } from '../../../../agent/wire/mistake.ts'

const value = async (text: string): Promise<unknown> => {
  const { documents, mistakes } = await readYaml({ name: 'a.yaml', text })
  t.strictSame(mistakes, [], text)
  return documents[0]?.value
}

t.test('values are those of the core schema of YAML 1.2', async (t) => {
  // YAML 1.2.2 section 10.3.2; unlike YAML 1.1, yes, no, on and off are text.
  t.strictSame(await value('[1, -2, 1.5, 1e3, .5, true, null, ~, text, "1", yes, off, 12:30:45]'), [
    1,
    -2,
    1.5,
    1000,
    0.5,
    true,
    null,
    null,
    'text',
    '1',
    'yes',
    'off',
    '12:30:45',
  ])
  t.strictSame(await value('a: { b: [c] }\n? d\n: e\n'), { a: { b: ['c'] }, d: 'e' })
  t.strictSame(await value('a: >-\n  one\n  two\nb: |\n  three\n'), { a: 'one two', b: 'three\n' })
})

t.test('hexadecimal and octal numbers stay text: an address is no number', async (t) => {
  t.strictSame(await value('[0x52908400098527886e0f7030069857d2e4169ee7, 0x1F, 0o17]'), [
    '0x52908400098527886e0f7030069857d2e4169ee7',
    '0x1F',
    '0o17',
  ])
})

t.test('a key that objects inherit is a key like any other', async (t) => {
  const read = (await value('__proto__: { a: 1 }\nconstructor: 2\n')) as Record<string, unknown>
  t.strictSame(Object.keys(read), ['__proto__', 'constructor'])
  t.equal(Object.getPrototypeOf(read), Object.prototype)
})

t.test('every value and key has its place', async (t) => {
  const text = '# first\na:\n  b: [1, "two"]\n  c: { d: x }\n'
  const { documents } = await readYaml({ name: 'a.yaml', text })
  const document = documents[0]
  t.strictSame(document?.locate(['a', 'b', 1]), { line: 3, column: 10 })
  t.strictSame(document?.locate(['a', 'b'], 'key'), { line: 3, column: 3 })
  t.strictSame(document?.locate(['a', 'c', 'd']), { line: 4, column: 11 })
  t.strictSame(document?.locate(['a', 'missing', 3]), { line: 2, column: 1 }, 'the map around it')
  t.strictSame(document?.locate([]), { line: 2, column: 1 })
})

t.test('a character inside of a text has its place where the text is in one piece', async (t) => {
  const text = "a: log(x)\nb: \"log(x)\"\nc: 'it''s'\nd: >-\n  log\n  (x)\ne: one\n  two\n"
  const { documents } = await readYaml({ name: 'a.yaml', text })
  const inside = (key: string) => documents[0]?.locateInside([key], 3)
  t.strictSame(inside('a'), { line: 1, column: 7 })
  t.strictSame(inside('b'), { line: 2, column: 8 })
  for (const key of ['c', 'd', 'e', 'missing']) t.equal(inside(key), undefined, key)
})

t.test('a number is remembered as it was written', async (t) => {
  const { documents } = await readYaml({ name: 'a.yaml', text: '[007, 1.50, 8]' })
  t.equal(documents[0]?.writtenAt([0]), '007')
  t.equal(documents[0]?.writtenAt([1]), '1.50')
  t.equal(documents[0]?.writtenAt([2]), undefined)
})

t.test('several files cost one process and keep their order', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'hypernet-'))
  t.teardown(() => rm(dir, { recursive: true }))
  const path = join(dir, 'b.yaml')
  await writeFile(path, '\ufeffb: 2\r\n')
  const files = await readYamlFiles([
    { name: 'a.yaml', text: 'a: 1' },
    path,
    { name: 'c.yaml', text: 'c: [' },
    join(dir, 'none.yaml'),
    { name: 'e.yaml', text: 'e: 5\n---\nf: 6' },
  ])
  t.strictSame(
    files.map(({ documents }) => documents.map((document) => document.value)),
    [[{ a: 1 }], [{ b: 2 }], [], [], [{ e: 5 }, { f: 6 }]],
  )
  t.strictSame(
    files.flatMap(({ mistakes }) => mistakes.map(formatMistake)),
    [
      'c.yaml:1:4 the "[" opened here is never closed. Add the "]".',
      `${join(dir, 'none.yaml')} no such file. Check the path.`,
    ],
  )
})

t.test('no file, no process', async (t) => {
  t.strictSame(await readYamlFiles([]), [])
})

t.test('a file of exactly the limit is read, one byte more is not', async (t) => {
  const text = (size: number) => `a: 1\n#${' '.repeat(size - 7)}\n`
  t.strictSame((await readYaml({ name: 'a', text: text(65_536) })).mistakes, [])
  t.equal((await readYaml({ name: 'a', text: text(65_537) })).mistakes.length, 1)
})

t.test('as many values as the limit are read, one more is not', async (t) => {
  const list = (count: number) => `[${Array(count).fill('a').join(',')}]`
  t.strictSame((await readYaml({ name: 'a', text: list(1999) })).mistakes, [])
  const { mistakes } = await readYaml({ name: 'a', text: list(2000) })
  t.match(mistakes[0]?.text, 'found more than 2000 values')
})

t.test('what a file of another program has beside its values is marked', async (t) => {
  const text = 'a: !secret b\nc: &x [1, "on"]\nd: *x\nd: 1\ne: on\n'
  const { documents, mistakes, marks } = await readForeignYaml({ name: 'f', text })
  t.strictSame(mistakes, [])
  t.strictSame(documents[0]?.value, { a: 'b', c: [1, 'on'], d: 1, e: 'on' })
  t.strictSame(
    marks.map(({ path, tag, mistake: { line, column } }) => [path, tag, line, column]),
    [
      [['a'], '!secret', 1, 4],
      [['c'], undefined, 2, 4],
      [['d'], undefined, 3, 4],
      [['d'], undefined, 4, 1],
    ],
  )
  t.equal(documents[0]?.isPlainAt(['e']), true)
  t.equal(documents[0]?.isPlainAt(['c', 1]), false)
  t.equal(documents[0]?.isPlainAt(['f']), false)
})

t.test('mistakes of its syntax are told as ever', async (t) => {
  const read = (text: string) => readForeignYaml({ name: 'f', text })
  t.match(await read('a: [1\n'), { documents: [], marks: [], mistakes: [{ line: 1 }] })
  t.match(await read('a: "x\n'), { documents: [], marks: [], mistakes: [{ line: 1 }] })
  t.match(await read('a: !b 1\n---\nc: 1\n'), { documents: [], mistakes: [{ line: 1 }] })
  t.match(await read('# nothing\n'), { mistakes: [{ text: /the file holds nothing/ }] })
})
