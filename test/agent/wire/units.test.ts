import t from 'tap'
import { checkValue } from '../../../agent/wire/problems.ts'
import { duration, formatDuration, formatSize, size } from '../../../agent/wire/units.ts'

const read = (schema: Parameters<typeof checkValue>[0], value: unknown): unknown => {
  const checked = checkValue(schema, value)
  return 'value' in checked ? checked.value : checked.problems[0]?.text
}

t.test('a time is read in whole milliseconds', (t) => {
  const cases: [string, number][] = [
    ['500ms', 500],
    ['10s', 10_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['0s', 0],
  ]
  for (const [text, milliseconds] of cases) t.equal(read(duration(), text), milliseconds, text)
  t.end()
})

t.test('a size is read in bytes, decimal and binary units apart', (t) => {
  // IEC 80000-13: KiB and MiB are powers of 1024, kB and MB of 1000.
  t.equal(read(size(), '64KiB'), 65_536)
  t.equal(read(size(), '50MB'), 50_000_000)
  t.equal(read(size(), '1MiB'), 1_048_576)
  t.equal(read(size(), '10B'), 10)
  t.end()
})

t.test('a quantity without its unit is refused with what to write', (t) => {
  t.match(read(duration(), 10), 'found the bare number 10, wanted a time with its unit. Write 10s ')
  t.match(read(duration(), '10'), 'Write 10s ')
  t.match(read(size(), 64), 'found the bare number 64, wanted a size with its unit. Write 64KiB ')
  t.end()
})

t.test('a unit by another name is refused with ours', (t) => {
  for (const [text, ours] of [
    ['10 min', '10m'],
    ['5minutes', '5m'],
    ['2 hours', '2h'],
    ['30sec', '30s'],
    ['3 days', '3d'],
  ] as const)
    t.match(read(duration(), text), `Write ${ours} `, text)
  t.match(read(size(), '50mb'), 'Write 50MB ')
  t.match(read(size(), '4K'), 'Write 4KiB ')
  t.end()
})

t.test('what is no quantity is refused', (t) => {
  for (const text of ['', ' ', 's', '-5s', '1e3s', '5weeks', '1constructor', '1_000s'])
    t.match(read(duration(), text), 'wanted a time with its unit', text)
  t.end()
})

t.test('what is too fine or too large is told the range, not to write the same again', (t) => {
  const time = duration({ least: 10, most: 60_000 })
  for (const text of ['0.0001ms', '20.5ms', '99999999999999999999s', '0.00001'])
    t.equal(read(time, text), `found "${text}", wanted 10ms to 1m, in whole ms.`)
  t.equal(read(size(), '0.5B'), 'found "0.5B", wanted at least 0B, in whole B.')
  t.end()
})

t.test('bounds belong to the range', (t) => {
  const schema = duration({ least: 10, most: 60_000 })
  t.equal(read(schema, '10ms'), 10)
  t.equal(read(schema, '1m'), 60_000)
  t.equal(read(schema, '9ms'), 'found "9ms", wanted 10ms to 1m.')
  t.equal(read(schema, '61s'), 'found "61s", wanted 10ms to 1m.')
  t.end()
})

t.test('a quantity is printed with the largest units and read back', (t) => {
  for (const milliseconds of [0, 1, 999, 1000, 60_000, 90_000, 5_400_000, 86_400_000, 123_456_789])
    t.equal(
      read(duration(), formatDuration(milliseconds)),
      milliseconds,
      formatDuration(milliseconds),
    )
  t.equal(formatDuration(5_400_000), '1h30m')
  t.equal(formatSize(65_536), '64KiB')
  t.equal(formatSize(50_000_000), '50MB')
  t.equal(formatSize(1001), '1001B')
  t.end()
})

t.test('a text of any length is refused before the deadline', (t) => {
  // Work that grew with the square of these lengths would take minutes.
  for (const text of [
    `1${' '.repeat(1_000_000)}!`,
    '1'.repeat(1_000_000),
    '1s'.repeat(500_000),
    '1.'.repeat(500_000),
  ])
    t.type(read(duration({ most: 1 }), text), 'string')
  t.end()
})
