import { counted } from '../../../../agent/wire/words.ts'
import { spanText } from '../../show/quantities.ts'
import { table } from '../../show/table.ts'
import type { RuleScore } from './compare.ts'

/** A steam demo that has ended. */
export interface SteamOutcome {
  readonly windows: number
  readonly scores: readonly RuleScore[]
  readonly wrong: readonly string[]
  /** From the start of the first process to the end of both jobs. */
  readonly milliseconds: number
}

/** Time that a window of the record takes, in seconds: three readings. */
export const WINDOW_SECONDS = 15
const SOURCE =
  'S. Suthaharan et al., Labelled data collection for anomaly detection in wireless sensor networks, ISSNIP 2010'
/** Mistakes that are listed; the rest are counted. */
const MOST = 10

/** How the fleet's decisions and the rules of today stand beside the labels. */
export function steamReport({ windows, scores, wrong, milliseconds }: SteamOutcome): string {
  const left = wrong.length - MOST
  const verdict =
    wrong.length === 0
      ? 'Every decision is the one that a single machine with all readings takes.'
      : [
          'Decisions are not those of a single machine:',
          ...wrong.slice(0, MOST),
          ...(left > 0 ? [`and ${left} more`] : []),
        ].join('\n  ')
  const span = spanText(windows * WINDOW_SECONDS * 1000)
  return `${[
    `Steam at 2 motes indoors and 2 outdoors: ${counted(windows, 'window')} of ${WINDOW_SECONDS} s, ${span} of 9 May 2010, in ${spanText(milliseconds)}\n`,
    scoreTable(scores),
    'Late by: from the first labelled window until the rule is on, of each event. Steam seen: labelled windows in which it is on.',
    'Limits of all rules come from the 175 minutes before, which have no event; no rule was fitted to labels.',
    `${verdict}\n`,
    `Data: ${SOURCE}.`,
  ].join('\n')}\n`
}

function scoreTable(scores: readonly RuleScore[]): string {
  const right = (head: string) => ({ head, align: 'right' }) as const
  return table(
    [
      { head: 'rule' },
      right('missed'),
      right('late by'),
      right('false alarms'),
      right('lasting'),
      right('steam seen'),
    ],
    scores.map(({ rule, score }) => [
      rule,
      `${score.missed} of ${score.events}`,
      score.delays
        .map((delay) => (delay === null ? '-' : `${delay * WINDOW_SECONDS} s`))
        .join(', ') || '-',
      String(score.falseAlarms),
      score.falseWindows === 0 ? '-' : spanText(score.falseWindows * WINDOW_SECONDS * 1000),
      score.eventWindows === 0
        ? '-'
        : `${Math.round((100 * score.covered) / score.eventWindows)} %`,
    ]),
  )
}
