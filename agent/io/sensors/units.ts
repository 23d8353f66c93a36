import { HypernetError } from '../../wire/errors.ts'
import { quote } from '../../wire/ids.ts'

/** Units (SenML, RFC 8428) that a reading in the first can be given in. Only inside one quantity. */
const CONVERSIONS: Readonly<Record<string, (value: number) => number>> = {
  'Cel K': (value) => value + 273.15,
}
const HINTS: Readonly<Record<string, string>> = {
  C: 'Cel',
  '°C': 'Cel',
  celsius: 'Cel',
  '%': '%RH',
  kelvin: 'K',
}

/**
 * How a reading in `from` becomes one in `to`.
 * @throws HypernetError `BAD_CONFIG` when they are not of one quantity
 */
export function conversion(sensor: string, from: string, to: string): (value: number) => number {
  if (from === to) return (value) => value
  const known = CONVERSIONS[`${from} ${to}`]
  if (known) return known
  const hint = HINTS[to] ? ` Did you mean ${HINTS[to]}?` : ''
  throw new HypernetError(
    'BAD_CONFIG',
    `sensor ${sensor}: unit is ${quote(to)}, but this source gives ${quote(from)}.${hint}`,
  )
}
