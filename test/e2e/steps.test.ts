import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { NonlinearResult, ProgramResult } from '../../agent/fusion/results.ts'
import { bundleProgram } from '../../controller/io/programBundle.ts'
import {
  controller,
  devices,
  embeddedConfig,
  ended,
  folder,
  hosts,
  MINUTE,
  nameOf,
  until,
} from './site.ts'

t.setTimeout(4 * MINUTE)

/** Results that take several sums in a row, on real processes over a real broker. */
const SIZE = 8
const head = (name: string) => `apiVersion: hypernet.dev/v1
kind: FusionJob
metadata: { name: ${name} }
spec:
  selector: { matchLabels: { rig: a } }
  consensus: { period: 100ms }
`
const site = async (t: Parameters<typeof folder>[0]) => {
  const names = Array.from({ length: SIZE }, (_, i) => nameOf(i))
  const opened = await controller(t, folder(t), embeddedConfig())
  const passwords = opened.credentials?.issueAll(names, 'device') ?? new Map()
  const at = { url: opened.brokerUrl, operator: opened.operatorAddress }
  // Each reads one value; the device's own place in the fleet is in it.
  await hosts(
    t,
    at,
    devices(0, SIZE, passwords, (i) => 5 + 3 * Math.exp(-0.4 * i)),
    2,
  )
  await until(
    opened,
    () => opened.nodes().filter(({ online }) => online).length === SIZE,
    'devices',
  )
  return opened
}

t.test('a program runs in the sandbox of every device, and all end with one result', async (t) => {
  const opened = await site(t)
  const file = fileURLToPath(new URL('../../devices/demo/programs/spread.ts', import.meta.url))
  const bundled = await bundleProgram(file)
  if (bundled.kind !== 'program') throw new Error(JSON.stringify(bundled.mistakes))
  const model = '  model: { type: program, file: spread.ts, columns: [level], length: 2 }\n'
  const programs = new Map([['spread.ts', bundled.program.code]])
  await opened.submit('spread.yaml', head('spread') + model, programs)
  const { status, agreement, result } = await ended(opened, 'spread', 2 * MINUTE)
  t.equal(status, 'succeeded')
  t.match(agreement, { exact: true, identical: true, sealed: SIZE })
  const levels = Array.from({ length: SIZE }, (_, i) => 5 + 3 * Math.exp(-0.4 * i))
  const mean = levels.reduce((a, b) => a + b) / SIZE
  const { program, devices: count } = result as unknown as ProgramResult
  t.equal(count, SIZE)
  t.ok(Math.abs((program.mean as number) - mean) < 1e-12)
  t.ok((program.distance as number) > 0)
})

t.test('a curve is fitted, and its steps are told', async (t) => {
  const opened = await site(t)
  const model = `  model:
    type: nonlinearLeastSquares
    response: level
    formula: low + (high - low) * level / (level + half)
    parameters: [{ name: low, start: 1 }, { name: high, start: 20 }, { name: half, start: 10, least: 1 }]
    steps: 20
`
  await opened.submit('curve.yaml', head('curve') + model)
  const { status, agreement, result } = await ended(opened, 'curve', 3 * MINUTE)
  t.equal(status, 'succeeded')
  t.match(agreement, { exact: true, identical: true, sealed: SIZE })
  const { coefficients, sums, observations } = result as unknown as NonlinearResult
  t.equal(observations, SIZE)
  t.ok(sums > 1, `${sums} sums`)
  t.ok(coefficients.every(Number.isFinite))
})
