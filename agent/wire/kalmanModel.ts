import * as z from 'zod/mini'
import { dyadicOf } from '../math/dyadic.ts'
import { isSemidefinite } from '../math/matrix.ts'
import { type Conflict, crossChecked } from './crossChecks.ts'
import { SENSOR_PATTERN } from './ids.ts'
import { LIMITS } from './limits.ts'
import { credible, expressionText, shape, term } from './modelFields.ts'
import { namedMap } from './namedMap.ts'
import { field, real, word } from './notes.ts'
import { counted, shown } from './words.ts'

/** The model `kalman` of a job: states that move on with each window, and what is observed of them. */

const stateName = () => word<string>(SENSOR_PATTERN, '1-32 letters, digits and _')
const matrix = (description: string, example: string) =>
  field(z.array(z.array(real())), description, {
    kind: 'list of rows',
    range: 'a number for each pair of states',
    example,
  })

const observation = z.strictObject({
  value: field(expressionText(), 'What is observed: an expression over sensor ids.', {
    kind: 'expression',
    example: 'sqrt(wind)',
  }),
  factors: field(
    z.union([z.array(term), namedMap(stateName(), term)], {
      error: ({ input }) =>
        `${input === undefined ? 'missing' : `found ${shown(input)}`}, wanted a list of expressions or numbers, one for each of states, or a map of those that count.`,
    }),
    'What of each state is in the value: a list, one for each of states, or a map by their names in which those left out are 0. Numbers, or expressions over sensor ids and the position.',
    { kind: 'list or map of expressions', example: '{ level: 1 }' },
  ),
  variance: field(
    z.union(
      [
        z.pipe(
          shape(''),
          z.transform((value: number) => String(value)),
        ),
        expressionText(),
      ],
      {
        error: ({ input }) =>
          typeof input === 'number'
            ? `found ${input}, wanted more than 0.`
            : `${input === undefined ? 'missing' : `found ${shown(input)}`}, wanted a number > 0, or an expression.`,
      },
    ),
    'Variance of its error, in squared units: a number > 0, or an expression over sensor ids.',
    { kind: 'number > 0 or expression', example: '0.25' },
  ),
})
const fields = z.strictObject({
  type: field(
    z.literal('kalman'),
    'Kalman filter: states that move on with each window, and are seen through the observations of all devices.',
  ),
  states: field(
    z.array(stateName()).check(
      z.refine((list) => list.length >= 1 && list.length <= LIMITS.states, {
        error: ({ input }) => `found ${shown(input)}, wanted 1 to ${LIMITS.states} states.`,
      }),
    ),
    'Names of the states; vectors and matrices have them in this order.',
    { range: `1 to ${LIMITS.states} items`, example: '[level, trend]' },
  ),
  transition: z.optional(
    matrix(
      'F: the states after a window are expected to be F times those before it. Absent: they stay as they are.',
      '[[1, 1], [0, 1]]',
    ),
  ),
  noise: matrix(
    'Q: covariance of what one window changes beside that; symmetric, and negative for no combination of states.',
    '[[0.02, 0], [0, 0.001]]',
  ),
  initial: field(
    z.strictObject({
      mean: field(z.array(real()), 'Expected states.', {
        kind: 'list',
        range: 'a number for each of states',
        example: '[3, 0]',
      }),
      covariance: matrix(
        'Covariance of what is expected; symmetric, and negative for no combination of states.',
        '[[1, 0], [0, 0.1]]',
      ),
    }),
    'What is believed of the states in window 0, before any observation.',
  ),
  observations: field(
    z
      .array(observation)
      .check(
        z.refine((list) => list.length >= 1, { error: () => 'found none, wanted one at least.' }),
      ),
    `What each row of each device tells of the states; one with a missing value tells nothing. For n states k of them, k (n + 2) + n at most ${LIMITS.terms}.`,
    { example: '[{ value: wind, factors: { level: 1 }, variance: 0.25 }]' },
  ),
  credible,
})
export type KalmanModel = z.output<typeof fields>

export const kalman = crossChecked(fields, [
  { reads: ['states'], conflicts: nameConflicts },
  {
    reads: ['states', 'transition'],
    conflicts: ({ states, transition }) =>
      transition ? sizeConflicts(transition, states.length, ['transition']) : [],
  },
  {
    reads: ['states', 'noise'],
    conflicts: ({ states, noise }) => covarianceConflicts(noise, states.length, ['noise']),
  },
  { reads: ['states', 'initial.mean'], conflicts: meanConflicts },
  {
    reads: ['states', 'initial.covariance'],
    conflicts: ({ states, initial }) =>
      covarianceConflicts(initial.covariance, states.length, ['initial', 'covariance']),
  },
  { reads: ['states', 'observations'], conflicts: numberConflicts },
  { reads: ['states', 'observations[].factors'], conflicts: observationConflicts },
])

