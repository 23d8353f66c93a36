import t from 'tap'
import * as z from 'zod/mini'
import {
  choice,
  field,
  isRefused,
  NOTES,
  notBuilt,
  real,
  whole,
  word,
} from '../../../agent/wire/notes.ts'
import { checkValue } from '../../../agent/wire/problems.ts'

const problem = (schema: z.ZodMiniType, value: unknown): string | undefined =>
  checkValue(schema, value).problems[0]?.text

t.test('a number lies within its bounds, which belong to it unless it is open', (t) => {
  const closed = real({ least: 0, most: 1 })
  for (const value of [0, 0.5, 1]) t.equal(problem(closed, value), undefined, String(value))
  t.equal(problem(closed, 1.1), 'found 1.1, wanted 0 to 1.')
  const open = real({ least: 0, most: 1, open: true })
  t.equal(problem(open, 0.5), undefined)
  for (const value of [0, 1]) t.equal(problem(open, value), `found ${value}, wanted 0 < value < 1.`)
  t.equal(problem(real({ least: 0, open: true }), 0), 'found 0, wanted more than 0.')
  t.equal(problem(real(), -1e300), undefined)
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
    t.type(problem(real(), value), 'string', String(value))
  t.end()
})

t.test('a whole number is whole', (t) => {
  t.equal(problem(whole(), 0), undefined)
  t.equal(problem(whole(), 1.5), 'found 1.5, wanted a whole number 0 or more.')
  t.equal(problem(whole({ least: 1, most: 3 }), 4), 'found 4, wanted a whole number 1 to 3.')
  t.equal(problem(whole(), 2 ** 53), 'found 9007199254740992, wanted a whole number 0 or more.')
  t.end()
})

t.test('a word has its form, and a choice its words', (t) => {
  t.equal(problem(word(/^[a-z]+$/, 'small letters'), 'a1'), 'found "a1", wanted small letters.')
  t.equal(problem(choice(['a', 'b']), 'a'), undefined)
  t.equal(
    problem(choice(['auto', 'flood'], ['tree']), 'tree'),
    'found "tree", which is not built yet, wanted "auto" or "flood".',
  )
  t.equal(
    problem(choice(['auto', 'flood']), 'flod'),
    'found "flod", wanted "auto" or "flood". Did you mean "flood"?',
  )
  t.end()
})

t.test('what is not built is refused whatever its value, and may be absent', (t) => {
  const schema = z.strictObject({ market: notBuilt('paid jobs are') })
  t.equal(problem(schema, {}), undefined)
  for (const value of [null, {}, 'a', 0, false])
    t.equal(problem(schema, { market: value }), 'paid jobs are not built yet. Remove this key.')
  t.ok(isRefused(notBuilt('this is')))
  t.notOk(isRefused(z.optional(z.string())))
  t.end()
})

t.test('a description is added to what a field says of itself', (t) => {
  const schema = field(whole({ least: 1, most: 3 }), 'How many.', { example: '2' })
  t.strictSame(NOTES.get(schema), {
    range: 'a whole number 1 to 3',
    kind: 'whole number',
    json: { type: 'integer', minimum: 1, maximum: 3 },
    description: 'How many.',
    example: '2',
  })
  t.end()
})
