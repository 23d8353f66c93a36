import t from 'tap'
import { wasm } from '../../../agent/sandbox/webAssembly.ts'

t.test('this engine has what is used of WebAssembly', async (t) => {
  const empty = new wasm.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
  t.strictSame(Object.keys(new wasm.Instance(empty, {}).exports as object), [])
  t.ok(new wasm.RuntimeError() instanceof Error)
})
