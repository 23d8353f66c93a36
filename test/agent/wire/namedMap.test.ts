import t from 'tap'
import * as z from 'zod/mini'
import { LABEL_PATTERN, sensorField } from '../../../agent/wire/commonFields.ts'
import { namedMap } from '../../../agent/wire/namedMap.ts'
import { word } from '../../../agent/wire/notes.ts'
import { checkValue } from '../../../agent/wire/problems.ts'

/** As JSON.parse and the YAML reader make it: a key of its own, not the prototype. */
const withProto = (value: unknown, more: object = {}): object =>
  Object.defineProperty({ ...more }, '__proto__', { value, enumerable: true })

const labels = namedMap(word(LABEL_PATTERN, 'a label'), z.string())

t.test('a map of names is taken as it stands', async (t) => {
  t.strictSame(checkValue(labels, { site: 'a', constructor: 'b' }), {
    value: { site: 'a', constructor: 'b' },
    problems: [],
  })
  t.match(checkValue(labels, ['a']).problems, [{ text: /wanted a map/ }])
  t.match(checkValue(labels, null).problems, [{ text: /wanted a map/ }])
})

t.test('the name __proto__ is refused beside what else is wrong, never dropped', async (t) => {
  t.strictSame(checkValue(labels, withProto('b', { site: 1 })).problems, [
    { path: ['site'], part: 'value', text: 'found 1, wanted text. Put it in quotes: "1".' },
    { path: ['__proto__'], part: 'key', text: 'a name may not be "__proto__". Choose another.' },
  ])
  t.equal(labels.safeParse(JSON.parse('{"__proto__":"b"}')).success, false)
})

t.test('it stays refused where a check or a default is added to the map', async (t) => {
  for (const schema of [
    labels.check(z.refine(() => true)),
    z.prefault(labels, {}),
    z.optional(labels),
    namedMap(sensorField('x'), z.string()),
  ])
    t.match(checkValue(schema, withProto('b')).problems, [{ path: ['__proto__'], part: 'key' }])
})
