import t from 'tap'
import * as z from 'zod/mini'
import { randomStream } from '../../../agent/math/random.ts'
import { decode, encode } from '../../../agent/wire/cbor.ts'
import { bytes, float64s, integer, matching, text, uint } from '../../../agent/wire/fields.ts'
import { fromMap, record, recordOf, toMap } from '../../../agent/wire/record.ts'
import { boundsOf, SAMPLES } from '../../../docs/generator/samples.ts'
import { nextCase } from '../../fuzz/mutate.ts'

const Inner = record('inner', { name: [1, text(3)], list: [2, z.optional(z.array(uint))] })
const Outer = record('outer', {
  kind: [0, z.enum(['a', 'b'])],
  inner: [1, Inner.schema],
  inners: [2, z.optional(z.array(Inner.schema).check(z.minLength(1), z.maxLength(2)))],
  pairs: [3, z.optional(z.array(z.tuple([text(2), uint])))],
  weight: [4, z.optional(float64s(2))],
  id: [5, z.optional(matching<string>(/^[a-z]{2}$/))],
  hash: [6, z.optional(bytes(2))],
  step: [7, z.optional(integer(-2, 2))],
})
const inner = (name: string) => new Map<number, unknown>([[1, name]])
const outer = (...more: [number, unknown][]) =>
  new Map<number, unknown>([[0, 'a'], [1, inner('x')], ...more])
const read = (value: unknown) => fromMap(Outer, value)
const wrong = (message: RegExp) => ({ name: 'HypernetError', code: 'BAD_MESSAGE', message })

t.test('turns a map into an object with names and back', async (t) => {
  const map = outer(
    [2, [inner('y'), new Map<number, unknown>([...inner('z'), [2, [1, 2]]])]],
    [3, [['p', 1]]],
    [4, new Float64Array([1, 2])],
    [5, 'ab'],
    [6, new Uint8Array(2)],
    [7, -2],
  )
  const object = read(map)
  t.strictSame(object, {
    kind: 'a',
    inner: { name: 'x' },
    inners: [{ name: 'y' }, { name: 'z', list: [1, 2] }],
    pairs: [['p', 1]],
    weight: new Float64Array([1, 2]),
    id: 'ab',
    hash: new Uint8Array(2),
    step: -2,
  })
  t.strictSame(toMap(Outer, object), map)
  t.strictSame([...toMap(Outer, object).keys()], [0, 1, 2, 3, 4, 5, 6, 7], 'keys ascend')
})

t.test('leaves absent fields out, also those that are given as undefined', async (t) => {
  const value = { kind: 'a', inner: { name: 'x' }, id: undefined } as never // what a spread of options can make
  t.strictSame(toMap(Outer, value), outer())
})

t.test('M13: refuses a whole record for one field, and names the path', async (t) => {
  t.throws(() => read([]), wrong(/^outer: wanted a map$/))
  t.throws(() => read(outer([9, 1])), wrong(/^outer: unknown key 9$/))
  t.throws(() => read(new Map([[0, 'a']])), wrong(/^outer\.inner: /))
  t.throws(() => read(outer([0, 'c'])), wrong(/^outer\.kind: /))
  t.throws(() => read(outer([1, inner('long')])), wrong(/^outer\.inner\.name: wanted tstr/))
  t.throws(() => read(outer([1, 3])), wrong(/^outer\.inner: wanted a map/))
  t.throws(() => read(outer([2, []])), wrong(/^outer\.inners: /))
  t.throws(() => read(outer([2, [inner('a'), inner('b'), inner('c')]])), wrong(/^outer\.inners: /))
  t.throws(() => read(outer([2, [inner('a'), 1]])), wrong(/^outer\.inners\.1: wanted a map/))
  t.throws(() => read(outer([2, 'a'])), wrong(/^outer\.inners: /))
  t.throws(() => read(outer([3, [['p']]])), wrong(/^outer\.pairs\.0/))
  t.throws(() => read(outer([4, new Float64Array(1)])), wrong(/^outer\.weight: wanted #6\.86/))
  t.throws(() => read(outer([5, 'AB'])), wrong(/^outer\.id: wanted tstr \.regexp "\[a-z\]\{2\}"/))
  t.throws(() => read(outer([6, new Uint8Array(3)])), wrong(/^outer\.hash: wanted bstr \.size 2/))
  t.throws(() => read(outer([7, 3])), wrong(/^outer\.step: wanted -2\.\.2/))
  t.throws(() => read(outer([7, 0.5])), wrong(/^outer\.step: /))
  t.throws(() => read(outer([8, undefined])), wrong(/unknown key 8/))
})

t.test('finds the record that a schema stands for', async (t) => {
  t.equal(recordOf(Inner.schema)?.name, 'inner')
  t.equal(recordOf(uint), undefined)
})

t.test('reads and writes by a description that was not made by record()', async (t) => {
  const copy = { name: 'copy', fields: Inner.fields, schema: z.pipe(Inner.schema, z.any()) }
  t.strictSame(fromMap(copy, inner('x')), { name: 'x' })
  t.strictSame(toMap(copy, { name: 'x' }), inner('x'))
})

t.test('the quick reader takes exactly what the zod schema takes', async (t) => {
  const random = randomStream(11)
  let taken = 0
  for (let i = 0; i < 20_000; i++) {
    const { type, bytes } = nextCase(random)
    let value: unknown
    try {
      value = decode(bytes, boundsOf(type))
    } catch {
      continue // outside the CBOR profile: no reader sees it
    }
    const byZod = z.safeParse(type.schema, value)
    let quick: unknown
    try {
      quick = fromMap(type, value)
    } catch {
      quick = undefined
    }
    if (!byZod.success) t.equal(quick, undefined, 'both refuse')
    else if (++taken) t.strictSame(quick, byZod.data)
  }
  t.ok(taken > 100, `${taken} records were taken`)
})

t.test('reads each example as zod does', async (t) => {
  for (const { name, type, value } of SAMPLES) {
    const map = decode(encode(toMap(type, value) as never, boundsOf(type)), boundsOf(type)) // a record's fields are CBOR values
    t.strictSame(fromMap(type, map), z.parse(type.schema, map), name)
  }
})
