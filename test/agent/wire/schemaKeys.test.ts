import t from 'tap'
import * as z from 'zod/mini'
import { notBuilt } from '../../../agent/wire/notes.ts'
import { defOf, homeOf, innermost } from '../../../agent/wire/schemaKeys.ts'

const Schema = z.strictObject({
  name: z.string(),
  spec: z.prefault(
    z.strictObject({
      model: z.discriminatedUnion('type', [
        z.strictObject({ type: z.literal('a'), terms: z.array(z.string()), unit: z.string() }),
        z.strictObject({ type: z.literal('b'), prior: z.number() }),
      ]),
      sensors: z.optional(z.array(z.strictObject({ id: z.string(), unit: z.string() }))),
      market: notBuilt('it is'),
    }),
    {} as never,
  ),
})

t.test('a key is found in maps, lists and alternatives', (t) => {
  t.equal(homeOf(Schema, 'name'), '', 'the top')
  t.equal(homeOf(Schema, 'model'), 'spec')
  t.equal(homeOf(Schema, 'terms'), 'spec.model')
  t.equal(homeOf(Schema, 'prior'), 'spec.model')
  t.equal(homeOf(Schema, 'id'), 'spec.sensors[]')
  t.end()
})

t.test('a key with several homes, none, or one that is not built has none', (t) => {
  for (const key of ['unit', 'nothing', 'market', 'constructor'])
    t.equal(homeOf(Schema, key), undefined, key)
  t.end()
})

t.test('wrappers are taken off', (t) => {
  const inner = z.string()
  const wrapped = z.optional(z.prefault(z.pipe(inner, z.transform(Number)), '1'))
  t.equal(innermost(wrapped), inner)
  t.equal(defOf(inner).type, 'string')
  t.end()
})
