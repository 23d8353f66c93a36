import * as z from 'zod/mini'
import { quote } from './ids.ts'
import { nearest } from './nearest.ts'
import { type Field, NOTES } from './notes.ts'

/**
 * Unit codes of SenML: RFC 8428 section 12.1 and RFC 8798 sections 2 and 3. `C` is missing: there it
 * is coulomb, but who writes it in a job means degrees Celsius, and a wrong unit spoils a sum in silence.
 */
export const SENML_UNITS: ReadonlySet<string> = new Set(
  [
    'm kg g s A K cd mol Hz rad sr N Pa J W V F Ohm S Wb T H Cel lm lx Bq Gy Sv kat m2 m3 l',
    'm/s m/s2 m3/s l/s W/m2 cd/m2 bit bit/s lat lon pH dB dBW Bspl count / % %RH %EL EL',
    '1/s 1/min beat/min beats S/m B VA VAs var vars J/m kg/m3 deg',
    'ms min h MHz kW kVA kvar Ah Wh kWh varh kvarh kVAh Wh/km KiB GB Mbit/s B/s MB/s mV mA dBm',
    'ug/m3 mm/h m/h ppm /100 /1000 hPa mm cm km km/h',
  ].flatMap((line) => line.split(' ')),
)

/** What people write, and the SenML code that they mean. */
const MEANT: Record<string, string> = {
  C: 'Celsius is "Cel".',
  c: 'Celsius is "Cel".',
  '°C': 'Celsius is "Cel".',
  '℃': 'Celsius is "Cel".',
  degC: 'Celsius is "Cel".',
  Celsius: 'Celsius is "Cel".',
  celsius: 'Celsius is "Cel".',
  '°F': 'SenML has no Fahrenheit; convert to "Cel" or "K".',
  degF: 'SenML has no Fahrenheit; convert to "Cel" or "K".',
  Fahrenheit: 'SenML has no Fahrenheit; convert to "Cel" or "K".',
  Kelvin: 'Kelvin is "K".',
  kelvin: 'Kelvin is "K".',
  RH: 'Relative humidity is "%RH".',
  rh: 'Relative humidity is "%RH".',
  ratio: 'A ratio from 0 to 1 is "/".',
  none: 'A number without unit is "/" (a ratio) or "count".',
  '1': 'A number without unit is "/" (a ratio) or "count".',
  '': 'A number without unit is "/" (a ratio) or "count".',
  percent: 'Percent is "/100".',
  '°': 'Degrees of an angle are "deg".',
  ohm: 'Ohm is "Ohm".',
  Ω: 'Ohm is "Ohm".',
  lux: 'Lux is "lx".',
  volt: 'Volt is "V".',
  bar: 'SenML has no bar; convert to "Pa" or "hPa".',
  mbar: 'A millibar is 1 "hPa".',
  'µg/m3': 'Write "ug/m3".',
  'µg/m³': 'Write "ug/m3".',
  'm³': 'Write "m3".',
  'm²': 'Write "m2".',
  kph: 'Write "km/h".',
  mph: 'SenML has no miles; convert to "m/s" or "km/h".',
  'mg/kg': 'A share of 1 in a million (mg/kg) is "ppm".',
}

/** A SenML unit code. Nothing is converted: a job's unit must be the one that the sensor has. */
export function senmlUnit(): Field<string> {
  const schema = z.string().check(
    z.refine((unit) => SENML_UNITS.has(unit), {
      error: ({ input }) => {
        const found = String(input)
        const near = nearest(found, [...SENML_UNITS])
        const hint =
          (Object.hasOwn(MEANT, found) ? MEANT[found] : undefined) ??
          (near ? `Did you mean "${near}"?` : 'See docs/jobs.md for the list.')
        return `found ${quote(found)}, wanted a SenML unit. ${hint}`
      },
    }),
  )
  NOTES.add(schema, { kind: 'SenML code', json: { enum: [...SENML_UNITS] } })
  return schema
}
