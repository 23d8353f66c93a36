import { canonicalJson } from '../../sandbox/json.ts'
import { type ProgramOutcome, runProgram } from '../../sandbox/program.ts'
import {
  failedCall,
  type ProgramAnswer,
  type ProgramCall,
  type ProgramEnd,
} from '../../wire/programCall.ts'
import { interpreter } from './interpreterFile.ts'
import { ProgramWorker } from './worker.ts'

let worker: ProgramWorker | undefined

/**
 * Runs a program in the thread that all agents of this process share, which starts when it is first needed and keeps no process
 * alive.
 */
export async function runInThread({ code, input }: ProgramCall): Promise<ProgramAnswer> {
  worker ??= new ProgramWorker()
  try {
    return endOf(await worker.run(code, input))
  } catch (error) {
    return failedCall(error)
  }
}

/** The same at once, for rehearsals, whose time is virtual. @throws HypernetError as `runProgram` */
export const runHere = ({ code, input }: ProgramCall): ProgramEnd =>
  endOf(runProgram(interpreter(), code, input))

const endOf = (outcome: ProgramOutcome): ProgramEnd =>
  outcome.kind === 'share' ? outcome : { kind: 'result', text: canonicalJson(outcome.result) }
