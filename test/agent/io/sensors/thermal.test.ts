import { rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { thermalSensor } from '../../../../agent/io/sensors/thermal.ts'
import { sensorId } from '../../../../agent/wire/ids.ts'
import { fakeSysfs } from './fakeSysfs.ts'

const id = sensorId('cpu')
const zone = (sysfsRoot: string, device = 'cpu-thermal', unit = 'Cel') =>
  thermalSensor({ id, unit, device, sysfsRoot })

t.test('a zone is found by its type or its name and read in degrees', async (t) => {
  const root = await fakeSysfs(t.testdir(), {
    'thermal/thermal_zone0': { type: 'gpu-thermal\n', temp: '51000\n' },
    'thermal/thermal_zone1': { type: 'cpu-thermal\n', temp: '48312\n', mode: 'enabled\n' },
    'thermal/cooling_device0': { type: 'cpu-thermal\n' },
  })
  t.equal(await zone(root).read(), 48.312)
  t.equal(await zone(root, 'thermal_zone0').read(), 51)
  t.equal(await zone(root, 'cpu-thermal', 'K').read(), 48.312 + 273.15)
})

t.test('a negative temperature is a temperature', async (t) => {
  const root = await fakeSysfs(t.testdir(), {
    'thermal/thermal_zone0': { type: 'x', temp: '-12500\n' },
  })
  t.equal(await zone(root, 'x').read(), -12.5)
})

t.test('what cannot be read is missing, never 0, and says why', async (t) => {
  const cases: [what: string, attributes: Record<string, string | null>, fault: RegExp][] = [
    ['no file', {}, /ENOENT.*temp/],
    ['empty', { temp: '' }, /empty/],
    ['only a newline', { temp: '\n' }, /empty/],
    ['a folder in its place', { temp: null }, /EISDIR/],
    ['junk', { temp: 'hot' }, /"hot", not a number/],
    ['hexadecimal', { temp: '0x10' }, /not a number/],
    ['two numbers', { temp: '1 2' }, /not a number/],
    ['not a number', { temp: 'nan' }, /not a number/],
    ['below absolute zero', { temp: '-274000' }, /no temperature/],
    ['fault pattern', { temp: '2147483647' }, /no temperature/],
    ['disabled', { temp: '40000', mode: 'disabled\n' }, /disabled/],
  ]
  for (const [what, attributes, fault] of cases) {
    const root = await fakeSysfs(t.testdir(), {
      'thermal/thermal_zone0': { type: 'x', ...attributes },
    })
    const sensor = zone(root, 'x')
    t.equal(await sensor.read(), null, what)
    t.match(sensor.fault, fault, what)
  }
})

t.test('no such zone, no zones at all, and two of one type are missing values', async (t) => {
  const root = await fakeSysfs(t.testdir(), {
    'thermal/thermal_zone0': { type: 'x', temp: '1000' },
    'thermal/thermal_zone1': { type: 'x', temp: '2000' },
  })
  const twice = zone(root, 'x')
  t.equal(await twice.read(), null)
  t.match(twice.fault, /2 devices .*thermal_zone0, thermal_zone1/)
  const none = zone(root, 'y')
  t.equal(await none.read(), null)
  t.match(none.fault, /no device "y"/)
  const nothing = zone(join(root, 'nowhere'), 'x')
  t.equal(await nothing.read(), null)
  t.match(nothing.fault, /ENOENT/)
})

t.test('a device that comes and goes is read when it is there', async (t) => {
  const root = await fakeSysfs(t.testdir(), {
    'thermal/thermal_zone7': { type: 'x', temp: '1000' },
  })
  const sensor = zone(root, 'x')
  t.equal(await sensor.read(), 1)
  await writeFile(join(root, 'devices/thermal/thermal_zone7/temp'), '2000\n')
  t.equal(await sensor.read(), 2, 'it changed between two readings')
  await rm(join(root, 'class/thermal/thermal_zone7'))
  t.equal(await sensor.read(), null)
  t.ok(sensor.fault)
  // After a reload of the driver it has another number.
  await symlink('../../devices/thermal/thermal_zone7', join(root, 'class/thermal/thermal_zone9'))
  t.equal(await sensor.read(), 2)
  t.equal(sensor.fault, undefined)
})

t.test('a loop of links is a missing value', async (t) => {
  const root = await fakeSysfs(t.testdir(), {
    'thermal/thermal_zone1': { type: 'x', temp: '1000' },
  })
  await symlink('thermal_zone0', join(root, 'class/thermal/thermal_zone0'))
  t.equal(await zone(root, 'x').read(), 1, 'the other one is still found')
  const loop = zone(root, 'thermal_zone0')
  t.equal(await loop.read(), null)
  t.match(loop.fault, /ELOOP/)
})

t.test('a unit of another quantity is refused with a hint', async (t) => {
  const make = (unit: string) => () => zone('/', 'x', unit)
  t.throws(make('C'), { code: 'BAD_CONFIG', message: /"C".*gives "Cel".*Did you mean Cel/ })
  t.throws(make('V'), { code: 'BAD_CONFIG' })
})
