import { readFile } from 'node:fs/promises'
import t from 'tap'
import { loadSensor } from '../../../../agent/io/sensors/load.ts'
import { sensorId } from '../../../../agent/wire/ids.ts'

const id = sensorId('load')

t.test(
  'the load is the one that the kernel shows',
  { skip: process.platform !== 'linux' },
  async (t) => {
    // proc_loadavg(5): the first three fields. They change only every 5 seconds.
    const around = async (channel: string, field: number) => {
      const before = Number((await readFile('/proc/loadavg', 'utf8')).split(' ')[field])
      const value = await loadSensor({ id, unit: '/', channel }).read()
      const after = Number((await readFile('/proc/loadavg', 'utf8')).split(' ')[field])
      return {
        value: value ?? Number.NaN,
        least: Math.min(before, after),
        most: Math.max(before, after),
      }
    }
    for (const [field, channel] of ['1m', '5m', '15m'].entries()) {
      const { value, least, most } = await around(channel, field)
      t.ok(value >= least - 0.006 && value <= most + 0.006, `${channel}: ${value}`)
    }
  },
)

t.test('an unknown span and a wrong unit are refused', async (t) => {
  t.throws(() => loadSensor({ id, unit: '/', channel: '2m' }), {
    code: 'BAD_CONFIG',
    message: /1m, 5m, 15m/,
  })
  t.throws(() => loadSensor({ id, unit: 'Cel' }), { code: 'BAD_CONFIG' })
})
