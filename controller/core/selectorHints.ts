import { nearest } from '../../agent/wire/nearest.ts'
import type { Ready, Wanted } from './roster.ts'

/** What devices have instead, for each label and sensor that none of them has as the job wants it. */
export function hintsOf(devices: readonly Ready[], wanted: Wanted): string {
  const births = devices.map(({ birth }) => birth)
  const hints = [
    ...Object.entries(wanted.matchLabels).map(([label, value]) => {
      const there = births.flatMap(({ labels }) =>
        Object.hasOwn(labels, label) ? (labels[label] ?? []) : [],
      )
      if (there.includes(value)) return ''
      if (there.length > 0) return `${label}: ${have(there, '')}${guess(value, there)}`
      return missing(
        `label ${label}`,
        label,
        births.flatMap(({ labels }) => Object.keys(labels)),
      )
    }),
    ...wanted.sensors.map(({ id, unit }) => {
      const sensors = births.flatMap((birth) => birth.sensors)
      const units = sensors.filter((sensor) => sensor.id === id).map((sensor) => sensor.unit)
      if (units.length === 0)
        return missing(
          `sensor ${id}`,
          id,
          sensors.map((sensor) => sensor.id),
        )
      if (!unit || units.includes(unit)) return ''
      return `sensor ${id}: ${have(units, 'it in ')}`
    }),
  ]
  return hints
    .filter(Boolean)
    .map((hint) => `; ${hint}`)
    .join('')
}

/** A few of the values that devices have, the most frequent first: `8 have it in Cel, 1 has it in K`. */
function have(values: readonly string[], how: string): string {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, 3)
    .map(([value, count]) => `${count} ${count === 1 ? 'has' : 'have'} ${how}${value || 'no unit'}`)
    .join(', ')
}

function missing(what: string, name: string, there: readonly string[]): string {
  const near = guess(name, there)
  return near ? `no device has ${what}${near}` : ''
}

function guess(word: string, there: readonly string[]): string {
  const near = nearest(word, [...new Set(there)])
  return near === undefined ? '' : `. Did you mean ${near}?`
}
