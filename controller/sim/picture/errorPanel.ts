import { median } from '../../core/resultDocument.ts'
import { decades, linear, type Scale, wholeTicks } from './axis.ts'
import type { ErrorHistory } from './errors.ts'
import { element, label, point, tenths } from './svg.ts'

/** Where a panel stands on the picture. */
export interface Frame {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** What the panel shows of a run; times are in rounds. */
export interface ErrorPanel {
  readonly history: ErrorHistory
  /** The devices that ended with an answer: when each held it exactly for good, and when it stopped. */
  readonly ended: readonly { readonly exactAt: number; readonly stoppedAt: number }[]
  readonly rounds: number
}

/** Most lines of single devices: more would only blacken the band. */
const MOST_LINES = 256
/** Height of the place of errors that are exactly 0, which no logarithm has. */
const EXACT = 22
/** Powers of ten that the axis may span. */
const AXIS = [-20, 3] as const

/** Draws the relative error of every device against rounds. */
export function errorPanel({ history, ended, rounds }: ErrorPanel, frame: Frame): string {
  const floor = frame.bottom - EXACT
  const nonzero = extremes(history)
  const [low, high] = decades(nonzero ?? [1e-3, 1], AXIS)
  const x = linear([0, Math.max(rounds, 1)], [frame.left, frame.right])
  const onLog = linear([low, high], [floor, frame.top])
  const y: Scale = (error) =>
    error === 0 ? frame.bottom - EXACT / 2 : onLog(Math.min(high, Math.max(low, Math.log10(error))))
  return element(
    'g',
    { id: 'errors' },
    exactBand(frame, floor),
    logAxis(low, high, onLog, frame),
    roundAxis(rounds, x, frame),
    spread(history, x, y),
    ...deviceLines(history, x, y),
    middle(history, x, y),
    moments(ended, x, frame),
  )
}

function extremes({ errors }: ErrorHistory): [number, number] | undefined {
  let [least, greatest] = [Number.POSITIVE_INFINITY, 0]
  for (const sample of errors)
    for (const error of sample)
      if (error > 0 && error < Number.POSITIVE_INFINITY) {
        least = Math.min(least, error)
        greatest = Math.max(greatest, error)
      }
  return greatest > 0 ? [least, greatest] : undefined
}

const exactBand = ({ left, right, bottom }: Frame, floor: number): string =>
  element('rect', { class: 'exact', x: left, y: floor, width: right - left, height: EXACT }) +
  label(left - 6, bottom - EXACT / 2 + 4, 'exact', { class: 'end' })

function logAxis(low: number, high: number, onLog: Scale, { left, right }: Frame): string {
  const step = Math.ceil((high - low) / 10)
  const exponents = Array.from(
    { length: Math.floor((high - low) / step) + 1 },
    (_, k) => high - k * step,
  )
  const lines = exponents.map((e) => `M${point(left, onLog(e))}H${tenths(right)}`)
  const names = exponents.map((e) =>
    element(
      'text',
      { class: 'end', x: left - 6, y: onLog(e) + 4 },
      '10',
      element('tspan', { class: 'power', dy: -5 }, String(e)),
    ),
  )
  return element('path', { class: 'grid', d: lines.join('') }) + names.join('')
}

function roundAxis(rounds: number, x: Scale, { left, top, right, bottom }: Frame): string {
  const ticks = wholeTicks(rounds, 8)
  const marks = ticks.map((round) => `M${point(x(round), bottom)}v4`)
  const frame = `M${point(left, top)}V${tenths(bottom)}H${tenths(right)}`
  return (
    element('path', { class: 'axis', d: frame + marks.join('') }) +
    ticks.map((round) => label(x(round), bottom + 17, String(round), { class: 'mid' })).join('') +
    label((left + right) / 2, bottom + 34, 'rounds', { class: 'mid' }) +
    label(
      left,
      top - 8,
      'relative error of what each device would answer (thick: median; shaded: all)',
      { class: 'quiet' },
    )
  )
}

/** From the least to the greatest error of each round, and the middle one. */
function spread({ rounds, errors }: ErrorHistory, x: Scale, y: Scale): string {
  const known = rounds.flatMap((round, k) => {
    const values = valuesOf(errors[k])
    return values.length === 0 ? [] : [{ round, values }]
  })
  const edge = (of: (...values: number[]) => number) =>
    known.map(({ round, values }) => point(x(round), y(values.reduce((a, b) => of(a, b)))))
  const outline = [...edge(Math.max), ...edge(Math.min).reverse()]
  return outline.length < 4 ? '' : element('path', { class: 'spread', d: `M${outline.join('L')}Z` })
}

function middle({ rounds, errors }: ErrorHistory, x: Scale, y: Scale): string {
  const points = rounds.flatMap((round, k) => {
    const values = valuesOf(errors[k])
    return values.length === 0 ? [] : [[x(round), y(median(values))] as const]
  })
  return element('path', { class: 'median', d: pathOf(points) })
}

const valuesOf = (sample: Float32Array = new Float32Array()): number[] =>
  [...sample].filter((error) => !Number.isNaN(error))

function deviceLines({ rounds, errors }: ErrorHistory, x: Scale, y: Scale): string[] {
  const size = errors[0]?.length ?? 0
  const every = Math.max(1, Math.ceil(size / MOST_LINES))
  const lines = Array.from({ length: Math.ceil(size / every) }, (_, k) => {
    const runs: (readonly [number, number])[][] = [[]]
    errors.forEach((sample, s) => {
      const error = sample[k * every] ?? Number.NaN
      if (Number.isNaN(error)) runs.push([])
      else runs.at(-1)?.push([x(rounds[s] ?? 0), y(error)])
    })
    return runs.map(pathOf).join('')
  })
  return lines.filter((d) => d !== '').map((d) => element('path', { class: 'device', d }))
}

/** A line through points, without those that lie straight between their neighbors on one height. */
function pathOf(points: readonly (readonly [number, number])[]): string {
  const bends = points.filter(
    ([, y], k) =>
      k === 0 || k === points.length - 1 || y !== points[k - 1]?.[1] || y !== points[k + 1]?.[1],
  )
  return bends.length === 0 ? '' : `M${bends.map(([x, y]) => point(x, y)).join('L')}`
}

/** Marks when the first and the last device held the exact answer, and when they knew that they did. */
function moments(ended: ErrorPanel['ended'], x: Scale, { top, right, bottom }: Frame): string {
  const range = (times: readonly number[], name: string): [string, number][] => {
    const known = times.filter((time) => !Number.isNaN(time))
    if (known.length === 0) return []
    const [first, last] = [Math.min(...known), Math.max(...known)]
    return first === last
      ? [[`all ${name}: ${tenths(first)}`, first]]
      : [
          [`first ${name}: ${tenths(first)}`, first],
          [`last ${name}: ${tenths(last)}`, last],
        ]
  }
  const marks = [
    ...range(
      ended.map(({ exactAt }) => exactAt),
      'exact',
    ),
    ...range(
      ended.map(({ stoppedAt }) => stoppedAt),
      'stopped',
    ),
  ]
  const isRightOf = (at: number): boolean => x(at) > (right + x(0)) / 2
  const left = marks.filter(([, at]) => !isRightOf(at)).sort(([, a], [, b]) => a - b)
  const rightmost = marks.filter(([, at]) => isRightOf(at)).sort(([, a], [, b]) => b - a)
  // A text points to the middle, and stands above the lines that are nearer to it.
  return [...left, ...rightmost]
    .map(([text, at], k) => {
      const height = top + 14 + 15 * k
      const isRight = isRightOf(at)
      return (
        element('path', { class: 'moment', d: `M${point(x(at), height - 10)}V${tenths(bottom)}` }) +
        label(x(at) + (isRight ? -4 : 4), height, text, {
          class: isRight ? 'moment end' : 'moment',
        })
      )
    })
    .join('')
}
