import t from 'tap'
import { interpreter } from '../../../agent/io/programs/interpreterFile.ts'
import { allocate, write } from '../../../agent/sandbox/interpreter.ts'
import { PROGRAM } from '../../../agent/sandbox/limits.ts'

const machine = interpreter()
const none = () => () => 0
/** The value of a script, as a number. */
const numberOf = (script: string, fuel = 10_000_000): number =>
  machine.run(
    fuel,
    (x) => {
      const { address, length } = write(x, script)
      return x.qjs_get_float64(x.qjs_eval(address, length, write(x, 'script').address, 0))
    },
    none,
  )

t.test('no run sees another', async (t) => {
  for (let k = 0; k < 3; k++) {
    t.equal(numberOf('globalThis.n = (globalThis.n ?? 0) + 1; Array.prototype.m ??= 1; n'), 1)
  }
})

t.test(
  'the same run burns the same fuel, also after one that grew the memory or was ended',
  async (t) => {
    const script = 'let s = 0; for (let k = 0; k < 1000; k++) s += Math.sin(k); s'
    const first = numberOf(script)
    const { burned } = machine
    t.ok(burned > 1000)
    numberOf('const a = []; for (let k = 0; k < 3e4; k++) a.push({ k }); a.length')
    t.throws(() => numberOf('for (;;);', 10_000), { code: 'PROGRAM_FUEL' })
    t.throws(() => numberOf('JSON.parse("[".repeat(1e5))'), { code: 'PROGRAM_MEMORY' })
    t.strictSame([numberOf(script), machine.burned], [first, burned])
  },
)

t.test('a run inside of a run has a memory of its own', async (t) => {
  const inner: number[] = []
  const outer = machine.run(
    10_000_000,
    (x) => {
      const { address, length } = write(x, 'globalThis.n = 5; n')
      const value = x.qjs_eval(address, length, write(x, 'outer').address, 0)
      inner.push(numberOf('globalThis.n = (globalThis.n ?? 0) + 1; n'))
      return x.qjs_get_float64(value)
    },
    none,
  )
  t.strictSame([outer, inner], [5, [1]])
})

t.test('what does not fit its memory is refused', async (t) => {
  t.throws(() => machine.run(1e9, (x) => allocate(x, PROGRAM.module), none), {
    code: 'PROGRAM_MEMORY',
  })
  const bytes = machine.run(1e9, (x) => allocate(x, 2 ** 24) && x.memory.buffer.byteLength, none)
  t.ok(bytes <= PROGRAM.module)
})

t.test('errors of ours pass through unchanged', async (t) => {
  const error = new Error('ours')
  t.throws(
    () =>
      machine.run(
        1e9,
        () => {
          throw error
        },
        none,
      ),
    error,
  )
})
