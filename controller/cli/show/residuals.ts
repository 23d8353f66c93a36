import * as z from 'zod/mini'
import { read } from './read.ts'

const Test = z.looseObject({ statistic: z.number(), pValue: z.number() })

/** What is shown of residuals (agent/fusion/diagnosed.ts). */
const Residuals = z.looseObject({
  skewness: z.number(),
  excessKurtosis: z.number(),
  jarqueBera: Test,
  breuschPagan: z.nullable(Test),
  standardized: z.looseObject({ edges: z.array(z.number()), counts: z.array(z.number()) }),
})

const FIGURES = 4

/** What the residuals tell, as pairs of a name and a text. @throws HypernetError `BAD_MESSAGE` when they have another form */
export function residualFacts(residuals: unknown): [string, string][] {
  if (residuals === undefined) return []
  if (residuals === null) return [['residuals', 'none are left over']]
  const { skewness, excessKurtosis, jarqueBera, breuschPagan, standardized } = read(
    Residuals,
    residuals,
    'residuals',
  )
  const { edges, counts } = standardized
  const bins = counts.map((count, i) => {
    const [from, to] = [edges[i - 1], edges[i]]
    const where =
      from === undefined ? `below ${to}` : to === undefined ? `from ${from}` : `to ${to}`
    return `${count} ${where}`
  })
  return [
    ['residuals', `skewness ${short(skewness)}, excess kurtosis ${short(excessKurtosis)}`],
    ['in deviations', bins.join(', ')],
    ['normal', verdict('Jarque-Bera', jarqueBera, 'normal errors')],
    ...(breuschPagan
      ? [
          ['even spread', verdict('Breusch-Pagan', breuschPagan, 'an even spread')] as [
            string,
            string,
          ],
        ]
      : []),
  ]
}

const verdict = (
  name: string,
  { statistic, pValue }: z.output<typeof Test>,
  claim: string,
): string => {
  const speaks = pValue < 0.01 ? `: speaks against ${claim}` : ''
  return `${name} ${short(statistic)}, p-value ${short(pValue)}${speaks}`
}

const short = (value: number): string => String(Number(value.toPrecision(FIGURES)))
