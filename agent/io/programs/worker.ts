import { Worker } from 'node:worker_threads'
import { PROGRAM_LIMITS, type ProgramLimits } from '../../sandbox/limits.ts'
import type { ProgramInput, ProgramOutcome } from '../../sandbox/program.ts'
import { type Code, HypernetError } from '../../wire/errors.ts'

export interface ToThread {
  readonly code: string
  readonly input: ProgramInput
  readonly limits: ProgramLimits
}
export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'outcome'; readonly outcome: ProgramOutcome }
  | { readonly kind: 'failed'; readonly code: Code; readonly message: string }

/**
 * Ten times what all the fuel takes on the slowest board, a Pi Zero. It guards the device against a mistake
 * of the interpreter; a program itself ends by its fuel, at the same point everywhere.
 */
const DEADLINE_MILLISECONDS = 60_000
/** For the thread to start, generous for a board with a slow card. */
const START_MILLISECONDS = 60_000
/** The heap of the thread holds one call: rows of a job and its result. The memory of programs is apart. */
const HEAP_MEGABYTES = 96

/**
 * Runs programs in a thread of their own, one after the other, so that the agent goes on meanwhile. What
 * ends the thread fails one call; the next one has a new thread.
 */
export class ProgramWorker {
  readonly #deadline: number
  #thread: Thread | undefined
  /** The end of the last call that was asked for. */
  #last: Promise<unknown> = Promise.resolve()
  #isClosed = false

  /** @param deadline milliseconds for one call */
  constructor(deadline = DEADLINE_MILLISECONDS) {
    this.#deadline = deadline
  }

  /**
   * As runProgram of agent/sandbox/program.ts.
   * @throws HypernetError as that; `PROGRAM_DEADLINE`; `STORE_FAILED` where the interpreter cannot be
   * read; `CLOSED`
   */
  run(
    code: string,
    input: ProgramInput,
    limits: ProgramLimits = PROGRAM_LIMITS,
  ): Promise<ProgramOutcome> {
    const outcome = this.#last.then(() => this.#runNow({ code, input, limits }))
    this.#last = outcome.catch(() => undefined)
    return outcome
  }

  /** Ends the thread. Calls that are not done fail with `CLOSED`. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#thread?.end(closed())
  }

  async #runNow(call: ToThread): Promise<ProgramOutcome> {
    if (this.#isClosed) throw closed()
    if (!this.#thread || this.#thread.isEnded) this.#thread = new Thread(this.#deadline)
    return this.#thread.run(call)
  }
}

class Thread {
  isEnded = false
  readonly #worker: Worker
  readonly #deadline: number
  readonly #started: Promise<FromThread>
  #settle: ((answer: FromThread | Error) => void) | undefined

  constructor(deadline: number) {
    this.#deadline = deadline
    // It gets nothing of this process: no environment, no arguments.
    this.#worker = new Worker(new URL('./thread.ts', import.meta.url), {
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
    })
    this.#worker.on('message', (answer: FromThread) => this.#settle?.(answer))
    this.#worker.on('error', (error) => this.#lost(error.message))
    this.#worker.on('exit', (code) => this.#lost(`it ended with ${code}`))
    this.#started = this.#answer(START_MILLISECONDS, () => undefined)
    // It is awaited by the first call, and tells of a failure there.
    this.#started.catch(() => undefined)
  }

  async run(call: ToThread): Promise<ProgramOutcome> {
    const start = await this.#started
    const answer =
      start.kind === 'failed'
        ? start
        : await this.#answer(this.#deadline, () => this.#worker.postMessage(call))
    if (answer.kind === 'outcome') return answer.outcome
    const { code, message } =
      answer.kind === 'failed'
        ? answer
        : ({ code: 'INVARIANT', message: 'a thread of programs started twice' } as const)
    if (start.kind === 'failed') await this.end(new HypernetError(code, message))
    throw new HypernetError(code, message)
  }

  /** Ends the thread for this reason, which a call that waits for it is told. */
  async end(reason: Error): Promise<void> {
    this.isEnded = true
    this.#settle?.(reason)
    await this.#worker.terminate()
  }

  /** What the thread says next. While nothing is awaited of it, it does not keep the process alive. */
  #answer(within: number, ask: () => void): Promise<FromThread> {
    return new Promise<FromThread>((resolve, reject) => {
      const timer = setTimeout(() => {
        void this.end(
          new HypernetError(
            'PROGRAM_DEADLINE',
            `the program did not end within ${within / 1000} s, and was ended to guard the device`,
          ),
        )
      }, within)
      this.#settle = (answer) => {
        this.#settle = undefined
        clearTimeout(timer)
        this.#worker.unref()
        if (answer instanceof Error) reject(answer)
        else resolve(answer)
      }
      this.#worker.ref()
      ask()
    })
  }

  #lost(reason: string): void {
    this.isEnded = true
    this.#settle?.(
      new HypernetError('PROGRAM_FAULT', `the thread of the program broke down: ${reason}`),
    )
  }
}

const closed = (): HypernetError => new HypernetError('CLOSED', 'programs are no longer run here')
