import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Interpreter } from '../../sandbox/interpreter.ts'
import { HypernetError } from '../../wire/errors.ts'

/**
 * SHA-256 of quickjs.wasm. Devices agree on what a program computes only if all run the same interpreter:
 * another version is another protocol, not an update that one device may make by itself.
 */
const WANTED = 'c0bd8f296e18cf074969f6401b9ecb72609a1323818ec2b9bf7a8f8d740d1363'

let kept: Interpreter | undefined

/**
 * The interpreter of this thread, started when it is first needed.
 * @throws HypernetError `STORE_FAILED` where its file is missing or another one
 */
export function interpreter(): Interpreter {
  kept ??= new Interpreter(readInterpreter())
  return kept
}

function readInterpreter(): Uint8Array {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(fileURLToPath(import.meta.resolve('quickjs-wasi/quickjs.wasm')))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new HypernetError(
      'STORE_FAILED',
      `cannot read the interpreter of programs (${reason}): run npm ci in the folder of this program`,
      error,
    )
  }
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found === WANTED) return bytes
  throw new HypernetError(
    'STORE_FAILED',
    `the interpreter of programs is another one than the network's: wanted SHA-256 ${WANTED}, found ${found}; run npm ci in the folder of this program`,
  )
}
