import t from 'tap'
import { formatMistake } from '../../agent/wire/mistake.ts'
import { expressionProblems } from '../../controller/core/expressionProblems.ts'
import { readJobs } from '../../controller/io/jobFiles.ts'
import { badFiles, edited } from './table.ts'

const { good, cases } = badFiles('job')

/** Lines that each row of the table brings, without the name of the file. */
async function linesOf(change: (text: string) => string): Promise<string[][]> {
  const sources = cases.map((row, i) => ({ name: `${i}`, text: change(edited(good, row)) }))
  const { jobs, mistakes } = await readJobs(sources, expressionProblems)
  t.strictSame(jobs, [], 'no job is taken while any is wrong')
  return cases.map((_, i) =>
    mistakes
      .filter(({ file }) => file === `${i}`)
      .map((mistake) => formatMistake(mistake).slice(`${i}`.length)),
  )
}

t.test('the good file is taken, so that each edit alone is what is refused', async (t) => {
  const { jobs, mistakes } = await readJobs([{ name: 'job.yaml', text: good }], expressionProblems)
  t.strictSame(mistakes, [])
  t.equal(jobs[0]?.job.metadata.name, 'soil-zinc')
})

t.test('every wrong job brings exactly its lines', async (t) => {
  t.ok(cases.length >= 60, `${cases.length} rows`)
  const found = await linesOf((text) => text)
  cases.forEach(({ title, lines }, i) => {
    t.ok(lines.length > 0, `${title}: has a line`)
    t.strictSame(found[i], lines, title)
  })
})

t.test(
  'mistakes keep their places in files of Windows, with CRLF and a byte order mark',
  async (t) => {
    const found = await linesOf((text) => `\ufeff${text.replaceAll('\n', '\r\n')}`)
    cases.forEach(({ title, lines }, i) => {
      t.strictSame(found[i], lines, title)
    })
  },
)
