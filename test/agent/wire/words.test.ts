import t from 'tap'
import * as z from 'zod/mini'
import { counted, either, gluedText, kindOf, shown, someOf } from '../../../agent/wire/words.ts'

t.test('a value is named as it was written, in one short line', (t) => {
  const cases: [unknown, string][] = [
    [undefined, 'nothing'],
    [null, 'nothing'],
    ['a', '"a"'],
    ['1', '"1"'],
    [1, '1'],
    [true, 'true'],
    [[1, 2], 'a list of 2'],
    [{ a: 1 }, 'a map'],
    ['a\nb', '"a\\nb"'],
  ]
  for (const [value, wanted] of cases) t.equal(shown(value), wanted)
  t.ok(shown('x'.repeat(10_000)).length < 70)
  t.end()
})

t.test('choices are listed as in a sentence', (t) => {
  t.equal(either([]), '')
  t.equal(either(['a']), 'a')
  t.equal(either(['a', 'b']), 'a or b')
  t.equal(either(['a', 'b', 'c']), 'a, b or c')
  t.end()
})

t.test('a schema is named by what a person would write', (t) => {
  const cases: [z.ZodMiniType, string][] = [
    [z.string(), 'text'],
    [z.optional(z.number()), 'a number'],
    [z.prefault(z.boolean(), true), 'true or false'],
    [z.pipe(z.string(), z.transform(Number)), 'text'],
    [z.array(z.string()), 'a list'],
    [z.record(z.string(), z.string()), 'a map'],
    [z.strictObject({ a: z.string(), b: z.string() }), 'a map with a, b'],
    [z.enum(['a', 'b']), '"a" or "b"'],
    [z.literal('a'), '"a"'],
    [z.discriminatedUnion('type', [z.strictObject({ type: z.literal('a') })]), 'a map with type'],
  ]
  for (const [schema, wanted] of cases) t.equal(kindOf(schema, ''), wanted)
  t.end()
})

t.test('of many names the first are told, and how many more there are', (t) => {
  t.equal(someOf([]), '')
  t.equal(someOf(['a', 'b']), 'a, b')
  t.equal(someOf(['a', 'b', 'c'], 3), 'a, b, c')
  t.equal(someOf(['a', 'b', 'c', 'd'], 3), 'a, b, c and 1 more')
  t.equal(someOf([...'abcdefgh']), 'a, b, c, d, e and 3 more')
  t.end()
})

t.test('a word with a colon in it is taken apart', (t) => {
  t.equal(gluedText('name:value'), 'no space behind "name:". Write "name: value".')
  for (const key of ['name', 'name:', ':value', '1:2', 'a b:c'])
    t.equal(gluedText(key), undefined, key)
  t.end()
})

t.test('one of a thing is told without an s, none and many with it', async (t) => {
  t.strictSame(
    [0, 1, 2].map((count) => counted(count, 'shard')),
    ['0 shards', '1 shard', '2 shards'],
  )
})
