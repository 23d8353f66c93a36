import t from 'tap'
import {
  formatMistake,
  formatMistakeWithSource,
  type Mistake,
  pathText,
  showable,
  sortMistakes,
} from '../../../agent/wire/mistake.ts'

const mistake: Mistake = {
  file: 'job.yaml',
  line: 14,
  column: 9,
  path: 'spec.model.prior',
  text: 'found 1, wanted 0 < p < 1.',
  source: '  prior: 1',
}

t.test('a mistake is one line that editors can jump to', (t) => {
  t.equal(formatMistake(mistake), 'job.yaml:14:9 spec.model.prior: found 1, wanted 0 < p < 1.')
  t.equal(
    formatMistake({ ...mistake, path: '' }),
    'job.yaml:14:9 found 1, wanted 0 < p < 1.',
    'without a path where the text has no structure',
  )
  t.equal(
    formatMistake({ ...mistake, line: 0, path: '', text: 'no such file.' }),
    'job.yaml no such file.',
    'without a place where the file as a whole is wrong',
  )
  t.end()
})

t.test('on a terminal the line of the file stands below, marked', (t) => {
  t.equal(
    formatMistakeWithSource(mistake),
    `${formatMistake(mistake)}\n   14 |   prior: 1\n      |         ^`,
  )
  t.equal(
    formatMistakeWithSource({ ...mistake, line: 0 }),
    'job.yaml spec.model.prior: found 1, wanted 0 < p < 1.',
  )
  t.end()
})

t.test('a long line is cut around the mark, which stays under its character', (t) => {
  const source = `${'a'.repeat(200)}!${'b'.repeat(200)}`
  const [, shown = '', mark = ''] = formatMistakeWithSource({
    ...mistake,
    column: 201,
    source,
  }).split('\n')
  t.ok(shown.length < 110)
  t.equal(shown[mark.indexOf('^')], '!')
  t.end()
})

t.test('control characters of a file do not reach the terminal', (t) => {
  const odd = '\u001b[31m\u202e\u009b\r'
  const text = formatMistakeWithSource({
    ...mistake,
    file: `a${odd}.yaml`,
    text: `no "${odd}".`,
    source: `  pr${odd}ior: 1`,
  })
  t.match(text, /^a\\u001b\[31m\\u202e\\u009b\\r\.yaml:14:9 /)
  t.notMatch(text.replaceAll('\n', ''), /\p{Cc}|\p{Bidi_Control}/u)
  t.equal(text.split('\n').length, 3, 'a line, its source and the mark')
  t.end()
})

t.test('a mistake is no longer than what anybody reads', (t) => {
  t.equal(formatMistake({ ...mistake, text: 'x'.repeat(100_000) }).length, 1001)
  t.end()
})

t.test('a line with a secret is not shown', (t) => {
  t.strictSame(showable('labels: { a: b }'), { source: 'labels: { a: b }' })
  for (const line of ['password: x', 'broker: { url: "mqtt://a:b@c" }', 'apiToken: x', undefined])
    t.equal(showable(line), undefined, String(line))
  t.end()
})

t.test('a path names indices in brackets and odd keys in quotes', (t) => {
  t.equal(pathText(['spec', 'model', 'terms', 2]), 'spec.model.terms[2]')
  t.equal(pathText(['labels', 'a b']), 'labels["a b"]')
  t.equal(pathText([]), '')
  t.equal(pathText(['labels', 'a\nb"\u001b\u202e']), 'labels["a\\nb\\"\\u001b\\u202e"]')
  t.equal(pathText(['k'.repeat(1000)]), `["${'k'.repeat(60)}…"]`)
  t.end()
})

t.test('mistakes come in the order of the file, each once, and not without end', (t) => {
  const at = (line: number, column: number): Mistake => ({ ...mistake, line, column })
  const sorted = sortMistakes([at(3, 1), at(1, 5), at(1, 2), at(3, 1)])
  t.strictSame(
    sorted.map(({ line, column }) => [line, column]),
    [
      [1, 2],
      [1, 5],
      [3, 1],
    ],
  )
  const many = sortMistakes(Array.from({ length: 60 }, (_, i) => at(i + 1, 1)))
  t.equal(many.length, 51)
  t.equal(many.at(-1)?.text, '10 more mistakes are not shown; mend these first.')
  t.end()
})
