import { numbersOf, readTable, type Table } from '../../../../agent/io/sensors/table.ts'
import type { Air, Place } from './rules.ts'

/** Places of the record in the order of their motes, two each. */
export const PLACES = ['indoors', 'outdoors'] as const
const MOTES = 2

/** A place, and in which windows someone let steam into it. */
export interface Labelled extends Place {
  readonly truth: readonly boolean[]
}

/**
 * Reads the record: rows of all motes in turn.
 * @param before readings before it, without a label
 * @param windows how many are looked at
 * @throws HypernetError `BAD_ROWS`
 */
export function placesOf(before: string, record: string, windows: number): Labelled[] {
  const first = airOf(readTable('before.csv', before))
  const table = readTable('steam.csv', record)
  const second = airOf(table).map((mote) => mote.slice(0, windows))
  const labels = byMote(numbersOf(table, ['label']).map(([label]) => label === 1))
  return PLACES.map((_, place) => {
    const of = <T>(motes: readonly T[]): T[] => motes.slice(MOTES * place, MOTES * (place + 1))
    const told = of(labels)
    return {
      before: of(first),
      windows: of(second),
      truth: Array.from({ length: windows }, (_, k) => told.some((mote) => mote[k])),
    }
  })
}

const airOf = (table: Table): Air[][] =>
  byMote(
    numbersOf(table, ['humidity', 'temperature']).map(([humidity, temperature]) => ({
      humidity: humidity ?? Number.NaN,
      temperature: temperature ?? Number.NaN,
    })),
  )

const byMote = <T>(rows: readonly T[]): T[][] =>
  Array.from({ length: PLACES.length * MOTES }, (_, mote) =>
    rows.filter((_, row) => row % (PLACES.length * MOTES) === mote),
  )
