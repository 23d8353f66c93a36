import t from 'tap'
import {
  ageText,
  bytesText,
  numberText,
  spanText,
} from '../../../../controller/cli/show/quantities.ts'

t.test('bytes carry SI units and about three figures', async (t) => {
  const cases: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [9994, '9.99 kB'],
    [9996, '10.0 kB'],
    [123_456, '123 kB'],
    [999_600, '1.00 MB'],
    [45_600_000, '45.6 MB'],
    [7e15, '7000 TB'],
  ]
  for (const [bytes, text] of cases) t.equal(bytesText(bytes), text)
})

t.test('spans show their two largest units', async (t) => {
  const cases: [number, string][] = [
    [0, '0 ms'],
    [320, '320 ms'],
    [999.6, '1.0 s'],
    [4200, '4.2 s'],
    [9960, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [185_000, '3 min 5 s'],
    [3_600_000, '1 h'],
    [7_800_000, '2 h 10 min'],
    [273_600_000, '3 d 4 h'],
  ]
  for (const [span, text] of cases) t.equal(spanText(span), text)
})

t.test(
  'an age is counted back from now, and a clock that ran back gives no negative age',
  async (t) => {
    t.equal(ageText(1000, 6000), '5.0 s')
    t.equal(ageText(6000, 1000), 'now')
    t.equal(ageText(undefined, 1000), '-')
  },
)

t.test('numbers keep their decimals, and go to powers of ten where that says more', async (t) => {
  t.equal(numberText(6.994379441912, 10), '6.9943794419')
  t.equal(numberText(-0, 2), '0.00')
  t.equal(numberText(1.5e-9, 10), '1.5000000000e-9')
  t.equal(numberText(Number.NaN, 2), 'NaN')
})
