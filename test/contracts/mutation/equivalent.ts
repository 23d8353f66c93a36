import type { Mutant } from './operators.ts'

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
  {
    file: 'JobCheckpoints.sol',
    before: 'progress_.commitBy = (next > soonest ? next : soonest).toUint40();',
    after: 'progress_.commitBy = (next >= soonest ? next : soonest).toUint40();',
    why: 'where they are equal, either is taken',
  },
  {
    file: 'JobCheckpoints.sol',
    before: 'if (progress_.overridden) walk.own = _overridden[index];',
    after: 'if (true) walk.own = _overridden[index];',
    why: 'saves gas: the bits are 0 where no seller of this checkpoint committed itself',
  },
  {
    file: 'JobCheckpoints.sol',
    before: 'if (walk.own != 0 || !walk.anchored) _checkOwn(index, reveals.revealed, walk);',
    after: 'if (true) _checkOwn(index, reveals.revealed, walk);',
    why: 'saves gas: with an anchor, and nobody that committed itself, it refuses nothing',
  },
  {
    file: 'JobEscrow.sol',
    before: '_sellers = 0;',
    after: '',
    why: 'saves gas: every call that reads the sellers is refused once the job is closed',
  },
  {
    file: 'JobCheckpoints.sol',
    before: 'if (revealed != everybody) {',
    after: 'if (true) {',
    why: 'saves gas: who shows everybody is merged with nothing, and claims that nobody signed count for nothing',
  },
  {
    file: 'Tally.sol',
    before: 'if (claims.length == 1 && replicas == 1) {',
    after: 'if (false) {',
    why: 'saves gas: a lone claim is counted like several',
  },
  {
    file: 'Tally.sol',
    before: '} else if (votes[i] > lead) {',
    after: '} else if (votes[i] >= lead) {',
    why: "a lead of 0 is nobody's: the next claim with votes takes it, and without one there is no majority",
  },
  {
    file: 'Tally.sol',
    before: '} else if (votes[i] > leads[group]) {',
    after: '} else if (votes[i] >= leads[group]) {',
    why: 'the same, in a group',
  },
]

/** Whether a mutant is in the list. */
export function isEquivalent(mutant: Mutant): boolean {
  return EQUIVALENT.some(({ file, before, after }) => {
    return file === mutant.file && before === mutant.before && after === mutant.after
  })
}
