import { HypernetError } from '../wire/errors.ts'
import { quote } from '../wire/ids.ts'
import type { ProgramInput } from '../wire/programCall.ts'
import { allocate, type Exports, type Handle, type Interpreter, write } from './interpreter.ts'
import type { JsonValue } from './json.ts'
import { PROGRAM, PROGRAM_LIMITS, type ProgramLimits } from './limits.ts'
import { Values } from './values.ts'

export type { ProgramInput } from '../wire/programCall.ts'

export type ProgramOutcome =
  /** What it hands to the next sum: finite, without -0. */
  | { readonly kind: 'share'; readonly vector: Float64Array }
  | { readonly kind: 'result'; readonly result: JsonValue }

/** The flag of qjs_eval for a module (JS_EVAL_TYPE_MODULE). */
const AS_MODULE = 1
/** Ends the run from within a call of the program. */
class Share {
  readonly vector: Float64Array
  constructor(vector: Float64Array) {
    this.vector = vector
  }
}

/**
 * Runs a program from its start: the sums of the history answer its first calls of `allreduce`, and it
 * ends with the vector that it hands to the next one, or with its result. A function of its arguments
 * alone: the same on every machine, in every run.
 * @param code one module of JavaScript without imports (controller/io/programBundle.ts makes it)
 * @throws HypernetError `PROGRAM_FORM`, `PROGRAM_FAULT`, `PROGRAM_OUTPUT`, `PROGRAM_FUEL`,
 * `PROGRAM_MEMORY`; `TOO_LARGE` for the code; `BAD_ROWS` for what is not of the form of rows
 */
export function runProgram(
  interpreter: Interpreter,
  code: string,
  input: ProgramInput,
  limits: ProgramLimits = PROGRAM_LIMITS,
): ProgramOutcome {
  checkInput(code, input)
  let run: Run | undefined
  try {
    return interpreter.run(
      limits.fuel,
      (exports) => {
        exports.qjs_set_memory_limit(Math.min(limits.memory, PROGRAM.memory))
        run = new Run(exports, interpreter.prepare, input)
        return run.outcome(code)
      },
      () => (count, handles) => run?.answer(count, handles) ?? 0,
    )
  } catch (thrown) {
    if (thrown instanceof Share) return { kind: 'share', vector: thrown.vector }
    throw thrown
  }
}

/** One run inside of the interpreter. */
class Run {
  readonly #exports: Exports
  readonly #values: Values
  readonly #input: ProgramInput
  readonly #rows: Handle
  readonly #sums: Handle
  readonly #answers: Handle
  #asked = 0
  /** While a vector or result is read, and after: its getters have nothing more to ask. */
  #isReading = false

  constructor(exports: Exports, prepare: Handle, input: ProgramInput) {
    this.#exports = exports
    this.#values = new Values(exports)
    this.#input = input
    const given = this.#give(prepare)
    this.#rows = this.#values.property(given, 'rows')
    this.#sums = this.#values.property(given, 'sums')
    this.#answers = this.#values.property(given, 'answers')
  }

