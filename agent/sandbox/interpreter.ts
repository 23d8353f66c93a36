import { HypernetError, invariant } from '../wire/errors.ts'
import { PROGRAM } from './limits.ts'
import { meterModule } from './meterModule.ts'
import { PRELUDE } from './prelude.ts'
import {
  type WasmGlobal,
  type WasmImports,
  type WasmMemory,
  type WasmModule,
  wasm,
} from './webAssembly.ts'

/** A value inside of the interpreter: the address of a box of its memory that holds it. */
export type Handle = number

/** What is used of the module's exports (c/interface.c of quickjs-wasi). */
export interface Exports {
  readonly memory: WasmMemory
  readonly __stack_pointer: WasmGlobal
  readonly meter_fuel: WasmGlobal
  readonly meter_depth: WasmGlobal
  readonly meter_pages: WasmGlobal
  readonly meter_most_pages: WasmGlobal
  _initialize(): void
  wasm_malloc(bytes: number): number
  qjs_init2(intrinsics: number): number
  qjs_set_memory_limit(bytes: number): void
  qjs_set_max_stack_size(bytes: number): void
  qjs_eval(code: number, length: number, name: number, flags: number): Handle
  qjs_call(of: Handle, self: Handle, count: number, handles: number): Handle
  qjs_new_string(text: number, length: number): Handle
  qjs_new_number(value: number): Handle
  qjs_new_array_buffer(bytes: number, length: number): Handle
  qjs_new_host_function(name: number, length: number, parameters: number): Handle
  qjs_get_undefined(): Handle
  qjs_get_exception(): Handle
  qjs_dup_value(value: Handle): Handle
  qjs_free_value(value: Handle): void
  qjs_get_float64(value: Handle): number
  qjs_get_bool(value: Handle): number
  qjs_get_string_len(value: Handle, length: number): number
  qjs_free_cstring(text: number): void
  qjs_get_prop_string(of: Handle, name: number): Handle
  qjs_get_prop_value(of: Handle, key: Handle): Handle
  qjs_get_prop_uint32(of: Handle, index: number): Handle
  qjs_get_own_property_names(of: Handle): Handle
  qjs_get_class_name(of: Handle): Handle
  qjs_is_exception(value: Handle): number
  qjs_is_undefined(value: Handle): number
  qjs_is_null(value: Handle): number
  qjs_is_bool(value: Handle): number
  qjs_is_number(value: Handle): number
  qjs_is_string(value: Handle): number
  qjs_is_object(value: Handle): number
  qjs_is_array(value: Handle): number
  qjs_is_function(value: Handle): number
  qjs_is_error(value: Handle): number
  qjs_is_promise(value: Handle): number
  qjs_is_proxy(value: Handle): number
  qjs_promise_state(promise: Handle): number
  qjs_promise_result(promise: Handle): Handle
  qjs_is_job_pending(): number
  qjs_execute_pending_job(): number
}

/** What the program's one function of the host does: the addresses of its arguments in, an answer out. */
export type HostCall = (count: number, handles: number) => Handle

const PAGE = 65_536
/** Everything of the language but Date, WeakRef, performance, DOMException and base64 (c/interface.c). */
const INTRINSICS = 0x1fe
/** Fuel and depth for what is ours: more than it takes, and never endless. */
const OWN_FUEL = 0x7fff_ffff
/** An instance whose memory grew beyond this is thrown away, so that a process does not keep 32 MiB. */
const KEPT_BYTES = 8 * 1024 * 1024
const BAD_DESCRIPTOR = 8

interface Instance {
  readonly exports: Exports
  call: HostCall | undefined
}

/**
 * QuickJS in WebAssembly, metered, with a memory of its own. Between two runs the whole memory and every
 * counter is put back to what it was before the first program, so that no run sees another, and the same
 * run takes the same steps wherever and whenever it is made.
 */
export class Interpreter {
  readonly #module: WasmModule
  #instance: Instance | undefined
  /** Memory from `#imageAt` on, before the first program; below and above are zeros. */
  readonly #image: Uint8Array
  readonly #imageAt: number
  readonly #pages: number
  readonly #stackPointer: number
  /** The function of prelude.ts. */
  readonly prepare: Handle
  /** Fuel that the last run used: the same for the same run, on every machine. */
  burned = 0

