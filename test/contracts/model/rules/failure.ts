/** A call that the rules refuse, by the name of the contracts' error. */
export class Failure extends Error {
  override readonly name = 'Failure'
}

/** Refuses a call unless it keeps a rule. @throws Failure */
export function demand(kept: boolean, error: string): asserts kept {
  if (!kept) throw new Failure(error)
}

/** What a caller had to bring; without it the call breaks off (Solidity's panic). @throws Failure */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Failure('Panic')
  return value
}
