import t from 'tap'
import type * as z from 'zod/mini'
import { AgentConfig } from '../../agent/config.ts'
import { FleetConfig } from '../../agent/fleetConfig.ts'
import { readConfig, readConfigs } from '../../agent/io/yaml/config.ts'
import { formatMistake, formatMistakeWithSource } from '../../agent/wire/mistake.ts'
import { ControllerConfig } from '../../controller/config.ts'
import { badFiles, edited } from './table.ts'

const SCHEMAS: Record<'agent' | 'fleet' | 'controller', z.ZodMiniType> = {
  agent: AgentConfig,
  fleet: FleetConfig,
  controller: ControllerConfig,
}

for (const kind of ['agent', 'fleet', 'controller'] as const) {
  const { good, cases } = badFiles(kind)

  t.test(`the good ${kind}.yaml is taken`, async (t) => {
    const { mistakes } = await readConfig({ name: `${kind}.yaml`, text: good }, SCHEMAS[kind])
    t.strictSame(mistakes, [])
  })

  t.test(`every wrong ${kind}.yaml brings exactly its lines`, async (t) => {
    const sources = cases.map((row) => ({ name: '', text: edited(good, row) }))
    const found = await readConfigs(sources, SCHEMAS[kind])
    cases.forEach(({ title, lines }, i) => {
      t.ok(lines.length > 0, `${title}: has a line`)
      t.strictSame(found[i]?.mistakes.map(formatMistake), lines, title)
    })
  })
}

t.test('a secret in the wrong place is not repeated', async (t) => {
  const { good, cases } = badFiles('agent')
  const secret = cases.filter(({ to }) => to.includes('hunter2'))
  t.ok(secret.length >= 2, 'rows with a password')
  for (const row of secret) {
    const { mistakes } = await readConfig(
      { name: 'agent.yaml', text: edited(good, row) },
      AgentConfig,
    )
    t.ok(mistakes.length > 0, row.title)
    t.notMatch(mistakes.map(formatMistakeWithSource).join('\n'), /hunter2/, row.title)
  }
})
