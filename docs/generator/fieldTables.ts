import { AgentConfig } from '../../agent/config.ts'
import { FleetConfig } from '../../agent/fleetConfig.ts'
import { type FieldRow, fieldRows, jsonSchemaText } from '../../agent/wire/fieldRows.ts'
import { FusionJob } from '../../agent/wire/job.ts'
import { MODELS } from '../../agent/wire/jobModels.ts'
import { SENML_UNITS } from '../../agent/wire/senml.ts'
import { ControllerConfig } from '../../controller/config.ts'

/** Tables of the fields of every file that people write, and the JSON Schemas for their editors. */

/** The fields of a job around its model. */
export const jobTable = (): string =>
  table(fieldRows(FusionJob).filter(({ path }) => !path.startsWith('spec.model.')))

/** The fields of one model. */
export const modelTable = (type: keyof typeof MODELS): string =>
  table(fieldRows(MODELS[type], 'spec.model'))

export const agentTable = (): string => table(fieldRows(AgentConfig))
export const controllerTable = (): string => table(fieldRows(ControllerConfig))
export const fleetTable = (): string => table(fieldRows(FleetConfig))

/** The unit codes, in the order of their registers. */
export const unitList = (): string => [...SENML_UNITS].map((code) => `\`${code}\``).join(', ')

/** JSON Schemas by path from the top of the repository. */
export function schemaFiles(): Map<string, string> {
  return new Map([
    ['docs/job.schema.json', jsonSchemaText(FusionJob, 'FusionJob')],
    ['docs/agent.schema.json', jsonSchemaText(AgentConfig, 'agent.yaml')],
    ['docs/controller.schema.json', jsonSchemaText(ControllerConfig, 'controller.yaml')],
    ['docs/fleet.schema.json', jsonSchemaText(FleetConfig, 'VirtualFleet')],
  ])
}

function table(rows: readonly FieldRow[]): string {
  const cells = rows.map(({ path, kind, range, default: usual, description, example }) => [
    `\`${path}\``,
    escaped([kind, range].filter(Boolean).join(', ')),
    usual === '' ? requirement(path, rows) : usual === '-' ? '' : `\`${usual}\``,
    escaped(`${description}${example ? ` Example: \`${example}\`` : ''}`),
  ])
  const lines = [['field', 'value', 'default', 'meaning'], ['---', '---', '---', '---'], ...cells]
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n')
}

/** What must be there only where the map around it is, or where a map stands in place of an expression. */
function requirement(path: string, rows: readonly FieldRow[]): string {
  const around = rows.filter(
    (row) => path.startsWith(`${row.path}.`) || path.startsWith(`${row.path}[`),
  )
  const free = around.some((row) => row.default !== '' || row.kind === 'expression')
  return free ? 'required in it' : '**required**'
}

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
