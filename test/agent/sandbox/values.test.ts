import t from 'tap'
import { interpreter } from '../../../agent/io/programs/interpreterFile.ts'
import { write } from '../../../agent/sandbox/interpreter.ts'
import { Values } from '../../../agent/sandbox/values.ts'

/** What `read` makes of the value of a script. */
function read<T>(script: string, make: (values: Values, handle: number) => T): T {
  return interpreter().run(
    10_000_000,
    (x) => {
      const { address, length } = write(x, script)
      const values = new Values(x)
      return make(
        values,
        values.checked(x.qjs_eval(address, length, write(x, 'program').address, 0)),
      )
    },
    () => () => 0,
  )
}
const json = (script: string) => read(script, (values, of) => values.json(of))
const kind = (script: string) => read(script, (values, of) => values.kind(of))

t.test('plain JSON comes out as it is', async (t) => {
  const text =
    '{"a":[1,-2.5,1e300,"x\\u20ac\\ud83d\\ude00\\u0000"],"b":{"c":null,"d":[true,false,[],{}]}}'
  t.equal(JSON.stringify(json(`(${text})`)), JSON.stringify(JSON.parse(text)))
  t.equal(
    JSON.stringify(json('({ z: new Float32Array([0.5, 1]), y: undefined })')),
    '{"z":[0.5,1]}',
  )
})

t.test('a mistake in a result is told with its place', async (t) => {
  t.throws(() => json('({ a: [1, { b: NaN }] })'), {
    code: 'PROGRAM_OUTPUT',
    message: 'result.a[1].b: wanted a finite number, found NaN',
  })
  t.throws(() => json('({ a: new Map() })'), {
    message: 'result.a: wanted plain JSON, found a Map',
  })
  t.throws(() => json('7'), { message: /a result that is an object, found a number/ })
})

t.test('a result may take 16 KiB and 32 levels, and no more', async (t) => {
  const room = 16 * 1024 - '{"a":""}'.length
  t.ok(json(`({ a: "x".repeat(${room}) })`))
  t.throws(() => json(`({ a: "x".repeat(${room + 1}) })`), { code: 'PROGRAM_OUTPUT' })
  const nested = (levels: number) => `let o = 1; for (let k = 0; k < ${levels}; k++) o = [o]; o`
  t.ok(json(nested(32)))
  t.throws(() => json(nested(33)), { message: /at most 32 levels/ })
})

t.test('each kind of value has its name', async (t) => {
  const kinds = ['undefined', 'null', '1', '"x"', 'true', '1n', '({})', '[]', '(() => 1)', '/x/']
  t.strictSame(kinds.map(kind), [
    ...['undefined', 'null', 'a number', 'a string', 'a boolean', 'a symbol or a bigint'],
    ...['an Object', 'an Array', 'a Function', 'a RegExp'],
  ])
  t.equal(kind('new Proxy({}, {})'), 'a Proxy')
})

t.test('what was thrown is told in one printable line', async (t) => {
  const fault = (script: string) => read(script, (values, of) => values.fault(of).message)
  t.equal(fault('new TypeError("a\\nb")'), 'TypeError: a\\nb (program:1:5)')
  t.equal(fault('"x"'), 'the program threw "x", which is no Error')
  t.ok(fault('new Error("x".repeat(1e5))').length < 400)
})
