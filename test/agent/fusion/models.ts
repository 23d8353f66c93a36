import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import { tokensOf } from '../../../agent/fusion/expression.ts'
import type { Row } from '../../../agent/fusion/kind.ts'
import { compileModel, contribute, nextOf, resultOf, startOf } from '../../../agent/fusion/model.ts'
import { sumVectors } from '../../../agent/math/exactVector.ts'
import type { Model } from '../../../agent/wire/modelMessage.ts'
import { parseExpression } from '../../../controller/core/expression.ts'

/** The model of a job file, its formulas read as the controller reads them. */
export function modelOf(
  type: Model['type'],
  response: string | undefined,
  terms?: readonly string[],
  options: Partial<Model> = {},
): Model {
  return {
    type,
    ...(response === undefined ? {} : { response: tokens(response) }),
    ...(terms ? { terms: terms.map(tokens), names: [...terms] } : {}),
    ...options,
  }
}

export function tokens(text: string) {
  const read = parseExpression(text)
  if (!('tree' in read)) throw new Error(`${text}: ${read.text}`)
  return tokensOf(read.tree)
}

/** The result over all rows on one device. */
export const fitted = (model: Model, rows: Iterable<Row>) =>
  resultOf(model, contribute(model, rows).vector)

/** The result over a fleet, by as many sums as the model takes. @param fleet the rows of each device */
export function fittedInSteps(model: Model, fleet: readonly (readonly Row[])[]) {
  const compiled = compileModel(model)
  for (let at = startOf(compiled); ; ) {
    const parts = fleet.map((rows) => contribute(compiled, rows, at).vector)
    const sum = sumVectors(parts, compiled.dimension)
    const next = nextOf(compiled, at, sum)
    if (!next) return resultOf(compiled, sum, { at })
    at = next
  }
}

/** Rows as they lie on so many devices. */
export const dealt = <T>(rows: readonly T[], size: number): T[][] =>
  Array.from({ length: size }, (_, k) => rows.filter((_, i) => i % size === k))

/** Rows of the Meuse survey: devices/demo/soil. Empty and NA cells are missing. */
export function meuse(): Record<string, number | null>[] {
  const file = new URL('../../../devices/demo/soil/meuse.csv', import.meta.url)
  const [head = '', ...lines] = readFileSync(file, 'utf8').trim().split('\n')
  const names = head.split(',')
  return lines.map((line) => {
    const cells = line.split(',')
    return Object.fromEntries(
      names.map((name, i) => [
        name,
        cells[i] === '' || cells[i] === 'NA' ? null : Number(cells[i]),
      ]),
    )
  })
}

/** Says that a figure is the wanted one to so small a part of it. */
export const closeTo = (t: Test, found: number, wanted: number, tolerance: number): boolean =>
  t.ok(
    Math.abs(found - wanted) <= tolerance * Math.max(Math.abs(wanted), Number.MIN_VALUE),
    `found ${found}, wanted ${wanted}`,
  )

/** Digits in which a figure agrees with a certified one, at most 15 (NIST's measure, log relative error). */
export function digits(found: number, certified: number): number {
  if (found === certified) return 15
  const error = certified === 0 ? Math.abs(found) : Math.abs((found - certified) / certified)
  return Math.min(15, -Math.log10(error))
}

/** Draws from the standard normal distribution (Box and Muller). */
export const normalsOf = (dice: { fraction(): number }) => () =>
  Math.sqrt(-2 * Math.log(1 - dice.fraction())) * Math.cos(2 * Math.PI * dice.fraction())
