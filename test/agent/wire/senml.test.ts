import t from 'tap'
import { checkValue } from '../../../agent/wire/problems.ts'
import { SENML_UNITS, senmlUnit } from '../../../agent/wire/senml.ts'

const problem = (unit: unknown): string | undefined =>
  checkValue(senmlUnit(), unit).problems[0]?.text

/** RFC 8428 section 12.1, column Symbol, without C: see senml.ts. */
const PRIMARY =
  'm kg g s A K cd mol Hz rad sr N Pa J W V F Ohm S Wb T H Cel lm lx Bq Gy Sv kat m2 m3 l m/s m/s2 m3/s l/s W/m2 cd/m2 bit bit/s lat lon pH dB dBW Bspl count / % %RH %EL EL 1/s 1/min beat/min beats S/m'
/** RFC 8798 tables 1 and 2. */
const MORE =
  'B VA VAs var vars J/m kg/m3 deg ms min h MHz kW kVA kvar Ah Wh kWh varh kvarh kVAh Wh/km KiB GB Mbit/s B/s MB/s mV mA dBm ug/m3 mm/h m/h ppm /100 /1000 hPa mm cm km km/h'

t.test('the codes of RFC 8428 and RFC 8798 are taken, and no others', (t) => {
  const codes = `${PRIMARY} ${MORE}`.split(' ')
  for (const code of codes) t.equal(problem(code), undefined, code)
  t.strictSame([...SENML_UNITS].sort(), codes.sort())
  t.end()
})

t.test('what people write instead is refused with the code that they mean', (t) => {
  t.equal(problem('C'), 'found "C", wanted a SenML unit. Celsius is "Cel".')
  t.equal(problem('°C'), 'found "°C", wanted a SenML unit. Celsius is "Cel".')
  t.equal(problem('cel'), 'found "cel", wanted a SenML unit. Did you mean "Cel"?')
  t.equal(problem('percent'), 'found "percent", wanted a SenML unit. Percent is "/100".')
  t.equal(
    problem('1'),
    'found "1", wanted a SenML unit. A number without unit is "/" (a ratio) or "count".',
  )
  t.equal(
    problem('furlong'),
    'found "furlong", wanted a SenML unit. See docs/jobs.md for the list.',
  )
  t.end()
})

t.test('names of built-in properties are no units and have no hints', (t) => {
  for (const name of ['constructor', '__proto__', 'toString'])
    t.equal(problem(name), `found "${name}", wanted a SenML unit. See docs/jobs.md for the list.`)
  t.end()
})
