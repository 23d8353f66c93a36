/**
 * The closed list of error codes. Each has one line that says what kind of mistake it stands for;
 * the table in docs/protocol.md and the exit codes of the command line are made from it.
 */
export const CODES = {
  BAD_ID: 'an identifier is not of the allowed form',
  BAD_JOB: 'a job file is wrong',
  BAD_CONFIG: 'a configuration file is wrong',
  BAD_EXPRESSION: 'an expression cannot be parsed or uses what is not allowed',
  BAD_MESSAGE: 'bytes from the network are not a message of this protocol',
  BAD_SIGNATURE: 'a signature does not verify, or its key is unknown',
  BAD_ROWS: 'a file of readings is wrong',
  BAD_GRAPH: 'a graph of neighbors is wrong or not connected',
  BAD_USAGE: 'a command was called with arguments that it does not take',
  NONFINITE: 'a reading or statistic is NaN or infinite',
  SPREAD: 'the components of a sum lie too many orders of magnitude apart',
  EXPONENT: 'a number lies outside the range that exact sums carry',
  RANK: 'the terms of a fit are linearly dependent on the data',
  TOO_FEW: 'there are too few observations for the model',
  TOO_LARGE: 'something exceeds a limit of the protocol',
  NOT_ALLOWED: 'a permission in agent.yaml or the access list refuses it',
  NOT_FOUND: 'no such job, device or file',
  NO_DEVICES: 'too few devices match the selector of a job',
  TIMEOUT: 'a job did not end within its time',
  BROKER_LOST: 'the MQTT broker cannot be reached or refused the connection',
  PEER_LOST: 'a device whose share a call needs is gone',
  MISMATCH: 'the ranks of a communicator do not make the same calls in the same order',
  CLOSED: 'a call on a communicator that is closed',
  CONTROLLER_LOST: 'the controller cannot be reached',
  CHAIN_LOST: 'the chain cannot be reached, or is another one than was meant',
  CHAIN_REFUSED: 'a contract, or the chain, refuses what was asked',
  STORE_FAILED: 'a state file cannot be read or written',
  KEY_UNSAFE: 'a key file can be read by others, or holds no key',
  PROGRAM_FORM: 'the code of a program cannot be read, or does not export what it must',
  PROGRAM_FAULT: 'a program threw an error, or waits for what never comes',
  PROGRAM_OUTPUT:
    'a program hands over something other than finite numbers of the length declared, or plain JSON',
  PROGRAM_FUEL: 'a program did not end within its steps',
  PROGRAM_MEMORY: 'a program needs more memory, or nests deeper, than it may',
  PROGRAM_DEADLINE:
    'a program was ended by the clock that guards the device, before its steps were used up',
  INVARIANT: 'a mistake of our own: please report it with the trace',
} as const

export type Code = keyof typeof CODES

/** An operation that failed, with a code from the closed list and a sentence that says what to do. */
export class HypernetError extends Error {
  override readonly name = 'HypernetError'
  readonly code: Code
  constructor(code: Code, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

/**
 * States what must hold by our own reasoning; left on in production.
 * @throws HypernetError `INVARIANT` when it does not hold
 */
export function invariant(holds: unknown, message: string): asserts holds {
  if (!holds) throw new HypernetError('INVARIANT', `broken invariant: ${message}`)
}
