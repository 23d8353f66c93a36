import t from 'tap'
import { numbersOf, readTable } from '../../../agent/io/sensors/table.ts'
import { sensorId } from '../../../agent/wire/ids.ts'
import type { Order } from '../../../agent/wire/messages.ts'
import type { Model } from '../../../agent/wire/modelMessage.ts'
import { readsPosition } from '../../../controller/core/compile.ts'
import { dealRows } from '../../../controller/sim/dealing.ts'
import { averageOrder } from '../../scenarios/stage.ts'

const reader = { read: readTable, numbers: numbersOf }
const orderOf = (response: Model['response'], ...sensors: string[]): Order => ({
  ...averageOrder,
  model: { type: 'average', response },
  sensors: sensors.map((id) => ({ id: sensorId(id), unit: '' })),
})
const deal = (order: Order, csv: string, devices?: number, column?: string) =>
  dealRows(order, readTable('rows.csv', csv), reader, {
    devices,
    assign: column === undefined ? { kind: 'round-robin' } : { kind: 'column', name: column },
  })

t.test('gives each device one row, and reads the columns of the job by name', (t) => {
  const { devices, columns } = deal(
    orderOf([['+', 2], 'b', 'a'], 'b', 'a'),
    'a,x,b\n1,9,2\n,9,NA\n',
  )
  t.strictSame(columns, [
    { id: 'b', unit: '' },
    { id: 'a', unit: '' },
  ])
  t.strictSame(devices, [
    { name: 'device-0', rows: [[2, 1]] },
    { name: 'device-1', rows: [[null, null]] },
  ])
  t.end()
})

t.test('deals more rows than devices in turn, and leaves devices beyond the rows empty', (t) => {
  const csv = 'v\n1\n2\n3\n'
  t.strictSame(deal(orderOf(['v'], 'v'), csv, 2).devices, [
    { name: 'device-0', rows: [[1], [3]] },
    { name: 'device-1', rows: [[2]] },
  ])
  const many = deal(orderOf(['v'], 'v'), csv, 11).devices
  t.strictSame(many[10], { name: 'device-10', rows: [] })
  t.equal(many[2]?.name, 'device-02')
  t.end()
})

t.test('deals at most two thousand devices by default', (t) => {
  const csv = `v\n${Array.from({ length: 2001 }, (_, i) => i).join('\n')}\n`
  const { devices } = deal(orderOf(['v'], 'v'), csv)
  t.equal(devices.length, 2000)
  t.strictSame(devices[0]?.rows, [[0], [2000]])
  t.throws(() => deal(orderOf(['v'], 'v'), csv, 2001), {
    code: 'BAD_USAGE',
    message: /^--devices: found "2001", wanted at most 2000 by flood/,
  })
  t.end()
})

t.test('makes a device of each value of a column', (t) => {
  const csv = 'site,v\nNorth 1,1\nsouth,2\nNorth 1,3\n'
  t.strictSame(deal(orderOf(['v'], 'v'), csv, undefined, 'site').devices, [
    { name: 'north-1', rows: [[1], [3]] },
    { name: 'south', rows: [[2]] },
  ])
  t.end()
})

t.test('places devices by the columns x, y and z where the job reads a position', (t) => {
  const order = orderOf([['*', 2], 'v', 'position.x'], 'v')
  t.ok(readsPosition(order))
  t.notOk(readsPosition(orderOf(['v'], 'v')))
  const csv = 'x,y,z,v\n1,2,3,4\n5,6,7,8\n'
  t.strictSame(deal(order, csv).devices[1], {
    name: 'device-1',
    rows: [[8]],
    position: { x: 5, y: 6, z: 7 },
  })
  t.strictSame(deal(order, 'x,y,v\n1,2,3\n').devices[0]?.position, { x: 1, y: 2, z: 0 })
  t.equal(deal(order, 'v\n3\n').devices[0]?.position, undefined, 'left to the graph')
  t.throws(() => deal(order, csv, 1), {
    code: 'BAD_USAGE',
    message:
      'the job reads position.x, but the rows of device-0 lie at different places; deal one row to each device, or one place by --assign column:NAME.',
  })
  t.end()
})

t.test('says what is wrong with a file or a dealing', (t) => {
  const order = orderOf(['v'], 'v')
  const rows = 'BAD_ROWS'
  const table: [run: () => unknown, code: string, message: string][] = [
    [() => deal(order, 'w\n1\n'), rows, 'rows.csv:1:1 no column "v"; there are w'],
    [
      () => deal(order, 'v\n1\n', undefined, 'site'),
      rows,
      'rows.csv:1:1 no column "site" for --assign; there are v',
    ],
    [
      () => deal(order, 'site,v\n,1\n', undefined, 'site'),
      rows,
      'rows.csv:2:1 site: found "", wanted the name of a device: 1-32 letters, digits and -',
    ],
    [
      () => deal(order, 'v,site\n1,a b\n2,a-b\n', undefined, 'site'),
      rows,
      'rows.csv:3:3 site: "a-b" and "a b" both give the device name a-b; rename one',
    ],
    [
      () => deal(order, 'site,v\na,1\n', 3, 'site'),
      'BAD_USAGE',
      '--devices and --assign column:NAME both say how many devices there are; give one of them.',
    ],
  ]
  for (const [run, code, message] of table) t.throws(run, { code, message })
  t.end()
})
