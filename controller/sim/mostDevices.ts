import { HypernetError } from '../../agent/wire/errors.ts'
import type { Order } from '../../agent/wire/messages.ts'

/** Most devices of a rehearsal, whatever its method. */
export const MOST_DEVICES = 10_000

/**
 * Under flood each device remembers the contribution of each, so that memory grows with the square: 2000
 * devices take a gigabyte.
 */
const MOST_UNDER_FLOOD = 2000

/** Most devices that a method can be rehearsed with. */
export const mostDevices = (method: Order['method']): number =>
  method === 'flood' ? MOST_UNDER_FLOOD : MOST_DEVICES

/** @param what asked for so many devices: the beginning of a sentence @throws HypernetError `BAD_USAGE` */
export function checkDevices(what: string, devices: number, method: Order['method']): void {
  const most = mostDevices(method)
  if (devices <= most) return
  const why =
    method === 'flood'
      ? ' by flood: each device remembers the contribution of every other, so memory grows with the square; take another method, or rehearse a part of the fleet'
      : '; rehearse a part of the fleet'
  throw new HypernetError('BAD_USAGE', `${what}, wanted at most ${most}${why}.`)
}