  /** @param bytes quickjs.wasm of the package quickjs-wasi. About 50 ms. */
  constructor(bytes: Uint8Array) {
    this.#module = new wasm.Module(meterModule(bytes, PROGRAM.module / PAGE))
    const instance = this.#instantiate()
    const { exports } = instance
    this.#setCounters(exports, OWN_FUEL, initialPages(exports))
    exports._initialize()
    invariant(exports.qjs_init2(INTRINSICS) === 0, 'the interpreter starts')
    exports.qjs_set_max_stack_size(PROGRAM.stack)
    const { address, length } = write(exports, PRELUDE)
    this.prepare = exports.qjs_eval(address, length, write(exports, 'prelude').address, 0)
    invariant(exports.qjs_is_function(this.prepare), 'the prelude of the interpreter is a function')
    const memory = new Uint8Array(exports.memory.buffer)
    this.#imageAt = Math.max(
      0,
      memory.findIndex((byte) => byte !== 0),
    )
    this.#image = memory.slice(this.#imageAt, memory.findLastIndex((byte) => byte !== 0) + 1)
    this.#pages = exports.meter_pages.value
    this.#stackPointer = exports.__stack_pointer.value
    this.#instance = instance
  }

  /**
   * Does work in the interpreter as if nothing had run before.
   * @param fuel what the work may use, 1 to 2^31 - 1
   * @param call what the program's function of the host does
   * @returns what the work returns
   * @throws what it throws; `PROGRAM_FUEL`, `PROGRAM_MEMORY` (calls that nest too deep), `PROGRAM_FAULT`
   */
  run<T>(fuel: number, work: (exports: Exports) => T, call: (exports: Exports) => HostCall): T {
    // A run inside of a run has an instance of its own.
    const instance = this.#instance ?? this.#instantiate()
    this.#instance = undefined
    const { exports } = instance
    this.#restore(exports)
    this.#setCounters(exports, fuel, this.#pages)
    instance.call = call(exports)
    try {
      return work(exports)
    } catch (error) {
      throw told(error, exports)
    } finally {
      instance.call = undefined
      this.burned = fuel - exports.meter_fuel.value
      if (exports.memory.buffer.byteLength <= KEPT_BYTES) this.#instance = instance
    }
  }

  #restore(exports: Exports): void {
    const wanted = this.#pages - exports.memory.buffer.byteLength / PAGE
    if (wanted > 0) exports.memory.grow(wanted)
    // Above the counter nothing was ever written; a new instance has its counter at 0 and its data in place.
    const used = Math.max(exports.meter_pages.value, this.#pages) * PAGE
    const memory = new Uint8Array(exports.memory.buffer)
    memory.fill(0, 0, used)
    memory.set(this.#image, this.#imageAt)
    exports.__stack_pointer.value = this.#stackPointer
  }

  #setCounters(exports: Exports, fuel: number, pages: number): void {
    exports.meter_fuel.value = fuel
    exports.meter_depth.value = PROGRAM.depth
    exports.meter_pages.value = pages
    exports.meter_most_pages.value = PROGRAM.module / PAGE
  }

  #instantiate(): Instance {
    const instance: { exports: Exports | undefined; call: HostCall | undefined } = {
      exports: undefined,
      call: undefined,
    }
    const imports = importsFor(
      () => instance.exports?.memory,
      (count, handles) => {
        invariant(instance.call, 'a program calls outside of its run')
        return instance.call(count, handles)
      },
    )
    // The module's own list of exports, checked by the first run.
    instance.exports = new wasm.Instance(this.#module, imports).exports as unknown as Exports
    return instance as Instance
  }
}

const initialPages = ({ memory }: Exports): number => memory.buffer.byteLength / PAGE

/** Puts a text into the interpreter's memory, with a zero byte after it. @throws `PROGRAM_MEMORY` */
export function write(exports: Exports, text: string): { address: number; length: number } {
  const bytes = new TextEncoder().encode(text)
  const address = allocate(exports, bytes.length + 1)
  const memory = new Uint8Array(exports.memory.buffer)
  memory.set(bytes, address)
  memory[address + bytes.length] = 0
  return { address, length: bytes.length }
}

/** Room in the interpreter's memory; a run never gives it back, the next one starts anew. @throws `PROGRAM_MEMORY` */
export function allocate(exports: Exports, bytes: number): number {
  const address = exports.wasm_malloc(bytes)
  if (address !== 0) return address
  throw new HypernetError(
    'PROGRAM_MEMORY',
    'the code and the rows do not fit the memory of a program',
  )
}

/** What the module asks of its host: no clock, no chance, no files, and one function. */
function importsFor(memoryOf: () => WasmMemory | undefined, call: HostCall): WasmImports {
  const zeros = (address: number, length: number): number => {
    const memory = memoryOf()
    // Asked while the instance starts, the memory is zeros already.
    if (memory) new Uint8Array(memory.buffer).fill(0, address >>> 0, (address >>> 0) + length)
    return 0
  }
  const none = () => 0
  const bad = () => BAD_DESCRIPTOR
  return {
    env: {
      host_call: (_name: number, _length: number, _self: number, count: number, handles: number) =>
        call(count, handles),
      host_interrupt: none,
      host_promise_rejection: none,
      host_module_normalize: none,
      host_module_load: none,
      host_get_timezone_offset: none,
    },
    wasi_snapshot_preview1: {
      clock_time_get: (_clock: number, _precision: bigint, address: number) => zeros(address, 8),
      random_get: zeros,
      fd_close: bad,
      fd_fdstat_get: bad,
      fd_seek: bad,
      fd_write: bad,
    },
  }
}

/** An error of WebAssembly in our words; the counters say which it was. */
function told(error: unknown, { meter_fuel, meter_depth }: Exports): unknown {
  // Node's own stack is larger than the depth allows; where it is not, that is told as the depth is.
  const isStackFull = error instanceof RangeError && /call stack/.test(error.message)
  if (!(error instanceof wasm.RuntimeError || isStackFull)) return error
  if (meter_fuel.value < 0) {
    return new HypernetError(
      'PROGRAM_FUEL',
      'the program used up its fuel: let it do less in one call, or look for a loop that does not end',
    )
  }
  if (meter_depth.value < 0 || isStackFull) {
    return new HypernetError(
      'PROGRAM_MEMORY',
      'calls or brackets nest too deep: turn recursion into a loop',
    )
  }
  return new HypernetError('PROGRAM_FAULT', `the interpreter failed: ${error.message}`, error)
}
