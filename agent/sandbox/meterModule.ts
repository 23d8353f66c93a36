import { invariant } from '../wire/errors.ts'
import { chargeBody, growBody, type Meter, meterFunction } from './meterCode.ts'
import { unsignedBytes, WasmReader, WasmWriter } from './wasmReader.ts'

/** Numbers of the sections that are changed. */
const SECTION = { type: 1, import: 2, function: 3, memory: 5, global: 6, export: 7, code: 10 }
const I32 = 0x7f
const FUNCTION_TYPE = 0x60
/** Counters make code a third longer, a module a seventh. */
const GROWTH = 1.4
const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]

/** The counters, each a mutable i32 that the metered module exports under this name. */
export const COUNTERS = ['meter_fuel', 'meter_depth', 'meter_pages', 'meter_most_pages'] as const

interface Section {
  readonly id: number
  readonly body: Uint8Array
}
interface Signature {
  readonly parameters: number
  readonly results: readonly number[]
}

/**
 * Puts counters into a WebAssembly module: `meter_fuel` falls by one at each call and each turn of a
 * loop and by one for each 64 bytes that are moved, `meter_depth` by the size of the frame while a call
 * lasts; the module traps when one of them falls below 0. So the same work ends at the same point on
 * every machine, and no code runs without an end. The size of memory that the module sees is
 * `meter_pages`, which grows to `meter_most_pages`, so that it can be set back.
 * @param wasm a module with one memory of its own and no imported globals, memories or tables
 * @param maximum what its memory can grow to in pages of 64 KiB, whatever the counters say
 */
export function meterModule(wasm: Uint8Array, maximum: number): Uint8Array<ArrayBuffer> {
  const sections = sectionsOf(wasm)
  const bodyOf = (id: number): Uint8Array => {
    const found = sections.find((each) => each.id === id)
    invariant(found, `the module of the sandbox has no section ${id}`)
    return found.body
  }
  const types = signaturesOf(bodyOf(SECTION.type))
  const importedFunctions = countOf(bodyOf(SECTION.import))
  const typesOfFunctions = indicesOf(bodyOf(SECTION.function))
  const globals = countOf(bodyOf(SECTION.global))
  const meter: Meter = {
    fuelGlobal: globals,
    depthGlobal: globals + 1,
    pagesGlobal: globals + 2,
    mostPagesGlobal: globals + 3,
    chargeFunction: importedFunctions + typesOfFunctions.length,
    growFunction: importedFunctions + typesOfFunctions.length + 1,
  }
  const added = unsignedBytes(types.length)
  const zeroGlobal = [I32, 1, 0x41, 0, 0x0b]
  const changed = new Map<number, () => Uint8Array>([
    [SECTION.type, () => appended(bodyOf(SECTION.type), [FUNCTION_TYPE, 1, I32, 1, I32], 1)],
    [SECTION.function, () => appended(bodyOf(SECTION.function), [...added, ...added], 2)],
    [SECTION.memory, () => memoryOf(bodyOf(SECTION.memory), maximum)],
    [
      SECTION.global,
      () =>
        appended(
          bodyOf(SECTION.global),
          COUNTERS.flatMap(() => zeroGlobal),
          COUNTERS.length,
        ),
    ],
    [
      SECTION.export,
      () =>
        appended(
          bodyOf(SECTION.export),
          COUNTERS.flatMap((name, k) => globalExport(name, globals + k)),
          COUNTERS.length,
        ),
    ],
    [
      SECTION.code,
      () =>
        codeOf(bodyOf(SECTION.code), meter, (k) => {
          const signature = types[typesOfFunctions[k] ?? -1]
          invariant(signature, `function ${k} of the sandbox has no type`)
          return signature
        }),
    ],
  ])
  const out = new WasmWriter(GROWTH * wasm.length)
  out.add(HEADER)
  for (const { id, body } of sections) {
    const written = changed.get(id)?.() ?? body
    out.add([id, ...unsignedBytes(written.length)])
    out.add(written)
  }
  return out.written().slice()
}

function sectionsOf(wasm: Uint8Array): Section[] {
  const reader = new WasmReader(wasm)
  invariant(
    HEADER.every((byte) => reader.byte() === byte),
    'the sandbox is not a WebAssembly module of version 1',
  )
  const sections: Section[] = []
  while (!reader.isAtEnd) {
    const id = reader.byte()
    const body = reader.take(reader.unsigned())
    // Custom sections say nothing that runs.
    if (id !== 0) sections.push({ id, body })
  }
  return sections
}

const countOf = (body: Uint8Array): number => new WasmReader(body).unsigned()

/** A vector of the format with entries added at its end. */
function appended(body: Uint8Array, entries: readonly number[], count: number): Uint8Array {
  const reader = new WasmReader(body)
  const head = unsignedBytes(reader.unsigned() + count)
  return Uint8Array.from([...head, ...body.subarray(reader.at), ...entries])
}

function signaturesOf(body: Uint8Array): Signature[] {
  const reader = new WasmReader(body)
  return Array.from({ length: reader.unsigned() }, () => {
    invariant(reader.byte() === FUNCTION_TYPE, 'the sandbox holds a type that is not a function')
    const parameters = reader.take(reader.unsigned()).length
    return { parameters, results: [...reader.take(reader.unsigned())] }
  })
}

function indicesOf(body: Uint8Array): number[] {
  const reader = new WasmReader(body)
  return Array.from({ length: reader.unsigned() }, () => reader.unsigned())
}

function memoryOf(body: Uint8Array, maximum: number): Uint8Array {
  const reader = new WasmReader(body)
  invariant(reader.unsigned() === 1, 'the sandbox has several memories')
  reader.byte()
  const initial = reader.unsigned()
  invariant(initial <= maximum, `the sandbox needs ${initial} pages of memory`)
  return Uint8Array.from([1, 1, ...unsignedBytes(initial), ...unsignedBytes(maximum)])
}

function globalExport(name: string, index: number): number[] {
  const text = [...name].map((character) => character.charCodeAt(0))
  return [...unsignedBytes(text.length), ...text, 3, ...unsignedBytes(index)]
}

function codeOf(body: Uint8Array, meter: Meter, signatureOf: (k: number) => Signature): Uint8Array {
  const reader = new WasmReader(body)
  const count = reader.unsigned()
  const out = new WasmWriter(GROWTH * body.length)
  const one = new WasmWriter()
  out.add(unsignedBytes(count + 2))
  const finish = () => {
    out.add(unsignedBytes(one.written().length))
    out.add(one.written())
    one.clear()
  }
  for (let k = 0; k < count; k++) {
    const length = reader.unsigned()
    const end = reader.at + length
    meterFunction(new WasmReader(body, reader.at, end), one, meter, signatureOf(k))
    reader.at = end
    finish()
  }
  one.add(chargeBody(meter))
  finish()
  one.add(growBody(meter))
  finish()
  return out.written()
}
