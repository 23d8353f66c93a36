import t from 'tap'
import { AgentConfig } from '../../agent/config.ts'
import { checkValue } from '../../agent/wire/problems.ts'

const least = {
  node: 'node-07',
  fleet: 'lab',
  broker: { url: 'mqtt://127.0.0.1' },
  operators: ['0x52908400098527886E0F7030069857D2E4169EE7'],
}
const problems = (value: object): string[] =>
  checkValue(AgentConfig, value).problems.map(({ path, text }) => `${path.join('.')}: ${text}`)

t.test('the smallest agent.yaml grants nothing', (t) => {
  const checked = checkValue(AgentConfig, least)
  t.strictSame('value' in checked && checked.value, {
    ...least,
    operators: ['0x52908400098527886e0f7030069857d2e4169ee7'],
    labels: {},
    neighbors: 'auto',
    sensors: [],
    permissions: { sensors: [], functions: 'none' },
    state: 'state',
  })
  t.end()
})

t.test('every source has its defaults', (t) => {
  const checked = checkValue(AgentConfig, {
    ...least,
    sensors: [
      { id: 'a', source: 'thermal', device: 'thermal_zone0' },
      { id: 'b', source: 'hwmon', device: 'hwmon0', channel: 'temp1', unit: 'K', every: '1s' },
      { id: 'c', source: 'load' },
      { id: 'd', source: 'replay', file: 'a.csv', unit: 'ppm', row: 0, missing: ['-200', ''] },
    ],
    permissions: { sensors: 'all' },
  })
  const plain = { scale: 1, offset: 0 }
  t.strictSame('value' in checked && checked.value.sensors, [
    { ...plain, id: 'a', source: 'thermal', device: 'thermal_zone0', unit: 'Cel', every: 10_000 },
    {
      ...plain,
      id: 'b',
      source: 'hwmon',
      device: 'hwmon0',
      channel: 'temp1',
      unit: 'K',
      every: 1000,
    },
    { ...plain, id: 'c', source: 'load', channel: '1m', unit: '/', every: 10_000 },
    {
      ...plain,
      id: 'd',
      source: 'replay',
      file: 'a.csv',
      unit: 'ppm',
      row: 0,
      perWindow: false,
      missing: ['-200', ''],
    },
  ])
  t.end()
})

t.test('every permission that is not built is refused by name', (t) => {
  for (const key of ['network', 'processes', 'read', 'write', 'hours', 'jobs', 'privacy']) {
    const found = problems({ ...least, permissions: { [key]: 'none' } })
    t.equal(found.length, 1, key)
    t.match(found[0], new RegExp(`^permissions.${key}: .*not built yet`))
  }
  t.end()
})

t.test('addresses of brokers of every form are taken, others are told what to write', (t) => {
  const urlProblem = (url: string) => problems({ ...least, broker: { url } })[0]
  for (const url of [
    'mqtt://a',
    'mqtts://broker.lab:8883',
    'mqtt://10.0.0.1:1',
    'mqtt://[::1]:1883',
    'mqtt://a:65535/',
  ])
    t.equal(urlProblem(url), undefined, url)
  for (const [url, hint] of [
    ['tcp://a:1883', 'Write mqtt://a:1883.'],
    ['ssl://a', 'Write mqtts://a.'],
    ['a:1883', 'Write mqtt://a:1883.'],
    ['mqtt://u:p@a', 'A password belongs in password: { file: PATH }.'],
    ['mqtt://a:0', ''],
    ['mqtt://a:65536', ''],
    ['mqtt://a/path', ''],
    ['mqtt://', ''],
  ])
    t.match(
      urlProblem(url ?? ''),
      `wanted mqtt://host:port or mqtts://host:port.${hint && ` ${hint}`}`,
      url ?? '',
    )
  t.end()
})

t.test(
  'ids that are taken, neighbors of themselves and sensors that are not there are told',
  (t) => {
    t.strictSame(
      problems({
        ...least,
        neighbors: ['node-06', 'node-07'],
        sensors: [
          { id: 'a', source: 'load' },
          { id: 'a', source: 'load' },
        ],
        permissions: { sensors: ['a', 'b'] },
      }),
      [
        'sensors.1.id: "a" is the id of sensors[0] already.',
        'permissions.sensors.1: there is no sensor "b" in this file. Sensors are a, a.',
        'neighbors.1: a device is no neighbor of itself. Remove it.',
      ],
    )
    t.end()
  },
)
