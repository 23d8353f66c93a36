import { chmodSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { checkKeys, loadVirtualFleet } from '../../../controller/cli/virtualFleet.ts'

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

t.test(
  'keys of a number sell on the development chain alone, those of a secret anywhere',
  async (t) => {
    const secret = 'AB'.repeat(32)
    const fleet = (seed: string) =>
      `${head}  devices: 2\n  seed: ${seed}\n  market: { minPrice: "1", maxCollateral: "1" }\n`
    const dir = t.testdir({
      'number.yaml': fleet('7'),
      'secret.yaml': fleet('{ file: fleet.seed }'),
      'fleet.seed': `${secret}\n`,
      'short.yaml': fleet('{ file: short.seed }'),
      'short.seed': '7\n',
      'typed.yaml': fleet(`"${secret}"`),
    })
    for (const name of ['fleet.seed', 'short.seed']) chmodSync(`${dir}/${name}`, 0o600)
    const number = await loadVirtualFleet(`${dir}/number.yaml`)
    t.equal(number.devices[1]?.seed, '7')
    t.doesNotThrow(() => checkKeys(number, 31_337))
    t.throws(() => checkKeys(number, 4242), {
      code: 'KEY_UNSAFE',
      message: /on chain 4242 .* anybody can draw .* seed: \{ file: fleet\.seed \}/,
    })
    const own = await loadVirtualFleet(`${dir}/secret.yaml`)
    t.equal(own.devices[1]?.seed, secret.toLowerCase())
    t.doesNotThrow(() => checkKeys(own, 4242))
    await t.rejects(loadVirtualFleet(`${dir}/short.yaml`), {
      code: 'KEY_UNSAFE',
      message: /short\.seed holds no seed, wanted 64 hexadecimal digits/,
    })
    const typed = await loadVirtualFleet(`${dir}/typed.yaml`).catch(({ message }) => message)
    t.match(typed, /spec\.seed: .* wanted 0 to 4294967295, or \{ file: PATH \}/)
    t.notMatch(typed, secret, 'a secret is not quoted')
    chmodSync(`${dir}/fleet.seed`, 0o644)
    await t.rejects(loadVirtualFleet(`${dir}/secret.yaml`), { code: 'KEY_UNSAFE' })
  },
)

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

t.test('labels may stand in columns, of which the first row of a device counts', async (t) => {
  const dir = t.testdir({
    'fleet.yaml': `${head}  devices: 2\n  rows: rows.csv\n  labels: { site: a, room: none }\n  labelColumns: { room: where }\n  columns: { x: { unit: m } }\n`,
    'rows.csv': 'x,where\n1,hall\n2, attic\n3,cellar\n',
    'none.yaml': `${head}  devices: 2\n  rows: rows.csv\n  labelColumns: { room: place }\n`,
    'odd.yaml': `${head}  devices: 2\n  rows: odd.csv\n  labelColumns: { room: where }\n`,
    'odd.csv': 'x,where\n1,the hall\n',
    'alone.yaml': `${head}  devices: 2\n  labelColumns: { room: where }\n`,
  })
  const { devices } = await loadVirtualFleet(`${dir}/fleet.yaml`)
  t.strictSame(
    devices.map(({ labels }) => labels),
    [
      { site: 'a', room: 'hall' },
      { site: 'a', room: 'attic' },
    ],
  )
  const wrong: [file: string, message: RegExp][] = [
    ['none.yaml', /rows\.csv:1:1 no column "place"; there are x, where$/],
    ['odd.yaml', /odd\.csv:2:3 found "the hall", wanted 1-64 letters, digits, "\.", "_" or "-"$/],
    ['alone.yaml', /spec\.rows: missing, wanted the path of a CSV file that holds the columns/],
  ]
  for (const [file, message] of wrong)
    await t.rejects(loadVirtualFleet(`${dir}/${file}`), { message }, file)
})
