import { HypernetError } from '../../agent/wire/errors.ts'
import type { Lie, LyingDevice } from './lying.ts'
import type { Dice } from './random.ts'
import type { Fault } from './scenario.ts'

/** `--crash FRACTION@ROUND`: that many of the devices, at random, at the start of that round. */
export function crashes(fraction: number, round: number, size: number, dice: Dice): Fault[] {
  const count = Math.round(fraction * size)
  if (count >= size)
    throw new HypernetError(
      'BAD_USAGE',
      `--crash ${fraction}@${round} would stop all ${size} devices; take a smaller fraction`,
    )
  return drawn(count, size, dice).map((device) => ({ kind: 'crash', device, at: round }))
}

/** `--join COUNT@ROUND`: that many of the devices start only in that round. */
export function joins(
  count: number,
  round: number,
  size: number,
  dice: Dice,
  taken: readonly Fault[] = [],
): Fault[] {
  const free = untouched(size, taken)
  if (count >= size)
    throw new HypernetError(
      'BAD_USAGE',
      `--join ${count}@${round} would leave none of the ${size} devices to begin with; take fewer`,
    )
  if (count > free.length)
    throw new HypernetError(
      'BAD_USAGE',
      `--join ${count}@${round} wants more devices than the ${free.length} that --crash leaves; take fewer`,
    )
  return dice
    .shuffle(free)
    .slice(0, count)
    .map((device) => ({ kind: 'join', device, at: round }))
}

/**
 * `--liars FRACTION`: that many of the devices, at random, at least one, of those that no fault befalls.
 * The first lies in the first of the ways, the next in the next, and so on.
 * @param ways at least one, as `liesTo` has them
 */
export function liars(
  fraction: number,
  size: number,
  dice: Dice,
  { taken = [], ways }: { taken?: readonly Fault[]; ways: readonly Lie[] },
): LyingDevice[] {
  if (fraction === 0) return []
  const count = Math.max(1, Math.round(fraction * size))
  const free = untouched(size, taken)
  if (count >= size || count > free.length)
    throw new HypernetError(
      'BAD_USAGE',
      `--liars ${fraction} wants ${count} of ${size} devices, of which ${Math.min(free.length, size - 1)} can lie: those that crash or join later do not, and one must be honest; take fewer`,
    )
  return dice
    .shuffle(free)
    .slice(0, count)
    .map((device, k) => ({ device, lie: ways[k % ways.length] as Lie })) // k is in range
    .sort((a, b) => a.device - b.device)
}

/** Devices that none of these faults befalls. */
function untouched(size: number, faults: readonly Fault[]): number[] {
  const taken = new Set(faults.flatMap((fault) => ('device' in fault ? [fault.device] : [])))
  return Array.from({ length: size }, (_, i) => i).filter((i) => !taken.has(i))
}

const drawn = (count: number, size: number, dice: Dice): number[] =>
  dice
    .shuffle(Array.from({ length: size }, (_, i) => i))
    .slice(0, count)
    .sort((a, b) => a - b)