function nameConflicts({ states }: KalmanModel): Conflict[] {
  return states.flatMap((name, i) => {
    const first = states.indexOf(name)
    return first < i
      ? [{ path: ['states', i], text: `the same as states[${first}]. Names must differ.` }]
      : []
  })
}

function meanConflicts({ states, initial }: KalmanModel): Conflict[] {
  const [n, given] = [states.length, initial.mean.length]
  if (given === n) return []
  const text = `found ${counted(given, 'number')}, wanted ${n}, one for each of states.`
  return [{ path: ['initial', 'mean'], text }]
}

function numberConflicts({ states, observations }: KalmanModel): Conflict[] {
  const n = states.length
  const most = Math.floor((LIMITS.terms - n) / (n + 2))
  if (observations.length <= most) return []
  const text = `found ${observations.length} of ${n} states, wanted at most ${most}. Use fewer, or a job for some of them.`
  return [{ path: ['observations'], text }]
}

function observationConflicts({ states, observations }: KalmanModel): Conflict[] {
  return observations.flatMap(({ factors }, i) =>
    factorConflicts(factors, states, ['observations', i, 'factors']),
  )
}

function factorConflicts(
  factors: KalmanModel['observations'][number]['factors'],
  states: readonly string[],
  path: Conflict['path'],
): Conflict[] {
  if (Array.isArray(factors))
    return factors.length === states.length
      ? []
      : [
          {
            path,
            text: `found ${factors.length}, wanted ${states.length}, one for each of states; or a map by their names.`,
          },
        ]
  const names = Object.keys(factors)
  if (names.length === 0) return [{ path, text: 'found none, wanted the factor of a state.' }]
  return names
    .filter((name) => !states.includes(name))
    .map((name) => ({
      path: [...path, name],
      text: `no state of this name; there are ${states.join(', ')}.`,
    }))
}

/** Whether a matrix has n rows of n numbers. */
function sizeConflicts(rows: readonly (readonly number[])[], n: number, path: Conflict['path']) {
  if (rows.length !== n)
    return [
      { path, text: `found ${counted(rows.length, 'row')}, wanted ${n}, one for each of states.` },
    ]
  const wrong = rows.findIndex((row) => row.length !== n)
  if (wrong < 0) return []
  const text = `found ${counted(rows[wrong]?.length ?? 0, 'number')}, wanted ${n}, one for each of states.`
  return [{ path: [...path, wrong], text }]
}

function covarianceConflicts(
  rows: readonly (readonly number[])[],
  n: number,
  path: Conflict['path'],
): Conflict[] {
  const sizes = sizeConflicts(rows, n, path)
  if (sizes.length > 0) return sizes
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++)
      if (rows[i]?.[j] !== rows[j]?.[i])
        return [
          {
            path: [...path, i, j],
            text: `found ${rows[i]?.[j]}, wanted ${rows[j]?.[i]}, as in row ${j}, column ${i}: a covariance is symmetric.`,
          },
        ]
  const negative = rows.findIndex((row, i) => (row[i] ?? 0) < 0)
  if (negative >= 0)
    return [
      {
        path: [...path, negative, negative],
        text: `found ${rows[negative]?.[negative]}, wanted 0 or more: it is a variance.`,
      },
    ]
  if (isSemidefinite(rows.map((row) => row.map(dyadicOf)))) return []
  const text =
    'is no covariance: some combination of the states would have a negative variance. Lessen what stands off the diagonal.'
  return [{ path, text }]
}

/** Of one observation: its value, the factor of each state, its variance, as formulas. */
export function formulasOf(
  { value, factors, variance }: KalmanModel['observations'][number],
  states: readonly string[],
): string[] {
  const own = Array.isArray(factors) ? factors : states.map((name) => factors[name] ?? '0')
  return [value, ...own, variance]
}

const triangleOf = (rows: readonly (readonly number[])[]): number[] =>
  rows.flatMap((row, i) => row.slice(i))

/** What is believed before window 0, in the order of the wire (modelMessage.ts). */
export const kalmanPrior = ({ initial }: KalmanModel): number[] => [
  ...initial.mean,
  ...triangleOf(initial.covariance),
]

/** F and Q in the order of the wire. */
export function kalmanValues({ states, transition, noise }: KalmanModel): number[] {
  const stay = states.map((_, i) => states.map((_, j) => (i === j ? 1 : 0)))
  return [...(transition ?? stay).flat(), ...triangleOf(noise)]
}
