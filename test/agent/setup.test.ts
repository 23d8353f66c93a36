import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { deriveKey } from '../../agent/io/keys.ts'
import { loadAgentFile, openSensors, settingsOf } from '../../agent/setup.ts'

const machine = { cpus: 4000, memory: 512_000_000, storage: 1_000_000_000 }

async function settingsFor(more: string) {
  const path = join(t.testdir({}), 'agent.yaml')
  await writeFile(
    path,
    `node: node-07
fleet: lab
broker: { url: "mqtt://127.0.0.1:9" }
operators: ["0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"]
${more}
`,
  )
  return settingsOf(await loadAgentFile(path), deriveKey('setup', 'node-07'), machine)
}

t.test('what a job may ask for is what agent.yaml says, and what the machine has', async (t) => {
  const limits =
    'cpu: { share: 25% }, memory: { perJob: 32MB }, disk: { perJob: 50MB }, bandwidth: 20kB'
  const { granted, machine: there } = await settingsFor(`permissions: { ${limits} }`)
  t.strictSame(granted, { cpus: 1000, memory: 32_000_000, storage: 50_000_000, bandwidth: 20_000 })
  t.equal(there, machine)
  t.strictSame((await settingsFor('')).granted, {})
})

t.test('hours of a seller are minutes of the day', async (t) => {
  const hours = 'hours: { from: 22:00, to: "06:30", zone: Europe/Berlin }'
  const place = ['vault', 'factory', 'escrow'].map(
    (name, i) => `${name}: "0x${`${i + 1}`.repeat(40)}"`,
  )
  const { market } = await settingsFor(
    `market: { chainId: 1, ${place.join(', ')}, minPrice: 1, maxCollateral: 2, ${hours} }`,
  )
  t.strictSame(market?.hours, {
    from: 1320,
    to: 390,
    zone: 'Europe/Berlin',
  })
})

t.test('sensors are calibrated, and bounded, as agent.yaml says', async (t) => {
  const folder = t.testdir({
    'zinc.csv': 'zinc\n10\n20\n99\n',
    'agent.yaml': `node: node-07
fleet: lab
broker: { url: "mqtt://127.0.0.1:9" }
operators: ["0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"]
sensors:
  - { id: zinc, source: replay, file: zinc.csv, unit: ppm, scale: 2, offset: 1, limits: { most: 50 } }
  - { id: load, source: load, limits: { least: 1000000 }, stuck: 1h }
permissions: { sensors: all }
`,
  })
  const sensors = await openSensors(await loadAgentFile(join(folder, 'agent.yaml')))
  const found = await sensors.observe(['zinc', 'load'], () => 0)
  t.strictSame(
    found.map(({ rows }) => rows),
    [[[21], [41], [null]], [[null]]],
  )
  t.match(sensors.faults().get('zinc'), /199 lies beyond its limits/)
  t.match(sensors.faults().get('load'), /lies beyond its limits/)
})
