import { HypernetError } from '../../agent/wire/errors.ts'
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
  const crashed = new Set(taken.flatMap((fault) => ('device' in fault ? [fault.device] : [])))
  const free = Array.from({ length: size }, (_, i) => i).filter((i) => !crashed.has(i))
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

const drawn = (count: number, size: number, dice: Dice): number[] =>
  dice
    .shuffle(Array.from({ length: size }, (_, i) => i))
    .slice(0, count)
    .sort((a, b) => a - b)
