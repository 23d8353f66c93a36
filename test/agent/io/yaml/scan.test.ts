import fc from 'fast-check'
import t from 'tap'
import { scanYaml } from '../../../../agent/io/yaml/scan.ts'

const places = (text: string): string[] =>
  scanYaml(text).map(({ line, column, text }) => `${line}:${column} ${text.split('.')[0]}`)

t.test('good YAML brings nothing', (t) => {
  for (const text of [
    '',
    'a: 1\nb: [1, 2]\nc: { d: e }\n',
    "a: it's\nb: don't # it's\nc: 'it''s'\nd: \"a \\\" b\"\n",
    'a: x[1\nb: y}z\n', // brackets inside of words are letters outside of brackets
    '# [[[ "\na: 1 # {{{ "\n',
    'a: |\n  [[["\n\t{ “\n  done\nb: >-\n  "x\n',
    'a: [\n  1,\n  2,\n]\n',
    '- - 1\n  - 2\n- 3\n',
    '---\na: 1\n...\n---\nb: 2\n',
    'a:\n\n\t\n  b: 1\n',
    'a: —\n'.replace('—', 'x–y'),
    'url: mqtt://a:1883\n',
  ])
    t.strictSame(places(text), [], JSON.stringify(text))
  t.end()
})

t.test('what word processors leave behind is found where it stands', (t) => {
  t.strictSame(places('a:\n\tb: 1'), ['2:1 tab in the indentation'])
  t.strictSame(places('a:\n  \tb: 1'), ['2:3 tab in the indentation'])
  t.strictSame(places('a: “b”'), ['1:4 found "“" (U+201C), which only looks like \'"\''])
  t.strictSame(places('– a'), ['1:1 found "–" (U+2013), which only looks like "-"'])
  t.strictSame(places('a:\u00a0b'), ['1:3 a no-break space (U+00A0)'])
  t.strictSame(places('a: b\ufeff'), ['1:5 a byte order mark inside the text (U+FEFF)'])
  t.strictSame(places('a: 1\rb: 2'), ['1:5 a carriage return without a line feed (U+000D)'])
  t.strictSame(places('a: \u0000'), ['1:4 a control character (U+0000)'])
  t.end()
})

t.test('what is opened and not closed is told at its beginning', (t) => {
  t.strictSame(places('a: "b\nc: d'), ["1:4 the quote '\"' opened here is not closed on this line"])
  t.strictSame(places("a: [1, 'b]"), [
    '1:8 the quote "\'" opened here is not closed on this line',
    '1:4 the "[" opened here is never closed',
  ])
  t.strictSame(places('a: {\n  b: [1, 2\n}'), ['1:4 the "{" opened here is never closed'])
  t.end()
})

t.test('nesting is counted over lists, maps and brackets', (t) => {
  const stairs = (count: number) =>
    Array.from({ length: count }, (_, i) => `${' '.repeat(i)}a:`).join('\n')
  t.strictSame(places(stairs(32)), [])
  t.match(places(stairs(33)), ['33:33 nested more than 32 levels deep'])
  t.strictSame(places(`${'['.repeat(31)}${']'.repeat(31)}`), [])
  t.match(places(`${'['.repeat(33)}${']'.repeat(33)}`), ['1:32 nested more than 32 levels deep'])
  t.match(places(`${stairs(30)} [[[]]]`), ['30:35 nested more than 32 levels deep'])
  t.end()
})

t.test('time grows with the length of the text and not with its square', (t) => {
  // Sixteen times what a file may have: the square of that would not end before the deadline.
  const length = 16 * 65_536
  for (const piece of [
    '[',
    '- ',
    '"',
    "'",
    'a: ',
    '{a: ',
    '“',
    '\t',
    'a\n',
    ', ',
    ': ',
    ' #',
    '| ',
    '\\',
    ']',
  ])
    t.ok(scanYaml(piece.repeat(Math.floor(length / piece.length))), JSON.stringify(piece))
  t.end()
})

t.test('any text brings places inside of it', (t) => {
  const pieces = [
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    ':',
    ' ',
    '\n',
    '\r',
    '- ',
    '#',
    '|',
    '\t',
    'a',
    '\\',
    '“',
    '\u00a0',
    '---',
  ]
  const seed = 11
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 60 }), (list) => {
      const text = list.join('')
      const lines = text.split(/\r?\n/)
      return scanYaml(text).every(
        ({ line, column }) => line >= 1 && column >= 1 && column <= (lines[line - 1] ?? '').length,
      )
    }),
    { numRuns: 3000, seed },
  )
  t.pass(`seed ${seed}`)
  t.end()
})
