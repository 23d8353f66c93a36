import t from 'tap'
import { type RandomStream, randomStream } from '../../agent/math/random.ts'
import { formatMistake } from '../../agent/wire/mistake.ts'
import { expressionProblems } from '../../controller/core/expressionProblems.ts'
import { readJobs } from '../../controller/io/jobFiles.ts'
import { badFiles } from './table.ts'

/** Set SEED to see other files than CI does. */
const SEED = Number(process.env.SEED ?? 1)
const FILES = 300
const SECONDS = 60

const { good, cases } = badFiles('job')
/** What stands in files that people paste together, and what parsers stumble over. */
const SCRAPS = [
  ...['\t', '---\n', '- ', ': ', ':', '"', "'", '[', ']', '{', '}', '#', ' #', '|', '>-\n', '&a '],
  ...['*a', '!!str ', '%', '@', '`', '? ', '...', '\r\n', '\r', '\ufeff', '\u00a0', '\u0000', '“'],
  ...[
    '  ',
    '\n',
    '\n\n',
    '~',
    'null',
    '1e999',
    '0x1F',
    '.nan',
    '007',
    '<<: ',
    '\\',
    ',',
    '^',
    '((',
  ],
  ...cases.map(({ to }) => to),
]

function mutated(random: RandomStream, name: string): string {
  let text = good.replace('soil-zinc', name)
  for (let edits = 1 + random.below(4); edits > 0; edits--) {
    const at = random.below(text.length + 1)
    const end = Math.min(text.length, at + random.below(12))
    const scrap = SCRAPS[random.below(SCRAPS.length)] ?? ''
    const lines = text.split('\n')
    const [a, b] = [random.below(lines.length), random.below(lines.length)]
    const kind = random.below(7)
    if (kind === 0) text = text.slice(0, at) + text.slice(end)
    else if (kind === 1) text = text.slice(0, at) + scrap + text.slice(at)
    else if (kind === 2) text = text.slice(0, at) + scrap + text.slice(end)
    else if (kind === 3) text = lines.toSpliced(a, 0, lines[b] ?? '').join('\n')
    else if (kind === 4) text = lines.with(a, `${lines[a]}  # note`).join('\n')
    else if (kind === 5) text = lines.toSpliced(a, 0, '').join('\n')
    else text = lines.with(a, ' '.repeat(random.below(8)) + (lines[a] ?? '').trim()).join('\n')
  }
  return text
}

t.test(
  `${FILES} random edits of a good job (SEED=${SEED}) each end in located lines or a job`,
  async (t) => {
    const random = randomStream(SEED)
    const sources = Array.from({ length: FILES }, (_, i) => ({
      name: `${i}`,
      text: mutated(random, `soil-${i}`),
    }))
    const start = performance.now()
    const { mistakes } = await readJobs(sources, expressionProblems)
    const wrong = new Set(mistakes.map(({ file }) => file))
    for (const mistake of mistakes) {
      const { line, column, file } = mistake
      const source = sources[Number(file)]?.text ?? ''
      const lines = source.replace(/^\ufeff/, '').split(/\r?\n/)
      const shown = `${formatMistake(mistake)}\n${source}`
      if (source.trim() === '') continue
      if (!(line >= 1 && line <= lines.length)) t.fail(`no such line: ${shown}`)
      // One behind the end is where something is missing.
      if (!(column >= 1 && column <= (lines[line - 1] ?? '').length + 1))
        t.fail(`no such column: ${shown}`)
      if (!/^[^\n]{10,1000}[.)?]$/.test(mistake.text)) t.fail(`not one sentence: ${shown}`)
      if (/undefined|\[object|NaN\b|which cannot be read here/.test(mistake.text))
        t.fail(`not our words: ${shown}`)
    }
    const rest = sources.filter(({ name }) => !wrong.has(name))
    t.ok(wrong.size > FILES / 4 && rest.length > FILES / 30, `${wrong.size} of ${FILES} are wrong`)
    const right = await readJobs(rest, expressionProblems)
    t.strictSame(right.mistakes, [])
    const files = new Set(right.jobs.map(({ file }) => file))
    for (const { name, text } of rest)
      if (!files.has(name)) t.fail(`neither job nor mistake:\n${text}`)
    const seconds = (performance.now() - start) / 1000
    t.ok(seconds < SECONDS + 5, `${seconds} s, with ${rest.length} that are right`)
  },
)
