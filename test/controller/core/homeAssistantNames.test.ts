import t from 'tap'
import {
  freeId,
  isJobNameCut,
  isSensorCut,
  jobNameOf,
  sensorOf,
} from '../../../controller/core/homeAssistantNames.ts'

t.test('an entity is the sensor of its name, made a sensor id', async (t) => {
  t.equal(sensorOf('sensor.bathroom_humidity'), 'bathroom_humidity')
  t.equal(sensorOf('sensor.2nd'), '_2nd')
  t.equal(sensorOf('sensor.position'), 'position_')
  t.equal(sensorOf(`sensor.${'a'.repeat(40)}`), 'a'.repeat(32))
  for (const wrong of ['humidity', 'sensor.', 'sensor.a.b', 'sensor.Kitchen', 'sensor.a, sensor.b'])
    t.equal(sensorOf(wrong), undefined, wrong)
  t.strictSame(
    [32, 33].map((length) => isSensorCut(`sensor.${'a'.repeat(length)}`)),
    [false, true],
  )
  t.equal(isSensorCut(`sensor.2${'a'.repeat(31)}`), true, 'with its _')
})

t.test('a name is a job in plain letters', async (t) => {
  const names: [name: string, job: string][] = [
    ['In Bed?', 'in-bed'],
    ['Küche besetzt!', 'kuche-besetzt'],
    ['Fußboden', 'fussboden'],
    ['  Crème Brûlée – prête', 'creme-brulee-prete'],
    ['Søvn og Ærø', 'sovn-og-aero'],
    ['Łazienka', 'lazienka'],
    ['İstanbul ışık', 'istanbul-isik'],
    ['Cafe\u0301', 'cafe'],
    ['漏水', ''],
  ]
  for (const [name, job] of names) t.equal(jobNameOf(name), job)
  t.equal(jobNameOf(`${'a'.repeat(31)} b`), 'a'.repeat(31), 'and ends in no dash')
  t.strictSame([`${'a'.repeat(32)}!`, 'a'.repeat(33)].map(isJobNameCut), [false, true])
})

t.test('an id that is taken gets a number, within its length', async (t) => {
  t.equal(freeId('lux', new Set()), 'lux')
  t.equal(freeId('lux', new Set(['lux', 'lux_2'])), 'lux_3')
  t.equal(freeId('a'.repeat(32), new Set(['a'.repeat(32)])), `${'a'.repeat(30)}_2`)
})
