import { fileURLToPath } from 'node:url'
import t from 'tap'
import { loadVirtualFleet } from '../../../controller/cli/virtualFleet.ts'

const soil = fileURLToPath(new URL('../../../devices/demo/soil/fleet.yaml', import.meta.url))
const head = `apiVersion: hypernet.dev/v1
kind: VirtualFleet
spec:
  fleet: lab
`

t.test('the soil fleet has one probe a row, as the survey lists them', async (t) => {
  const { fleet, devices } = await loadVirtualFleet(soil)
  t.equal(fleet, 'meuse')
  t.equal(devices.length, 155)
  // First and last line of the survey.
  t.match(devices[0], {
    id: 'probe-0',
    labels: { site: 'meuse' },
    sensors: [
      { id: 'zinc', unit: 'ppm' },
      { id: 'dist', unit: '/' },
    ],
    rows: [[1022, 0.00135803]],
    position: { x: 181072, y: 333611, z: 0 },
  })
  t.match(devices[154], { id: 'probe-154', rows: [[375, 0.0122243]] })
})

t.test('a number of devices gets the rows dealt out in turn, and loses none', async (t) => {
  const { devices } = await loadVirtualFleet(soil, 40)
  t.equal(devices.length, 40)
  t.strictSame(
    devices.map(({ rows }) => rows.length),
    devices.map((_, i) => (i < 155 % 40 ? 4 : 3)),
  )
  const whole = await loadVirtualFleet(soil)
  t.strictSame(devices[7]?.rows[1], whole.devices[47]?.rows[0])
})

t.test('more devices than rows: the others hold none', async (t) => {
  const dir = t.testdir({
    'fleet.yaml': `${head}  devices: 3\n  rows: r.csv\n  columns: { a: { unit: m } }\n`,
    'r.csv': 'a\n1\nNA\n',
  })
  const { devices } = await loadVirtualFleet(`${dir}/fleet.yaml`)
  t.strictSame(
    devices.map(({ id, rows }) => [id, rows]),
    [
      ['device-0', [[1]]],
      ['device-1', [[null]]],
      ['device-2', []],
    ],
  )
})

t.test('refuses a wrong file by file, line and column', async (t) => {
  const dir = t.testdir({
    'unit.yaml': `${head}  rows: r.csv\n  columns: { a: { unit: C } }\n`,
    'column.yaml': `${head}  rows: r.csv\n  columns: { b: { unit: m } }\n`,
    'place.yaml': `${head}  rows: r.csv\n  columns: { a: { unit: m } }\n  position: { x: a, y: p }\n`,
    'r.csv': 'a,p\n1,2\n3,NA\n',
  })
  await t.rejects(loadVirtualFleet(`${dir}/unit.yaml`), {
    code: 'BAD_CONFIG',
    message: /unit\.yaml:6:25 spec\.columns\.a\.unit: found "C"/,
  })
  await t.rejects(loadVirtualFleet(`${dir}/column.yaml`), {
    code: 'BAD_ROWS',
    message: /r\.csv:1:1 no column "b"/,
  })
  await t.rejects(loadVirtualFleet(`${dir}/place.yaml`), {
    code: 'BAD_ROWS',
    message: /r\.csv:3:1 found no number for the position/,
  })
  await t.rejects(loadVirtualFleet(`${dir}/nowhere.yaml`), { code: 'BAD_CONFIG' })
})
