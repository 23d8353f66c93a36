/** A call that the contract, or a node, has refused: how often, and at which newest block it was heard last. */
export interface Refused {
  readonly tries: number
  readonly block: number
  /** Seconds of the chain. */
  readonly time: number
}

/**
 * Calls that count only within some time: each block is a chance that is not to be missed, since others may come
 * before us as long as they like (JobCheckpoints.sol refuses signatures beside which it was shown more meanwhile).
 */
const TIMED: ReadonlySet<string> = new Set(['create', 'anchor', 'commit', 'attest'])

/** Seconds of the chain that other calls rest from the second refusal on, doubling up to the most: they may be late. */
const PAUSE = { first: 15, most: 600 } as const

/** One more refusal of a step. */
export const refusedOnce = (
  before: Refused | undefined,
  { block, time }: Pick<Refused, 'block' | 'time'>,
): Refused => ({ tries: (before?.tries ?? 0) + 1, block, time })

/** Whether a step may be tried at this block: never twice at the same, and never given up. */
export function mayTry(
  step: string,
  refused: Refused | undefined,
  { block, time }: Pick<Refused, 'block' | 'time'>,
): boolean {
  if (!refused) return true
  if (block === refused.block) return false
  return TIMED.has(step.split('/', 1)[0] ?? step) || time >= refused.time + pauseAfter(refused)
}

function pauseAfter({ tries }: Refused): number {
  return tries < 2 ? 0 : Math.min(PAUSE.most, PAUSE.first * 2 ** (tries - 2))
}

/** A step under the name of its next try: an outbox does the same name once. */
export const nameOfTry = (step: string, refused: Refused | undefined): string =>
  refused ? `${step}~${refused.tries}` : step

/** The step that a try is of. */
export const stepOfTry = (name: string): string => name.split('~', 1)[0] ?? name
