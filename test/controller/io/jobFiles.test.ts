import t from 'tap'
import { formatMistake } from '../../../agent/wire/mistake.ts'
import { expressionProblems } from '../../../controller/core/expressionProblems.ts'
import { readJobs } from '../../../controller/io/jobFiles.ts'

const job = (name: string, response = 'temp'): string =>
  `apiVersion: hypernet.dev/v1\nkind: FusionJob\nmetadata: { name: ${name} }\nspec:\n  model: { type: average, response: ${response} }\n`
const read = async (...texts: string[]) => {
  const { jobs, mistakes } = await readJobs(
    texts.map((text, i) => ({ name: `${'abc'[i]}.yaml`, text })),
    expressionProblems,
  )
  return { jobs, lines: mistakes.map(formatMistake) }
}

t.test('several jobs of several files are read, with the places of their names', async (t) => {
  const { jobs, lines } = await read(`${job('one')}---\n${job('two')}---\n`, job('three'))
  t.strictSame(lines, [])
  t.strictSame(
    jobs.map(({ job, file, place }) => [String(job.metadata.name), file, place.line]),
    [
      ['one', 'a.yaml', 3],
      ['two', 'a.yaml', 9],
      ['three', 'b.yaml', 3],
    ],
  )
  t.match(jobs[0]?.written, { metadata: { name: 'one' } }, 'as it was written, too')
})

t.test('one wrong job refuses all, and each file is told its mistakes', async (t) => {
  const { jobs, lines } = await read(`${job('one')}---\n${job('two', '2x')}`, 'a: [', job('Three'))
  t.strictSame(jobs, [])
  t.strictSame(lines, [
    'a.yaml:11:38 spec.model.response: found no operator between "2" and "x". Write 2*x to multiply.',
    'b.yaml:1:4 the "[" opened here is never closed. Add the "]".',
    'c.yaml:3:19 metadata.name: found "Three", wanted 1-32 of a-z, 0-9 and -.',
  ])
})

t.test('an expression that is too long is told once, in quotes or without', async (t) => {
  const long = `temp${' + temp'.repeat(200)}`
  for (const text of [long, `"${long}"`])
    t.strictSame((await read(job('one', text))).lines, [
      'a.yaml:5:37 spec.model.response: found 1404 characters, wanted at most 1000.',
    ])
})

t.test('a name is given once, over all files', async (t) => {
  const { jobs, lines } = await read(job('one'), job('one'))
  t.strictSame(jobs, [])
  t.strictSame(lines, [
    'b.yaml:3:19 metadata.name: the name "one" is that of the job in a.yaml:3 already. Give each job its own.',
  ])
})

t.test('a place inside of a quoted formula is found, and one in a broken text named', async (t) => {
  const quoted = await read(job('one', '"log(zinc"'))
  t.match(quoted.lines[0], /^a\.yaml:5:41 spec\.model\.response: the "\(" opened here/)
  const block = await read(
    'apiVersion: hypernet.dev/v1\nkind: FusionJob\nmetadata: { name: a }\nspec:\n  model:\n    type: average\n    response: >-\n      log(zinc)\n      + (3\n',
  )
  t.match(
    block.lines[0],
    /^a\.yaml:7:15 spec\.model\.response: at character 13: the "\(" opened here/,
  )
})

t.test('a row of a data file with too few cells is a mistake of that file', async (t) => {
  const text = `${job('one', 'y')}  data: { file: rows.csv, shards: 1 }\n`
  const data = new Map([['rows.csv', 'x,y\n1,2\n3\n4,5\n']])
  const { jobs, mistakes } = await readJobs([{ name: 'a.yaml', text }], expressionProblems, data)
  t.strictSame(jobs, [])
  t.match(mistakes.map(formatMistake), [
    /^a\.yaml:6:.* spec\.data\.file: rows\.csv:3:2 found 1 cell, wanted the 2 of the first line/,
  ])
})
