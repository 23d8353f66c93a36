import type { Dealt } from '../consensus/context.ts'
import type { Order, Roster } from '../wire/messages.ts'
import type { Row } from './readings.ts'

/** Which shard each device of a roster got, where several got the same one. */
export function dealtIn({ data }: Order, { shards }: Roster): Dealt | undefined {
  if (!data || data.replicas === 1 || !shards) return undefined
  return { shards, replicas: data.replicas }
}

/** Why nobody can work by this roster: the order's data are not dealt by it. */
export function dealMistake({ data }: Order, { shards, members }: Roster): string | undefined {
  if (!data) return shards && 'it deals data, and the order has none'
  if (!shards) return 'it does not deal the data of the order'
  const isWhole = shards.length === members.length
  return isWhole && shards.every((shard) => shard < data.shards.length)
    ? undefined
    : 'it deals shards that the order does not have'
}

/** Rows of the shard that a device got. @param self its index in the roster */
export function rowsDealt(
  { columns, shards }: NonNullable<Order['data']>,
  roster: Roster,
  self: number,
): Row[] {
  const numbers = shards[roster.shards?.[self] ?? 0] ?? new Float64Array()
  const rows = Math.floor(numbers.length / columns.length)
  return Array.from({ length: rows }, (_, row) => {
    const from = row * columns.length
    return new Map(columns.map((name, k) => [name, numbers[from + k] ?? null]))
  })
}
