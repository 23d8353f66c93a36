import { OBJECT } from '../agent/wire/cborCheck.ts'
import { encodeRecord } from '../agent/wire/codec.ts'
import { digest } from '../agent/wire/hash.ts'
import { Order } from '../agent/wire/messages.ts'

/** SHA-256 of an order's payload as it was first told: one that ended has a newer form that says so (jobEnding.ts). */
export function orderHash({ cancelled, ...order }: Order): Uint8Array {
  const generation = cancelled ? order.generation - 1 : order.generation
  return digest(encodeRecord(Order, { ...order, generation }, OBJECT))
}
