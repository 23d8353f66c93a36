import t from 'tap'
import * as z from 'zod/mini'
import { fieldRows, jsonSchemaText } from '../../../agent/wire/fieldRows.ts'
import { field, notBuilt, whole } from '../../../agent/wire/notes.ts'
import { duration } from '../../../agent/wire/units.ts'

const Schema = z.strictObject({
  every: field(z.prefault(duration({ least: 1000 }), '10s'), 'How often.', { example: '1m' }),
  size: field(z.optional(duration({ least: 1, most: 60_000 })), 'How long.', { restart: false }),
  items: field(z.array(z.strictObject({ id: field(z.string(), 'Its name.') })), 'All of them.'),
  columns: field(
    z.prefault(z.record(z.string(), z.strictObject({ unit: z.string() })), {}),
    'By name.',
  ),
  count: field(whole({ least: 1, most: 3 }), 'How many.'),
  later: notBuilt('this is'),
})

t.test('each field has a row with its kind, range, default and meaning', (t) => {
  t.strictSame(
    fieldRows(Schema).map(({ path, kind, range, default: usual, restart }) => [
      path,
      kind,
      range,
      usual,
      restart,
    ]),
    [
      ['every', 'time', 'at least 1s', '10s', true],
      ['size', 'time', '1ms to 1m', '-', false],
      ['items', 'list', '', '', true],
      ['items[].id', 'text', '', '', true],
      ['columns', 'map', '', '-', true],
      ['columns.<name>.unit', 'text', '', '', true],
      ['count', 'whole number', '1 to 3', '', true],
    ],
  )
  t.match(fieldRows(Schema, 'spec')[0], {
    path: 'spec.every',
    description: 'How often.',
    example: '1m',
  })
  t.end()
})

t.test('the JSON Schema says what an editor can check', (t) => {
  const { properties, required, additionalProperties } = JSON.parse(
    jsonSchemaText(Schema, 'A file'),
  )
  t.strictSame(required, ['items', 'count'])
  t.equal(additionalProperties, false)
  t.strictSame(properties.count, {
    type: 'integer',
    minimum: 1,
    maximum: 3,
    description: 'How many. Range: a whole number 1 to 3.',
  })
  t.match(properties.every, {
    type: 'string',
    default: '10s',
    description: /^How often\..*Example: 1m$/,
  })
  t.ok(new RegExp(properties.every.pattern).test('1h30m'))
  t.notOk(new RegExp(properties.every.pattern).test('10'))
  t.strictSame(properties.later, { not: {} })
  t.end()
})
