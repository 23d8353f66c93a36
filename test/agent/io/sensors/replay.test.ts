import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { contribute } from '../../../../agent/fusion/model.ts'
import { replaySource } from '../../../../agent/io/sensors/replay.ts'
import { sensorsOf } from '../../../../agent/io/sensors/sensors.ts'
import { numbersOf, readTable } from '../../../../agent/io/sensors/table.ts'
import { sensorId } from '../../../../agent/wire/ids.ts'
import { LIMITS } from '../../../../agent/wire/limits.ts'
import type { Model } from '../../../../agent/wire/modelMessage.ts'

const meuse = new URL('../../../../devices/demo/soil/meuse.csv', import.meta.url).pathname
const zinc = { id: sensorId('zinc'), unit: 'mg/kg' }
const dist = { id: sensorId('distance'), unit: '/', column: 'dist' }

t.test('the soil survey is read whole, as its publication has it', async (t) => {
  const { rows, sensors } = await replaySource({ file: meuse, columns: [zinc, dist] })
  t.equal(rows.length, 155)
  t.strictSame(
    sensors.map(({ id }) => id),
    ['zinc', 'distance'],
  )
  // R package sp, data set meuse: the first rows, and summary(meuse$zinc) with mean 469.7.
  t.strictSame(rows.slice(0, 2), [
    [1022, 0.00135803],
    [1141, 0.0122243],
  ])
  const mean = rows.reduce((sum, [value]) => sum + (value ?? 0), 0) / 155
  t.equal(mean.toFixed(1), '469.7')
})

t.test('one row is the readings of one device', async (t) => {
  const first = await replaySource({ file: meuse, columns: [zinc], row: 0 })
  t.strictSame(first.rows, [[1022]])
  await t.rejects(replaySource({ file: meuse, columns: [zinc], row: 155 }), {
    code: 'BAD_ROWS',
    message: /row 155, wanted 0 to 154/,
  })
})

t.test('empty cells, NA and listed values are missing', async (t) => {
  const file = join(t.testdir(), 'a.csv')
  await writeFile(
    file,
    '\ufeffa,"b ""x""",c\r\n1,2,3\r\n,NA,-200\r\n"4", 5.5e-1 ,\r\n\r\n+.5,-7.,1E2',
  )
  const columns = [
    { id: sensorId('a'), unit: '' },
    { id: sensorId('b'), unit: '', column: 'b "x"' },
    { id: sensorId('c'), unit: '' },
  ]
  const { rows } = await replaySource({ file, columns, missing: ['NA', '-200'] })
  t.strictSame(rows, [
    [1, 2, 3],
    [null, null, null],
    [4, 0.55, null],
    [0.5, -7, 100],
  ])
})

t.test('a row with too few cells has no values, and the source says why', async (t) => {
  const file = join(t.testdir(), 'a.csv')
  await writeFile(file, 'a,b,c\n1,2,3\n4,6\n7\n8,9,10\n')
  const columns = [{ id: sensorId('a'), unit: '' }]
  const { rows, sensors, fault } = await replaySource({ file, columns })
  t.strictSame(rows, [[1], [null], [null], [8]], 'which cell lacks cannot be known')
  const found = `${file}:3:4 found 2 cells, wanted the 3 of the first line, and 1 more such`
  t.match(fault, `${found}: a row with too few cells is left out; `)
  const source = { sensors, rows, fault }
  t.strictSame([...sensorsOf([], [source], 'all').faults()], [['a', fault]])
  t.throws(() => readTable('f', 'a,b\n1,2\n3\n'), {
    code: 'BAD_ROWS',
    message: 'f:3:2 found 1 cell, wanted the 2 of the first line',
  })
  const model: Model = { type: 'average', response: ['a'] }
  const named = rows.map(([a = null]) => new Map([['a', a]]))
  t.strictSame(contribute(model, named).skipped, { missing: 2, unusable: 0 }, 'counted as skipped')
})

t.test('mistakes are told with line and column, all at once', async (t) => {
  const cases: [text: string, wanted: readonly RegExp[]][] = [
    ['', [/^f:1:1 empty column name/, /f:2:1 no rows/]],
    ['a,a\n1,2', [/f:1:3 column "a" stands there twice/]],
    ['a,\n1,2', [/f:1:3 empty column name/]],
    ['a\n', [/f:2:1 no rows/]],
    ['a\n1,2\n3,4', [/f:2:3 found 2 cells, wanted the 1 of the first line/, /f:3:3/]],
    ['a\n"1\n2', [/f:2:1 a quoted cell does not end/]],
    ['a,b\n"1"x,2', [/f:2:4 found text after a quoted cell/]],
  ]
  for (const [text, wanted] of cases) {
    for (const message of wanted)
      t.throws(() => readTable('f', text), { code: 'BAD_ROWS', message }, text)
  }
  const table = readTable('f', 'a,b\n1,x\nInfinity,2\n0x10,"12,5"\n1e999,--1')
  t.throws(() => numbersOf(table, ['c', 'a']), {
    code: 'BAD_ROWS',
    message: /f:1:1 no column "c"; there are a, b/,
  })
  for (const message of [
    /f:2:3 b: found "x", wanted a number/,
    /f:3:1 a: found "Infinity"/,
    /f:4:1/,
    /f:4:6 b: found "12,5"/,
    /f:5:1/,
    /f:5:7/,
  ]) {
    t.throws(() => numbersOf(table, ['a', 'b']), { code: 'BAD_ROWS', message })
  }
})

t.test(
  'a long list of mistakes is cut, and columns that nobody wants may hold anything',
  async (t) => {
    const table = readTable('f\n', `a,b,\u001b\n${'x,1,\n'.repeat(50)}`)
    t.throws(() => numbersOf(table, ['c']), {
      message: 'f\\n:1:1 no column "c"; there are a, b, \\u001b',
    })
    t.throws(() => numbersOf(table, ['a']), { message: /f\\n:21:1 .*\nand 30 more$/ })
    t.equal(numbersOf(table, ['b']).length, 50)
  },
)

t.test('more rows than the limit are refused, and a file that is not there', async (t) => {
  t.throws(() => readTable('f', `a\n${'1\n'.repeat(LIMITS.rows + 1)}`), {
    code: 'BAD_ROWS',
    message: /wanted at most/,
  })
  t.equal(readTable('f', `a\n${'1\n'.repeat(LIMITS.rows)}`).rows.length, LIMITS.rows)
  await t.rejects(replaySource({ file: '/nowhere.csv', columns: [zinc] }), {
    code: 'NOT_FOUND',
    message: 'cannot read the readings in /nowhere.csv: no such file. Check the path.',
  })
})
