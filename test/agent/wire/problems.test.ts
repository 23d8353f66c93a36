import t from 'tap'
import * as z from 'zod/mini'
import {
  choice,
  crossIssue,
  field,
  notBuilt,
  real,
  whole,
  word,
} from '../../../agent/wire/notes.ts'
import { checkValue } from '../../../agent/wire/problems.ts'

const point = z.strictObject({
  kind: z.literal('point'),
  x: real({ least: 0, most: 10 }),
  color: z.optional(choice(['red', 'green'], ['blue'])),
  name: field(word(/^[a-z]+$/, 'small letters'), 'Name of the point.'),
})
const line = z.strictObject({ kind: z.literal('line'), length: whole({ least: 1, most: 5 }) })
const Drawing = z
  .strictObject({
    shape: z.discriminatedUnion('kind', [point, line]),
    tags: z.optional(z.array(z.string())),
    size: z.optional(z.union([z.literal('auto'), z.strictObject({ width: whole() })])),
    fill: notBuilt('filling is'),
  })
  .check(
    z.check(({ value, issues }) => {
      if (value.tags === undefined) issues.push(crossIssue(['tags'], 'missing.', value))
    }),
  )
const good = { shape: { kind: 'point', x: 1, name: 'a' }, tags: [] }

const lines = (value: unknown): string[] =>
  checkValue(Drawing, value).problems.map(
    ({ path, part, text }) => `${part} ${path.join('.')}: ${text}`,
  )

t.test('a good value is given back', (t) => {
  t.strictSame(checkValue(Drawing, good), { value: good, problems: [] })
  t.end()
})

t.test('every problem comes at once', (t) => {
  t.strictSame(
    lines({ shape: { kind: 'point', x: 11, color: 'rot' }, tags: 'a', fill: 'red', sise: 'auto' }),
    [
      'value shape.x: found 11, wanted 0 to 10.',
      'value shape.color: found "rot", wanted "red" or "green".',
      'value shape.name: missing, wanted text (small letters). Name of the point.',
      'value tags: found "a", wanted a list. Put [ ] around it.',
      'key fill: filling is not built yet. Remove this key.',
      'key sise: unknown key. Did you mean "size"?',
    ],
  )
  t.end()
})

t.test('a key that is missing because it was misspelled is one problem', (t) => {
  t.strictSame(lines({ shape: { kind: 'line', lenght: 3 }, tags: [] }), [
    'key shape.lenght: unknown key. Did you mean "length"?',
  ])
  t.strictSame(
    lines({ shape: { kind: 'line', length: 3 }, tagz: [] }),
    ['key tagz: unknown key. Did you mean "tags"?'],
    'and what compares fields is not told then',
  )
  t.end()
})

t.test('a key in the wrong map is told where it belongs', (t) => {
  t.strictSame(lines({ ...good, length: 3 }), [
    'key length: "length" does not belong here, but under shape. Check the indentation.',
  ])
  t.strictSame(lines({ shape: { ...good.shape, tags: [] }, tags: [] }), [
    'key shape.tags: "tags" does not belong here, but at the top, not indented. Check the indentation.',
  ])
  const two = z.strictObject({
    window: z.strictObject({ size: z.optional(z.number()) }),
    vector: z.strictObject({ length: z.number() }),
  })
  const { problems } = checkValue(two, { window: { length: 3 }, vector: { length: 3 } })
  t.match(problems, [{ text: 'unknown key. Here it is called "size".' }])
  t.end()
})

t.test('a value of several kinds is judged by the kind that it is of', (t) => {
  t.strictSame(lines({ ...good, size: { width: -1 } }), [
    'value size.width: found -1, wanted a whole number 0 or more.',
  ])
  t.strictSame(lines({ ...good, size: 7 }), [
    'value size: found 7, wanted "auto" or a map with width.',
  ])
  t.end()
})

t.test('the type of an alternative is corrected first', (t) => {
  t.strictSame(lines({ shape: { kind: 'pont' }, tags: [] }), [
    'value shape.kind: found "pont", wanted "point" or "line". Did you mean "point"?',
  ])
  t.strictSame(lines({ shape: {}, tags: [] }), [
    'value shape.kind: missing, wanted "point" or "line".',
  ])
  t.strictSame(lines({ shape: 'point', tags: [] }), [
    'value shape: found "point", wanted a map with kind.',
  ])
  t.end()
})

t.test('a word that is not built yet is told so', (t) => {
  t.strictSame(lines({ ...good, shape: { ...good.shape, color: 'blue' } }), [
    'value shape.color: found "blue", which is not built yet, wanted "red" or "green".',
  ])
  t.end()
})

t.test('numbers as text and text as numbers are told how to write', (t) => {
  t.strictSame(lines({ ...good, shape: { ...good.shape, x: '5' } }), [
    'value shape.x: found "5", which is text, wanted a number. Remove the quotes.',
  ])
  t.strictSame(lines({ ...good, tags: [5, true, null, {}] }), [
    'value tags.0: found 5, wanted text. Put it in quotes: "5".',
    'value tags.1: found true, wanted text. Put it in quotes: "true".',
    'value tags.2: found nothing, wanted text.',
    'value tags.3: found a map, wanted text.',
  ])
  t.end()
})

t.test('words glued to a colon and numbers with a comma are told so', (t) => {
  t.strictSame(lines({ shape: { kind: 'line', 'length:3': null }, tags: [] }), [
    'key shape.length:3: no space behind "length:". Write "length: 3".',
  ])
  t.strictSame(lines({ shape: { ...good.shape, 5: null }, tags: [] }), [
    'key shape.5: found the number 5 as a key. A decimal number has a point, not a comma.',
  ])
  t.end()
})

t.test('long and hostile texts are cut and quoted', (t) => {
  const [found = ''] = lines({
    ...good,
    shape: { ...good.shape, name: `A\u001b${'x'.repeat(1000)}` },
  })
  t.ok(found.length < 140)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  t.notMatch(found, /\u001b/)
  t.end()
})
