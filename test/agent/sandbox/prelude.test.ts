import vm from 'node:vm'
import t from 'tap'
import { PRELUDE } from '../../../agent/sandbox/prelude.ts'

/** The prelude in a realm of this engine: what it does is plain JavaScript. */
function prepared(...given: readonly unknown[]) {
  const realm = vm.createContext({})
  return { made: vm.runInContext(PRELUDE, realm)(...given), realm }
}

t.test('numbers become rows by name and sums, with null for what is missing', async (t) => {
  const { buffer } = Float64Array.of(1, Number.NaN, 3, -0, 10, 20, 30, 40)
  const { made } = prepared(buffer, '["a","b.c"]', 2, 2, 2)
  t.strictSame(JSON.stringify(made.rows), '[{"a":1,"b.c":null},{"a":3,"b.c":0}]')
  t.ok(Object.is(made.rows[1]['b.c'], -0))
  t.strictSame(JSON.stringify(made.sums), '[[10,20],[30,40]]')
  t.strictSame([...(await made.answers[1])], [30, 40])
})

t.test('what is not on the list is taken away', async (t) => {
  const { realm } = prepared(new ArrayBuffer(0), '[]', 0, 0, 0)
  t.strictSame(
    vm
      .runInContext('[typeof Date, typeof Math.random, typeof WebAssembly, typeof Array]', realm)
      .join(),
    'undefined,undefined,undefined,function',
  )
})
