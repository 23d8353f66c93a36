import t from 'tap'
import * as z from 'zod/mini'
import { loadConfig, readConfig, readConfigs } from '../../../../agent/io/yaml/config.ts'
import { formatMistake } from '../../../../agent/wire/mistake.ts'

const Schema = z.strictObject({ a: z.number(), b: z.prefault(z.string(), 'x') })
const file = (text: string) => ({ name: 'a.yaml', text })

t.test('a file gives its value with defaults, or its mistakes', async (t) => {
  t.strictSame(await readConfig(file('a: 1'), Schema), { value: { a: 1, b: 'x' }, mistakes: [] })
  const { value, mistakes } = await readConfig(file('a: "1"\nc: 2'), Schema)
  t.equal(value, undefined)
  t.strictSame(mistakes.map(formatMistake), [
    'a.yaml:1:4 a: found "1", which is text, wanted a number. Remove the quotes.',
    'a.yaml:2:1 c: unknown key. Keys here are a, b.',
  ])
})

t.test('a number is quoted as it was written', async (t) => {
  const { mistakes } = await readConfig(file('a: 1\nb: 007'), Schema)
  t.strictSame(mistakes.map(formatMistake), [
    'a.yaml:2:4 b: found 007, wanted text. Put it in quotes: "007".',
  ])
})

t.test('several files are read at once, each with its own outcome', async (t) => {
  const results = await readConfigs([file('a: 1'), file('a: ['), file('a: 2')], Schema)
  t.strictSame(
    results.map(({ value, mistakes }) => [value?.a, mistakes.length]),
    [
      [1, 0],
      [undefined, 1],
      [2, 0],
    ],
  )
})

t.test('a file that a program cannot do without ends it with all lines', async (t) => {
  t.strictSame(await loadConfig(file('a: 1'), Schema), { a: 1, b: 'x' })
  await t.rejects(loadConfig(file('b: 1\nc: 2'), Schema), {
    code: 'BAD_CONFIG',
    message: [
      'a.yaml:1:1 a: missing, wanted a number.',
      'a.yaml:1:4 b: found 1, wanted text. Put it in quotes: "1".',
      'a.yaml:2:1 c: unknown key. Keys here are a, b.',
    ].join('\n'),
  })
})
