import type { BatchLine } from './batches.ts'
import type { Line } from './measure.ts'

const WIDTHS = [22, 12, 10, 9, 9, 11, 8, 8] as const
const HEADS = ['graph', 'network', 'method', 'rounds', 'exact', 'kB/device', 'goal', 'bound']

const row = (cells: readonly (string | number)[]): string =>
  cells
    .map((cell, k) =>
      k < 3 ? String(cell).padEnd(WIDTHS[k] ?? 0) : String(cell).padStart(WIDTHS[k] ?? 0),
    )
    .join(' ')

export const headline = (): string => `${row(HEADS)}\n`

/** One line for people. */
export function rowOf(line: Line): string {
  const { rounds, roundsToExact, bytesPerDevice, maxRelativeError: error } = line
  const cells = row([
    line.graph,
    line.network,
    line.method,
    rounds ?? 'never',
    roundsToExact ?? (error > 0 ? `±${error.toExponential(0)}` : 'never'),
    (bytesPerDevice / 1000).toFixed(1),
    line.goal ?? '',
    line.bound,
  ])
  const bytes = line.goalBytes === undefined ? '' : ` (at most ${line.goalBytes / 1000} kB)`
  return `${cells}${markOf(line.met)}${bytes}\n`
}

/** One line for people. */
export function batchRowOf({ batch, method, runs, ...line }: BatchLine): string {
  const more = [
    line.stopOverExact && `stops after ${line.stopOverExact} of the rounds to exact`,
    line.goal && `at most ${line.goal}`,
    line.late !== undefined && `${line.late} late`,
    line.hash && `hash ${line.hash.slice(0, 16)}`,
  ].filter(Boolean)
  const parts = [`${runs} runs`, `${line.false} false`, `${line.stuck} stuck`, ...more]
  return `${batch.padEnd(22)} ${method.padEnd(23)} ${parts.join(', ')}${markOf(line.met)}\n`
}

const markOf = (met: boolean | null): string => (met === null ? '' : met ? '  met' : '  MISSED')
