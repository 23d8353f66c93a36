import t from 'tap'
import { checkValue } from '../../../agent/wire/problems.ts'
import { SENML_UNITS, senmlUnit } from '../../../agent/wire/senml.ts'

const problem = (unit: unknown): string | undefined =>
  checkValue(senmlUnit(), unit).problems[0]?.text

t.test(
  'the codes of RFC 8428 table 1 are taken, but C and the obsolete ones of no use here',
  (t) => {
    // RFC 8428 section 12.1, column Symbol, without C: see senml.ts.
    const table =
      'm kg g s A K cd mol Hz rad sr N Pa J W V F Ohm S Wb T H Cel lm lx Bq Gy Sv kat m2 m3 l m/s m/s2 m3/s l/s W/m2 cd/m2 bit bit/s lat lon pH dB dBW Bspl count / % %RH %EL EL 1/s 1/min beat/min beats S/m'
    for (const code of table.split(' ')) t.equal(problem(code), undefined, code)
    t.end()
  },
)

t.test('the codes of RFC 8798 are taken', (t) => {
  // RFC 8798 tables 1 and 2.
  const tables =
    'B VA VAs var vars J/m kg/m3 deg ms min h MHz kW kVA kvar Ah Wh kWh varh kvarh kVAh Wh/km KiB GB Mbit/s B/s MB/s mV mA dBm ug/m3 mm/h m/h ppm /100 /1000 hPa mm cm km km/h'
  for (const code of tables.split(' ')) t.equal(problem(code), undefined, code)
  t.equal(SENML_UNITS.size, 97, 'and no others')
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
