import { counted } from '../../../agent/wire/words.ts'
import type { ResultView } from '../show/document.ts'
import { spanText } from '../show/quantities.ts'
import { factLines, factsOf, resultText } from '../show/result.ts'
import { table } from '../show/table.ts'
import { leftoverFacts } from './books.ts'
import { compare, type Published, shortcomings } from './published.ts'
import type { DemoOutcome } from './run.ts'

/** The demo's result beside the published one, how it came about, and where the data are from. */
export function demoReport(
  { document, leftovers, devices, milliseconds }: Omit<DemoOutcome, 'controller' | 'folder'>,
  published: Published,
): string {
  if (document.result === undefined) return resultText(document)
  const wrong = shortcomings(document, published, devices)
  const verdict =
    wrong.length === 0
      ? 'The network agrees with the published figures to every printed digit.'
      : ['The network does not agree with the published figures:', ...wrong].join('\n  ')
  const { market } = document
  const left = market && leftovers ? leftoverFacts(leftovers, market) : []
  return `${[
    `${counted(devices, 'device')}, no fusion centre: ${published.model}\n`,
    comparison(document, published),
    factLines([...factsOf(document), ...left, ['took', `${spanText(milliseconds)} in all`]]),
    `${verdict}\n`,
    `Data: ${published.sources.join('; ')}.`,
  ].join('\n')}\n`
}

function comparison(document: ResultView, published: Published): string {
  const rows = compare(document, published).filter(({ name }) => !name.startsWith('term '))
  return table(
    [
      { head: 'figure' },
      { head: 'from the network', align: 'right' },
      { head: 'published', align: 'right' },
    ],
    rows.map(({ name, ours, published }) => [name, ours, published]),
  )
}
