import t from 'tap'
import { hwmonSensor } from '../../../../agent/io/sensors/hwmon.ts'
import { sensorId } from '../../../../agent/wire/ids.ts'
import { fakeSysfs } from './fakeSysfs.ts'

const read = (sysfsRoot: string, channel: string, unit: string, device = 'chip') =>
  hwmonSensor({ id: sensorId('s'), unit, device, channel, sysfsRoot })

t.test('each kind of channel is scaled as the kernel documents it', async (t) => {
  // Linux Documentation/hwmon/sysfs-interface.rst: mV, millidegree, mA, milli-percent, microwatt, microjoule, RPM.
  const root = await fakeSysfs(t.testdir(), {
    'hwmon/hwmon0': { name: 'other\n', temp1_input: '1' },
    'hwmon/hwmon3': {
      name: 'chip\n',
      temp1_input: '48312\n',
      in0_input: '3301\n',
      curr1_input: '-250\n',
      humidity1_input: '44718\n',
      power1_input: '1500000\n',
      energy1_input: '2500000\n',
      fan2_input: '1200\n',
    },
  })
  const cases: [channel: string, unit: string, value: number][] = [
    ['temp1', 'Cel', 48.312],
    ['in0', 'V', 3.301],
    ['curr1', 'A', -0.25],
    ['humidity1', '%RH', 44.718],
    ['power1', 'W', 1.5],
    ['energy1', 'J', 2.5],
    ['fan2', '1/min', 1200],
  ]
  for (const [channel, unit, value] of cases) t.equal(await read(root, channel, unit).read(), value)
  t.equal(await read(root, 'temp1', 'Cel', 'hwmon0').read(), 0.001, 'by its entry')
})

t.test('a fault flag makes the value missing', async (t) => {
  const root = await fakeSysfs(t.testdir(), {
    'hwmon/hwmon0': {
      name: 'chip',
      temp1_input: '48312',
      temp1_fault: '1\n',
      temp2_input: '20000',
      temp2_fault: '0\n',
      temp3_input: '1',
      temp3_fault: '',
    },
  })
  const broken = read(root, 'temp1', 'Cel')
  t.equal(await broken.read(), null)
  t.match(broken.fault, /temp1_fault is "1"/)
  t.equal(await read(root, 'temp2', 'Cel').read(), 20)
  t.equal(
    await read(root, 'temp3', 'Cel').read(),
    null,
    'a flag that cannot be read is no all-clear',
  )
})

t.test('missing, empty, junk and impossible channels are missing values', async (t) => {
  const root = await fakeSysfs(t.testdir(), {
    'hwmon/hwmon0': {
      name: 'chip',
      temp1_input: '',
      temp2_input: 'N/A',
      temp3_input: null,
      temp4_input: '-300000',
    },
  })
  for (const channel of ['temp1', 'temp2', 'temp3', 'temp4', 'temp5']) {
    const sensor = read(root, channel, 'Cel')
    t.equal(await sensor.read(), null, channel)
    t.ok(sensor.fault, channel)
  }
})

t.test('a channel that is none is refused at once', async (t) => {
  for (const channel of ['', 'temp', '1', 'pwm1', '../temp1', 'temp1_input']) {
    t.throws(
      () => read('/', channel, 'Cel'),
      { code: 'BAD_CONFIG', message: /such as temp1/ },
      channel,
    )
  }
  t.throws(() => read('/', 'in0', 'Cel'), { code: 'BAD_CONFIG', message: /gives "V"/ })
})
