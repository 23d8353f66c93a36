/** How often each call ended in each way, and jobs. */
export type Counts = Map<string, number>

/** Counts once more. */
export function count(counts: Counts, what: string, times = 1): void {
  counts.set(what, (counts.get(what) ?? 0) + times)
}

/** Puts counts together. */
export function addCounts(sum: Counts, more: Iterable<readonly [string, number]>): void {
  for (const [what, times] of more) count(sum, what, times)
}

/** How jobs end. */
const ENDINGS = ['Cancelled', 'Expired open', 'Expired filled', 'Completed', 'Stopped', 'Abandoned']
const CALLS = [
  ...['deposit', 'withdraw', 'register', 'stakeOn', 'requestUnstake', 'unstake', 'setRules'],
  ...['setFactory', 'create', 'fill', 'start', 'raise', 'cancel', 'expire', 'anchor', 'commit'],
  ...['attest', 'accept', 'close', 'stop', 'equivocate', 'payout', 'settle'],
]
/** Errors, by call, that scripts must have met. */
const ERRORS: Readonly<Record<string, readonly string[]>> = {
  deposit: ['HyperVaultNothing', 'ERC20InsufficientAllowance', 'ERC20InsufficientBalance'],
  withdraw: [
    'ERC20InvalidReceiver',
    'HyperVaultBadSignature',
    'HyperVaultLate',
    'HyperVaultPayoutSet',
    'HyperVaultTooLittle',
  ],
  register: [
    'HyperVaultBadSignature',
    'HyperVaultLate',
    'HyperVaultNoPayout',
    'HyperVaultPayoutSet',
  ],
  stakeOn: ['HyperVaultNothing', 'HyperVaultTooLittle'],
  requestUnstake: ['HyperVaultNoStake'],
  unstake: ['HyperVaultNoStake', 'HyperVaultStakeAtWork', 'HyperVaultStakeStays'],
  setRules: ['HyperVaultNotGovernance', 'HyperVaultRulesOutOfBounds'],
  setFactory: ['HyperVaultNotGovernance'],
  release: ['HyperVaultNotAtWork'],
  trespass: ['HyperVaultNotFactory', 'HyperVaultNotJob', 'JobEscrowWrongPhase'],
  create: [
    ...['sellers', 'replicas', 'checkpoints', 'payEvery', 'price', 'collateral', 'window'].map(
      (field) => `JobFactoryBadTerms ${field}`,
    ),
    ...['period', 'joinBy', 'feeBps', 'resources'].map((field) => `JobFactoryBadTerms ${field}`),
    'FailedDeployment',
    'HyperVaultBadSignature',
    'HyperVaultJobKnown',
    'HyperVaultNotFactory',
    'HyperVaultTooLittle',
    'SafeCastOverflowedUintDowncast',
  ],
  fill: [
    'HyperVaultBadSignature',
    'HyperVaultLate',
    'JobEscrowPriceTooLow',
    'JobEscrowTooLate',
    'JobEscrowWrongPhase',
  ],
  start: ['JobEscrowNoLot', 'JobEscrowWrongPhase'],
  raise: [
    'HyperVaultBadSignature',
    'HyperVaultTooLittle',
    'JobEscrowPriceTooLow',
    'JobEscrowWrongPhase',
  ],
  cancel: ['JobEscrowBadSignature', 'JobEscrowJoined', 'JobEscrowWrongPhase'],
  expire: ['JobEscrowTooEarly', 'JobEscrowWrongPhase', 'JobEscrowWrongSellers'],
  anchor: [
    'JobEscrowAnchored',
    'JobEscrowNotRelay',
    'JobEscrowTooEarly',
    'JobEscrowTooLate',
    'JobEscrowWrongIndex',
    'JobEscrowWrongPhase',
  ],
  commit: [
    'JobEscrowBadSignature',
    'JobEscrowCommitted',
    'JobEscrowTooLate',
    'JobEscrowWrongIndex',
    'JobEscrowWrongPhase',
    'JobEscrowWrongSellers',
    'Panic',
  ],
  attest: [
    'JobEscrowNotCommitted',
    'JobEscrowNotMore',
    'JobEscrowTooEarly',
    'JobEscrowTooLate',
    'JobEscrowWrongAnchor',
    'JobEscrowWrongGroup',
    'JobEscrowWrongIndex',
    'JobEscrowWrongPhase',
    'JobEscrowWrongSellers',
    'JobEscrowWrongShown',
    'Panic',
  ],
  accept: ['JobEscrowBadSignature', 'JobEscrowWrongIndex', 'JobEscrowWrongPhase'],
  close: ['JobEscrowTooEarly', 'JobEscrowWrongIndex', 'JobEscrowWrongPhase'],
  stop: ['JobEscrowBadSignature', 'JobEscrowStopping', 'JobEscrowWrongPhase'],
  equivocate: [
    'HyperVaultNotAtWork',
    'HyperVaultNotJob',
    'JobEscrowBadSignature',
    'JobEscrowNoConflict',
  ],
  payout: [
    'JobEscrowTooEarly',
    'JobEscrowWrongHistory',
    'JobEscrowWrongPhase',
    'JobEscrowWrongSellers',
  ],
  settle: ['JobEscrowWrongHistory', 'JobEscrowWrongPhase', 'JobEscrowWrongSellers', 'Panic'],
}
/** What else must have happened. */
const EVENTS = [
  'seller paid',
  'seller slashed',
  'backers slashed',
  'pool emptied',
  'groups dealt',
  'more was shown',
  'somebody out of the majority',
]

/** Everything that scripts must have reached. */
export const WANTED: readonly string[] = [
  ...ENDINGS.map((ending) => `ending: ${ending}`),
  ...CALLS.map((call) => `${call}: done`),
  ...Object.entries(ERRORS).flatMap(([call, errors]) => errors.map((each) => `${call}: ${each}`)),
  ...EVENTS.map((event) => `event: ${event}`),
]

/** What scripts should have reached and did not. */
export const missingIn = (counts: Counts): string[] => WANTED.filter((what) => !counts.has(what))

/** The same for a few scripts: they must have met each error, but not from each call. */
export function missingInFew(counts: Counts): string[] {
  const afterColon = (what: string) => what.slice(what.indexOf(': ') + 2)
  const met = new Set([...counts.keys()].map(afterColon))
  return missingIn(counts).filter((what) => {
    const isError =
      !what.startsWith('event') && !what.startsWith('ending') && !what.endsWith('done')
    return !isError || !met.has(afterColon(what))
  })
}
