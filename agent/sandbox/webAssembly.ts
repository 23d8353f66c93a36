/** What is used of WebAssembly; the types of Node and of ECMAScript leave it out. */
export interface WasmGlobal {
  value: number
}
export interface WasmMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}
export type WasmImports = Readonly<
  Record<string, Readonly<Record<string, (...values: never[]) => number>>>
>
/** Compiled code; it shows nothing of itself. */
export type WasmModule = object
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => WasmModule
  readonly Instance: new (module: WasmModule, imports: WasmImports) => { readonly exports: unknown }
  readonly RuntimeError: new () => Error
}

// Every engine that this runs on has it: Node since 8.
export const wasm: WebAssemblyApi = (globalThis as unknown as { WebAssembly: WebAssemblyApi })
  .WebAssembly
