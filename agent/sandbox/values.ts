import { HypernetError } from '../wire/errors.ts'
import { cut, quote } from '../wire/ids.ts'
import { printable } from '../wire/printable.ts'
import { type Exports, type Handle, write } from './interpreter.ts'
import type { JsonValue } from './json.ts'
import { PROGRAM } from './limits.ts'

/** Longest message of a program that is passed on. */
const MESSAGE_CHARACTERS = 300
const REJECTED = 2

/**
 * Reads values out of the interpreter by its C interface alone: nothing that a program may have changed
 * stands between, and a getter that it left runs inside, on its own fuel. Handles are not given back: a
 * run ends soon, and then the whole memory does.
 */
export class Values {
  readonly #exports: Exports
  readonly #undefined: Handle

  constructor(exports: Exports) {
    this.#exports = exports
    this.#undefined = exports.qjs_get_undefined()
  }

  /** A handle that is a value. @throws `PROGRAM_FAULT` with the program's message, `PROGRAM_MEMORY` */
  checked(handle: Handle): Handle {
    if (handle === 0) throw outOfMemory()
    if (this.#exports.qjs_is_exception(handle)) throw this.fault(this.#exports.qjs_get_exception())
    return handle
  }

  property(of: Handle, name: string): Handle {
    return this.checked(this.#exports.qjs_get_prop_string(of, write(this.#exports, name).address))
  }

  call(of: Handle, ...given: readonly Handle[]): Handle {
    const { address } = write(this.#exports, '\0'.repeat(4 * given.length))
    new Uint32Array(this.#exports.memory.buffer, address, given.length).set(given)
    return this.checked(this.#exports.qjs_call(of, this.#undefined, given.length, address))
  }

  /** The text of a string. @throws `PROGRAM_OUTPUT` when it holds half of a surrogate pair */
  text(of: Handle): string {
    const length = write(this.#exports, '\0\0\0\0').address
    const address = this.#exports.qjs_get_string_len(of, length)
    if (address === 0) throw outOfMemory()
    const { buffer } = this.#exports.memory
    const bytes = new Uint8Array(buffer, address, new Uint32Array(buffer, length, 1)[0])
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    } catch {
      throw output('a text holds half of a surrogate pair: make it well-formed (toWellFormed)')
    } finally {
      this.#exports.qjs_free_cstring(address)
    }
  }

  /** What a program threw, in our words, printable and cut. */
  fault(thrown: Handle, code: 'PROGRAM_FAULT' | 'PROGRAM_FORM' = 'PROGRAM_FAULT'): HypernetError {
    const x = this.#exports
    if (!x.qjs_is_error(thrown)) {
      const what = x.qjs_is_string(thrown) ? quote(this.text(thrown)) : this.kind(thrown)
      return new HypernetError(code, `the program threw ${what}, which is no Error`)
    }
    const [name, message, stack] = ['name', 'message', 'stack'].map((each) =>
      this.#word(thrown, each),
    )
    if (name === 'InternalError' && message === 'out of memory') return outOfMemory()
    const place = /program:\d+:\d+/.exec(stack ?? '')?.[0]
    const sentence = `${name || 'Error'}: ${message}${place ? ` (${place})` : ''}`
    return new HypernetError(code, cut(printable(sentence), MESSAGE_CHARACTERS))
  }

  /** A property of an error as text; what is no text, or cannot be read, says nothing. */
  #word(of: Handle, name: string): string {
    const x = this.#exports
    const value = x.qjs_get_prop_string(of, write(x, name).address)
    if (value === 0) throw outOfMemory()
    if (x.qjs_is_exception(value)) x.qjs_get_exception()
    return x.qjs_is_string(value) ? this.text(value) : ''
  }

  /** Numbers of a plain or typed array. @param length as many as are wanted @throws `PROGRAM_OUTPUT` */
  vector(of: Handle, length: number): Float64Array {
    const x = this.#exports
    if (!this.#isList(of)) {
      const hint = x.qjs_is_promise(of) ? '; share must not be async' : ''
      throw output(`wanted a list of ${length} numbers, found ${this.kind(of)}${hint}`)
    }
    const found = this.#number(this.property(of, 'length'))
    if (found !== length) {
      throw output(`wanted ${length} numbers, the length that the job declares, found ${found}`)
    }
    const vector = new Float64Array(length)
    for (let k = 0; k < length; k++) {
      const item = this.checked(x.qjs_get_prop_uint32(of, k))
      const number = this.#number(item)
      if (!Number.isFinite(number)) {
        const what = x.qjs_is_number(item) ? `${x.qjs_get_float64(item)}` : this.kind(item)
        throw output(`number ${k} of the vector: wanted a finite number, found ${what}`)
      }
      // Sums are exact, and know no -0.
      vector[k] = number + 0
      x.qjs_free_value(item)
    }
    return vector
  }

  /** A result as plain JSON. @throws `PROGRAM_OUTPUT` naming the place of what is not */
  json(of: Handle): JsonValue {
    const x = this.#exports
    if (!x.qjs_is_object(of))
      throw output(`wanted a result that is an object, found ${this.kind(of)}`)
    let room = PROGRAM.result
    const spend = (bytes: number): void => {
      room -= bytes
      if (room < 0) throw output(`a result takes at most ${PROGRAM.result} bytes of JSON`)
    }
    const textOf = (handle: Handle): string => {
      const text = this.text(handle)
      spend(new TextEncoder().encode(JSON.stringify(text)).length)
      return text
    }
    const read = (value: Handle, depth: number, path: string): JsonValue => {
      if (x.qjs_is_string(value)) return textOf(value)
      if (x.qjs_is_null(value)) {
        spend(4)
        return null
      }
      if (x.qjs_is_bool(value)) {
        const is = x.qjs_get_bool(value) === 1
        spend(is ? 4 : 5)
        return is
      }
      if (x.qjs_is_number(value)) {
        const number = x.qjs_get_float64(value) + 0
        if (!Number.isFinite(number))
          throw output(`${path}: wanted a finite number, found ${number}`)
        spend(`${number}`.length)
        return number
      }
      if (depth === PROGRAM.resultDepth) {
        throw output(`a result nests at most ${PROGRAM.resultDepth} levels, and holds no circle`)
      }
      if (this.#isList(value)) {
        const length = this.#number(this.property(value, 'length'))
        // Each item takes a comma or a bracket, and a character.
        spend(Math.max(2, length + 1))
        return Array.from({ length }, (_, k) => {
          const item = this.checked(x.qjs_get_prop_uint32(value, k))
          return read(item, depth + 1, `${path}[${k}]`)
        })
      }
      if (!x.qjs_is_object(value) || this.kind(value) !== 'an Object') {
        throw output(`${path}: wanted plain JSON, found ${this.kind(value)}`)
      }
      const names = this.checked(x.qjs_get_own_property_names(value))
      const length = this.#number(this.property(names, 'length'))
      const members: (readonly [string, JsonValue])[] = []
      spend(2)
      for (let k = 0; k < length; k++) {
        const key = this.checked(x.qjs_get_prop_uint32(names, k))
        const item = this.checked(x.qjs_get_prop_value(value, key))
        // As JSON.stringify does: what is not there is not told.
        if (x.qjs_is_undefined(item)) continue
        const name = textOf(key)
        spend(members.length === 0 ? 1 : 2)
        members.push([name, read(item, depth + 1, `${path}.${cut(printable(name))}`)])
      }
      return Object.fromEntries(members)
    }
    return read(of, 0, 'result')
  }

  /** `pending`, or what a promise came to; a value that is no promise is its own answer. */
  settled(of: Handle): { readonly value: Handle } | { readonly thrown: Handle } | 'pending' {
    if (!this.#exports.qjs_is_promise(of)) return { value: of }
    const state = this.#exports.qjs_promise_state(of)
    if (state === 0) return 'pending'
    const result = this.#exports.qjs_promise_result(of)
    if (result === 0) throw outOfMemory()
    return state === REJECTED ? { thrown: result } : { value: result }
  }

  /** What a value is, for people: `a string`, `an Object`, `a Proxy`. */
  kind(of: Handle): string {
    const x = this.#exports
    if (x.qjs_is_undefined(of)) return 'undefined'
    if (x.qjs_is_null(of)) return 'null'
    if (x.qjs_is_number(of)) return 'a number'
    if (x.qjs_is_string(of)) return 'a string'
    if (x.qjs_is_bool(of)) return 'a boolean'
    if (!x.qjs_is_object(of)) return 'a symbol or a bigint'
    if (x.qjs_is_proxy(of)) return 'a Proxy'
    const name = x.qjs_get_class_name(of)
    const text = name !== 0 && x.qjs_is_string(name) ? this.text(name) : 'object'
    return `${/^[AEIOU]/.test(text) ? 'an' : 'a'} ${text}`
  }

  #isList(of: Handle): boolean {
    const x = this.#exports
    if (!x.qjs_is_object(of) || x.qjs_is_proxy(of)) return false
    return (
      x.qjs_is_array(of) === 1 || /^an? (Float|Int|Uint)\d+(Clamped)?Array$/.test(this.kind(of))
    )
  }

  /** NaN for what is no number. */
  #number(of: Handle): number {
    return this.#exports.qjs_is_number(of) ? this.#exports.qjs_get_float64(of) : Number.NaN
  }
}

const output = (text: string): HypernetError => new HypernetError('PROGRAM_OUTPUT', text)

export const outOfMemory = (): HypernetError =>
  new HypernetError(
    'PROGRAM_MEMORY',
    `the program used up its memory, ${PROGRAM.memory / 1024 / 1024} MiB: hold less at a time`,
  )