  outcome(code: string): ProgramOutcome {
    const { share, finish, run } = this.#functionsOf(this.#evaluate(code))
    const values = this.#values
    const { history, length, devices } = this.#input
    if (run) {
      const { address, length: bytes } = write(this.#exports, 'allreduce')
      const allreduce = values.checked(this.#exports.qjs_new_host_function(address, bytes, 1))
      return this.#result(this.#finished(values.call(run, this.#rows, allreduce)))
    }
    if (history.length === 0) {
      const vector = values.call(share, this.#rows)
      this.#isReading = true
      return { kind: 'share', vector: values.vector(vector, length) }
    }
    if (!finish)
      return { kind: 'result', result: { sum: [...(history[0] ?? [])].map((x) => x + 0) } }
    const sum = values.checked(this.#exports.qjs_get_prop_uint32(this.#sums, 0))
    const given = devices === undefined ? [] : [this.#exports.qjs_new_number(devices)]
    return this.#result(values.call(finish, sum, ...given))
  }

  /** The answer to a call of `allreduce`: a promise of the sum, or the end of the run. */
  answer(count: number, handles: number): Handle {
    const k = this.#asked++
    if (this.#isReading) {
      throw new HypernetError(
        'PROGRAM_OUTPUT',
        'allreduce is called while a vector or result is read',
      )
    }
    if (k < this.#input.history.length) {
      return this.#values.checked(this.#exports.qjs_get_prop_uint32(this.#answers, k))
    }
    this.#isReading = true
    const given =
      count > 0 ? new Uint32Array(this.#exports.memory.buffer, handles, 1)[0] : undefined
    const vector = given ?? this.#exports.qjs_get_undefined()
    throw new Share(this.#values.vector(vector, this.#input.length))
  }

  #result(value: Handle): ProgramOutcome {
    this.#isReading = true
    return { kind: 'result', result: this.#values.json(value) }
  }

  /** Rows and sums as values of the program, made by the prelude. */
  #give(prepare: Handle): Handle {
    const { columns, rows, history, length } = this.#input
    const x = this.#exports
    const count = rows.length * columns.length + history.length * length
    const address = allocate(x, 8 * count + 8)
    // Doubles lie on a multiple of 8 bytes; malloc gives one of 16.
    const numbers = new Float64Array(x.memory.buffer, address, count)
    let at = 0
    for (const row of rows) for (const value of row) numbers[at++] = value ?? Number.NaN
    for (const sum of history) {
      numbers.set(sum, at)
      at += length
    }
    const buffer = this.#values.checked(x.qjs_new_array_buffer(address, 8 * count))
    const names = write(x, JSON.stringify(columns))
    return this.#values.call(
      prepare,
      buffer,
      this.#values.checked(x.qjs_new_string(names.address, names.length)),
      ...[rows.length, history.length, length].map((n) =>
        this.#values.checked(x.qjs_new_number(n)),
      ),
    )
  }

  /** Reads the code and runs its outermost level. @returns what it exports */
  #evaluate(code: string): Handle {
    const x = this.#exports
    const { address, length } = write(x, code)
    const module = x.qjs_eval(address, length, write(x, 'program').address, AS_MODULE)
    // What goes wrong before the first statement is a mistake of form: its syntax, or an import.
    if (module !== 0 && x.qjs_is_exception(module)) {
      throw this.#values.fault(x.qjs_get_exception(), 'PROGRAM_FORM')
    }
    return this.#finished(this.#values.checked(module))
  }

  /** Works off promises until this one is settled. @throws `PROGRAM_FAULT` when it is rejected or never settled */
  #finished(promise: Handle): Handle {
    const x = this.#exports
    for (;;) {
      const state = this.#values.settled(promise)
      if (state !== 'pending') {
        if ('thrown' in state) throw this.#values.fault(state.thrown)
        return state.value
      }
      if (!x.qjs_is_job_pending()) {
        throw new HypernetError(
          'PROGRAM_FAULT',
          'the program waits for a promise that nothing will settle',
        )
      }
      if (x.qjs_execute_pending_job() < 0) throw this.#values.fault(x.qjs_get_exception())
    }
  }

  #functionsOf(module: Handle): { share: Handle; finish?: Handle; run?: Handle } {
    const found = new Map<string, Handle>()
    for (const name of ['share', 'finish', 'run']) {
      const value = this.#values.property(module, name)
      if (this.#exports.qjs_is_undefined(value)) continue
      if (!this.#exports.qjs_is_function(value)) {
        throw form(`it exports ${quote(name)}, which is ${this.#values.kind(value)}`)
      }
      found.set(name, value)
    }
    const [share, finish, run] = ['share', 'finish', 'run'].map((name) => found.get(name))
    if (run && (share || finish)) throw form('it exports run, and share or finish besides')
    if (run) return { share: run, run }
    if (!share) throw form(finish ? 'it exports finish without share' : 'it exports neither')
    if (this.#input.history.length > 1) {
      throw form(`it asks for one sum, and is given ${this.#input.history.length}`)
    }
    return { share, ...(finish ? { finish } : {}) }
  }
}

const form = (found: string): HypernetError =>
  new HypernetError(
    'PROGRAM_FORM',
    `wanted a program that exports either share(rows), and finish(sum) if it likes, or run(rows, allreduce): ${found}`,
  )

/** States that columns, rows and history fit each other, so that no number lands in another's place. */
function checkInput(code: string, { columns, rows, history, length }: ProgramInput): void {
  const bytes = new TextEncoder().encode(code).length
  if (bytes > PROGRAM.code) {
    throw new HypernetError(
      'TOO_LARGE',
      `a program has at most ${PROGRAM.code} bytes of code with all it imports, found ${bytes}`,
    )
  }
  const bad = (text: string) => new HypernetError('BAD_ROWS', text)
  if (new Set(columns).size !== columns.length || columns.includes('__proto__')) {
    throw bad('the columns of a program need names of their own')
  }
  for (const row of rows) {
    const isRight =
      row.length === columns.length && row.every((x) => x === null || Number.isFinite(x))
    if (!isRight) throw bad(`wanted rows of ${columns.length} finite numbers or nulls`)
  }
  for (const sum of history) {
    if (sum.length !== length || !sum.every(Number.isFinite)) {
      throw bad(`wanted sums of ${length} finite numbers`)
    }
  }
}
