import { HypernetError, invariant } from '../../agent/wire/errors.ts'
import {
  failedCall,
  type ProgramAnswer,
  type ProgramCall,
  type ProgramEnd,
} from '../../agent/wire/programCall.ts'

/** What runs programs (agent/io/programs/run.ts); virtual time stands still meanwhile. */
export type ProgramRunner = (call: ProgramCall) => ProgramEnd

/** As a device is told of it: failures too. */
export function endWith(run: ProgramRunner | undefined, call: ProgramCall): ProgramAnswer {
  invariant(run, 'a program in a scenario that runs none')
  try {
    return run(call)
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
    return failedCall(error)
  }
}
