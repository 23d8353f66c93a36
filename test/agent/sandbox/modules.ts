import { unsignedBytes } from '../../../agent/sandbox/wasmReader.ts'
import { wasm } from '../../../agent/sandbox/webAssembly.ts'

const I32 = 0x7f

/** A module of one function (i32) -> i32 named `f`, with a memory of one page and one global. */
export function moduleOf(body: readonly number[]): Uint8Array {
  const section = (id: number, bytes: readonly number[]) => [
    id,
    ...unsignedBytes(bytes.length),
    ...bytes,
  ]
  const code = [0, ...body, 0x0b]
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(0, [4, 0x6e, 0x61, 0x6d, 0x65]), // a custom section: `name`
    ...section(1, [1, 0x60, 1, I32, 1, I32]),
    ...section(2, [0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(6, [1, I32, 1, 0x41, 5, 0x0b]),
    ...section(7, [1, 1, 0x66, 0, 0]),
    ...section(10, [1, ...unsignedBytes(code.length), ...code]),
  ])
}

/** Exports of a module that `meterModule` made. */
export interface Metered {
  f(x: number): number
  readonly meter_fuel: { value: number }
  readonly meter_depth: { value: number }
  readonly meter_pages: { value: number }
  readonly meter_most_pages: { value: number }
}

/** An instance of it with plenty of everything. */
export function started(bytes: Uint8Array): Metered {
  // What meterModule exports, besides the one function above.
  const exports = new wasm.Instance(new wasm.Module(bytes), {}).exports as Metered
  exports.meter_fuel.value = 1000
  exports.meter_depth.value = 1000
  exports.meter_pages.value = 1
  exports.meter_most_pages.value = 3
  return exports
}
