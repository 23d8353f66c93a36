/** A mutant that no test can tell from the source, and why. */
export interface Equivalent {
  readonly file: string
  /** The line or statement, in one line, before and after. */
  readonly before: string
  readonly after: string
  readonly why: string
}

/** Each was looked at by a person; a survivor that is not in here is a missing test. */
export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: 'Accounts.sol',
    before: 'if (rest == 0) return;',
    after: 'if (false) return;',
    why: 'saves gas: nothing is taken off the pool, and one without tokens has no shares that a new era could void',
  },
  {
    file: 'Accounts.sol',
    before: 'if (account.backed != 0) {',
    after: 'if (true) {',
    why: 'saves gas: a pool holds collateral only while its account is marked as backed',
  },
  {
    file: 'Groups.sol',
    before: 'for (uint256 left = sellers; left > 1; --left) {',
    after: 'for (uint256 left = sellers; left >= 1; --left) {',
    why: 'the last one would change places with itself',
  },
  {
    file: 'HyperVault.sol',
    before: 'if (slashed > 0) _slash(seller, account, slashed);',
    after: 'if (true) _slash(seller, account, slashed);',
    why: 'saves gas: to take nothing changes nothing',
  },
  {
    file: 'HyperVault.sol',
    before: 'if (slashed > 0) _slash(seller, account, slashed);',
    after: 'if (slashed >= 0) _slash(seller, account, slashed);',
    why: 'the same',
  },
]
