import { FUNCTIONS } from '../../agent/fusion/functions.ts'
import { TOPIC_RECORDS } from '../../agent/wire/codec.ts'
import { CODES } from '../../agent/wire/errors.ts'
import { LIMITS } from '../../agent/wire/limits.ts'
import { domainOf, type Purpose } from '../../agent/wire/signature.ts'
import { TOPICS, type TopicKind, type TopicRule } from '../../agent/wire/topics.ts'
import { PROTOCOL } from '../../agent/wire/version.ts'

/** A Markdown table. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Every topic, who writes it and what it carries. */
export function topicTable(): string {
  const rows = Object.entries(TOPICS).map(([kind, rule]: [string, TopicRule]) => {
    const name = `hn/${PROTOCOL}/<fleet>/${rule.levels.replace(/:(\w+)/g, '<$1>')}`
    const record = (TOPIC_RECORDS as Partial<Record<TopicKind, { name: string }>>)[
      kind as TopicKind // the table's own keys
    ]
    const form = record ? `CBOR \`${record.name}\`` : rule.form.toUpperCase()
    const writer = rule.writer === 'self' ? 'the device `<node>`' : 'the controller'
    return [`\`${kind}\``, `\`${name}\``, rule.retain ? 'yes' : 'no', `${rule.qos}`, form, writer]
  })
  return table(['kind', 'topic name', 'retained', 'QoS', 'payload', 'written by'], rows)
}

/** The closed list of error codes. */
export const codeTable = (): string =>
  table(
    ['code', 'stands for'],
    Object.entries(CODES).map(([code, meaning]) => [`\`${code}\``, meaning]),
  )

/** Every bound by its name. Sizes in bytes, times in milliseconds. */
export const limitTable = (): string =>
  table(
    ['limit', 'value'],
    Object.entries(LIMITS).map(([name, value]) => [`\`${name}\``, `${value}`]),
  )

/** What signatures are for. */
export function purposeTable(): string {
  const signer: Record<Purpose, string> = {
    order: 'the buyer or operator',
    roster: 'the key that signed the order',
    contribution: 'the device',
    statement: 'the device',
    seal: 'the device',
  }
  return table(
    ['payload', 'external_aad (UTF-8)', 'signed by'],
    Object.entries(signer).map(([purpose, who]) => [
      `\`${purpose}\``,
      `\`${domainOf(purpose as Purpose)}\``, // the record's own keys
      who,
    ]),
  )
}

/** Every function and operator of expressions, with how many operands it takes. */
export const functionTable = (): string =>
  table(
    ['name', 'operands'],
    Object.entries(FUNCTIONS).map(([name, { least, most }]) => [
      `\`${name}\``,
      least === most
        ? `${least}`
        : most === LIMITS.expressionNodes
          ? `${least} or more`
          : `${least} to ${most}`,
    ]),
  )
