import { readFileSync } from 'node:fs'
import t from 'tap'
import { FleetConfig } from '../../agent/fleetConfig.ts'
import { readConfig } from '../../agent/io/yaml/config.ts'
import { checkValue } from '../../agent/wire/problems.ts'

const fleet = (spec: object): object => ({
  apiVersion: 'hypernet.dev/v1',
  kind: 'VirtualFleet',
  spec: { fleet: 'lab', ...spec },
})
const problems = (spec: object): string[] =>
  checkValue(FleetConfig, fleet(spec)).problems.map(
    ({ path, text }) => `${path.join('.')}: ${text}`,
  )

t.test('the fleet of the demo is taken', async (t) => {
  const path = 'devices/demo/soil/fleet.yaml'
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  const { value, mistakes } = await readConfig({ name: path, text }, FleetConfig)
  t.strictSame(mistakes, [])
  t.match(value?.spec, { devices: 'rows', rows: 'meuse.csv', columns: { zinc: { unit: 'ppm' } } })
})

t.test('devices without rows have no sensors', (t) => {
  const checked = checkValue(FleetConfig, fleet({ devices: 5 }))
  t.match('value' in checked && checked.value.spec, {
    devices: 5,
    prefix: 'device',
    columns: {},
    labels: {},
    processes: 2,
    seed: 1,
  })
  t.end()
})

t.test('rows are asked for where something is read from them', (t) => {
  t.strictSame(problems({}), [
    'spec.rows: missing, wanted the path of a CSV file, or a number of devices.',
  ])
  t.strictSame(problems({ devices: 5, columns: { a: { unit: '/' } } }), [
    'spec.rows: missing, wanted the path of a CSV file that holds the columns.',
  ])
  t.strictSame(problems({ devices: 5, position: { x: 'x', y: 'y' } }), [
    'spec.rows: missing, wanted the path of a CSV file that holds the columns.',
  ])
  t.end()
})

t.test('no more sensors than an agent may have', (t) => {
  const columns = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`s${i}`, { unit: '/' }]))
  t.strictSame(problems({ rows: 'a.csv', columns: columns(64) }), [])
  t.strictSame(problems({ rows: 'a.csv', columns: columns(65) }), [
    'spec.columns: found 65 sensors, wanted at most 64.',
  ])
  t.end()
})
