/** How a rule did beside the labels of one place. All figures are windows. */
export interface Score {
  readonly events: number
  readonly missed: number
  /** Of each event, from its first window to the first of an alarm that began in it; `null`: missed. */
  readonly delays: readonly (number | null)[]
  /** Alarms without any window of an event. */
  readonly falseAlarms: number
  readonly falseWindows: number
  /** Alarms that began within events: more than events, where one event alarmed several times. */
  readonly alarms: number
  /** Windows of events in which there was an alarm, of how many. */
  readonly covered: number
  readonly eventWindows: number
}

type Run = readonly [first: number, last: number]

/** @param alarm whether the rule says that there is an event, window by window @param truth the labels */
export function scoreOf(alarm: readonly boolean[], truth: readonly boolean[]): Score {
  const events = runsOf(truth)
  const alarms = runsOf(alarm)
  const delays = events.map(([first, last]) => {
    const found = alarms.find(([begin]) => begin >= first && begin <= last)
    return found ? found[0] - first : null
  })
  const isFalse = ([first, last]: Run) => !truth.slice(first, last + 1).some(Boolean)
  const wrong = alarms.filter(isFalse)
  return {
    events: events.length,
    missed: delays.filter((delay) => delay === null).length,
    delays,
    falseAlarms: wrong.length,
    falseWindows: wrong.reduce((sum, [first, last]) => sum + last - first + 1, 0),
    alarms: alarms.length - wrong.length,
    covered: truth.filter((is, k) => is && alarm[k]).length,
    eventWindows: truth.filter(Boolean).length,
  }
}

/** Stretches in a row that hold. */
function runsOf(flags: readonly boolean[]): Run[] {
  const runs: Run[] = []
  flags.forEach((is, k) => {
    if (!is) return
    const last = runs.at(-1)
    if (last && last[1] === k - 1) runs[runs.length - 1] = [last[0], k]
    else runs.push([k, k])
  })
  return runs
}

/** Of several places as one. */
export function together(scores: readonly Score[]): Score {
  const sum = (of: (score: Score) => number) => scores.reduce((all, score) => all + of(score), 0)
  return {
    events: sum(({ events }) => events),
    missed: sum(({ missed }) => missed),
    delays: scores.flatMap(({ delays }) => delays),
    falseAlarms: sum(({ falseAlarms }) => falseAlarms),
    falseWindows: sum(({ falseWindows }) => falseWindows),
    alarms: sum(({ alarms }) => alarms),
    covered: sum(({ covered }) => covered),
    eventWindows: sum(({ eventWindows }) => eventWindows),
  }
}
