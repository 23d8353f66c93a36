import { parentPort } from 'node:worker_threads'
import { runProgram } from '../../sandbox/program.ts'
import { HypernetError } from '../../wire/errors.ts'
import { interpreter } from './interpreterFile.ts'
import type { FromThread, ToThread } from './worker.ts'

/** The thread of programWorker: runs one program after the other, and says how each went. */
const port = parentPort
port?.on('message', ({ code, input, limits }: ToThread) => {
  port.postMessage(answerTo({ code, input, limits }))
})
// Started before the first program comes, so that its time counts the program alone.
port?.postMessage(ready())

function ready(): FromThread {
  try {
    interpreter()
    return { kind: 'ready' }
  } catch (error) {
    return failed(error)
  }
}

function answerTo({ code, input, limits }: ToThread): FromThread {
  try {
    return { kind: 'outcome', outcome: runProgram(interpreter(), code, input, limits) }
  } catch (error) {
    return failed(error)
  }
}

function failed(error: unknown): FromThread {
  const code = error instanceof HypernetError ? error.code : 'INVARIANT'
  return { kind: 'failed', code, message: error instanceof Error ? error.message : String(error) }
}
