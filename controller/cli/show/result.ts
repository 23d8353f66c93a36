import { counted, someOf } from '../../../agent/wire/words.ts'
import { type MarketView, Posterior, type ResultView } from './document.ts'
import { gateFacts } from './gate.ts'
import { bytesText, numberText, spanText } from './quantities.ts'
import { read } from './read.ts'
import { residualFacts } from './residuals.ts'
import { table } from './table.ts'

/** Decimals that figures of a fit are printed with, as the literature prints them. */
export const DECIMALS = 10

/** A result as a person reads it: the figures, who contributed, how they agreed, what it took. */
export function resultText(document: ResultView): string {
  const head = `${resultName(document)} ${document.status}`
  const reason = document.reason === undefined ? '' : `: ${document.reason}`
  const parts = [`${head}${reason}\n`]
  const figures = figuresText(document)
  if (figures !== '') parts.push(figures)
  const facts = factsOf(document)
  if (facts.length > 0) parts.push(factLines(facts))
  return parts.join('\n')
}

/** What a newer form of a printed result adds to it, such as where the money went; nothing where it adds nothing. */
export function additionText(before: ResultView, document: ResultView): string {
  const answer = ({ status, reason, result }: ResultView) =>
    JSON.stringify([status, reason, result])
  if (answer(before) !== answer(document)) return resultText(document)
  const told = new Set(factsOf(before).map((fact) => fact.join()))
  return factLines(factsOf(document).filter((fact) => !told.has(fact.join())))
}

/** A job, or an epoch of one that repeats: that one fails says nothing of the others. */
export const resultName = ({ job, epoch }: Pick<ResultView, 'job' | 'epoch'>): string =>
  epoch === undefined ? job : `epoch ${epoch} of ${job}`

/** Facts about how a result came to be, as pairs of a name and a text. */
export function factsOf(document: ResultView): [string, string][] {
  const facts: [string, string][] = []
  const { contributors, agreement, consensus } = document
  if (contributors) {
    facts.push(['contributors', `${contributors.count} of ${contributors.roster}`])
    if (contributors.missing.length > 0) facts.push(['missing', contributors.missing.join(', ')])
    for (const { reason, devices } of contributors.reasons ?? [])
      facts.push(['why', `${someOf(devices)}: ${reason}`])
    const without = unanswered(document)
    if (without > 0)
      facts.push(['no answer', `${without} of ${counted(contributors.roster, 'device')}`])
  }
  if (document.gate) facts.push(...gateFacts(document.gate))
  if (document.data) facts.push(['data', dataText(document.data)])
  if (agreement) {
    const exact = agreement.exact ? 'exact' : 'not exact'
    const same = agreement.identical
      ? agreement.apart
        ? 'identical on every device of the larger part'
        : 'identical on every device'
      : agreement.silent && !agreement.answers
        ? 'not every device told its answer'
        : agreement.spread !== undefined
          ? `devices ended with answers that differ by up to ${agreement.spread.toPrecision(2)} of their size`
          : 'devices ended with different answers'
    facts.push(['agreement', `${exact}, ${same}`])
    if (agreement.apart)
      facts.push(['cut off', `${agreement.apart.join(', ')}, with an answer of their own`])
    if (agreement.maxRelativeError !== undefined)
      facts.push(['largest relative error', String(agreement.maxRelativeError)])
  }
  if (consensus) facts.push(['consensus', consensusText(consensus)])
  if (document.market) facts.push(...marketFacts(document.market))
  for (const reason of new Set(document.liars?.map((liar) => liar.reason)))
    facts.push(['lied', `${liarsBy(document, reason)}: ${reason}`])
  return facts
}

function dataText({
  rows,
  counted: inSum,
  shards,
  replicas,
}: NonNullable<ResultView['data']>): string {
  const dealt = `${counted(shards, 'shard')}, ${replicas === 1 ? 'not replicated' : `each by ${replicas} devices`}`
  const missing = inSum === rows ? '' : '; the rest has no majority or nobody who did it'
  return `${inSum} of ${counted(rows, 'row')} in the sum (${dealt})${missing}`
}

/** Where the money went, and how far the answer is verified. */
export function marketFacts(market: MarketView): [string, string][] {
  const {
    sellers,
    paidInFull,
    paid,
    slashed,
    fee,
    relays = '0.0',
    returned,
    checkpoints,
    currency,
    escrow,
    chainId,
  } = market
  const toRelays = relays === '0.0' ? '' : `; ${roundedTokens(relays)} to relays`
  const inFull = checkpoints === 1 ? 'in full' : `for all ${checkpoints} checkpoints`
  const ending = market.ending === 'expired' ? 'not filled' : market.ending
  const facts: [string, string][] = [
    [
      'paid',
      `${paid} ${currency}, ${inFull} to ${paidInFull} of ${counted(sellers, 'seller')}; fee ${fee}${toRelays}`,
    ],
    ['slashed', `${slashed} ${currency}; ${returned} went back to the buyer`],
    ['verified', `result: ${market.result}; work: ${market.work}`],
    ['contract', `${escrow} on chain ${chainId}, ${ending}`],
  ]
  const { books } = market
  if (books) facts.push(['books', `${books.owed} owed, ${books.held} held by the vault`])
  return facts
}

/** Relays share what does not divide evenly: 0.999999999999999999 is 1.0 to people. */
const roundedTokens = (amount: string): string => {
  const rounded = Number(amount).toFixed(6).replace(/0+$/, '')
  return rounded.endsWith('.') ? `${rounded}0` : rounded
}

const liarsBy = ({ liars = [] }: ResultView, reason: string): string =>
  liars.flatMap((liar) => (liar.reason === reason ? [liar.device] : [])).join(', ')

/** Devices of the roster that sealed no answer, and are not silent but gone. */
function unanswered({ contributors, agreement, liars = [] }: ResultView): number {
  if (!contributors || agreement?.sealed === undefined) return 0
  const { answers, silent = [] } = agreement
  const sealed = answers
    ? answers.reduce((sum, { sealedBy }) => sum + sealedBy.length, 0)
    : agreement.sealed
  // What one that tells others lies sealed is not looked at.
  const unasked = liars.filter(({ lie }) => lie !== 'misreading').length
  return contributors.roster - sealed - silent.length - unasked
}

/** Aligns pairs of a name and a text, one a line. */
export function factLines(facts: readonly (readonly [string, string])[]): string {
  const width = Math.max(...facts.map(([name]) => name.length)) + 2
  return facts.map(([name, text]) => `${name.padEnd(width)}${text}\n`).join('')
}

function consensusText(consensus: NonNullable<ResultView['consensus']>): string {
  const parts: string[] = [consensus.method]
  if (consensus.rounds !== undefined) parts.push(counted(consensus.rounds, 'round'))
  if (consensus.messagesPerDevice !== undefined)
    parts.push(`${counted(round(consensus.messagesPerDevice), 'message')} per device`)
  if (consensus.bytesPerDevice !== undefined)
    parts.push(`${bytesText(consensus.bytesPerDevice)} per device`)
  if (consensus.seconds !== undefined) parts.push(spanText(consensus.seconds * 1000))
  return parts.join(', ')
}

/** The figures of a model: a table with a line a term or parameter, then what stands alone. */
function figuresText(document: ResultView): string {
  const posterior = posteriorOf(document)
  const rows = figureRows(document)
  const single = Object.entries(document.result ?? {})
    .filter(
      ([name, value]) =>
        name === 'ended' ||
        (typeof value !== 'string' && name !== 'residuals' && isSingle([name, value])),
    )
    .map(
      ([name, value]) =>
        [words(name), name === 'ended' ? endingText(String(value)) : figure(value)] as [
          string,
          string,
        ],
    )
  const { atBounds } = document.result ?? {}
  if (Array.isArray(atBounds))
    single.push(['at a bound', `${atBounds.join(', ')}: what is best lies beyond`])
  const parts: string[] = []
  if (posterior) parts.push(posteriorTable(posterior))
  else if (rows.rows.length > 0) {
    const columns = rows.head.map((head, i) =>
      i === 0 ? { head: words(head) } : ({ head: words(head), align: 'right' } as const),
    )
    parts.push(
      table(
        columns,
        rows.rows.map((row) => row.map(figure)),
      ),
    )
  }
  parts.push(...matrixTables(document), ...programText(document))
  if (single.length > 0) parts.push(factLines(single))
  const left = residualFacts(document.result?.residuals)
  if (left.length > 0) parts.push(factLines(left))
  return parts.join('\n')
}

/** What a program ended with, a line a member. */
function programText(document: ResultView): string[] {
  const lines = programFigures(document).map(
    ([name, value]) =>
      [words(name), isPlain(value) ? figure(value) : JSON.stringify(value)] as const,
  )
  return lines.length > 0 ? [factLines(lines)] : []
}

function programFigures({ result = {} }: ResultView): [string, unknown][] {
  const { program } = result
  return typeof program === 'object' && program !== null ? Object.entries(program) : []
}

const singleFigures = ({ result = {} }: ResultView): [string, unknown][] =>
  Object.entries(result).filter(isSingle)

/**
 * The result as comma-separated values (RFC 4180): a line a term or parameter, or `name,value` lines.
 * What is not known, such as the standard deviation of one row, is an empty cell. No figures: no text.
 */
export function resultCsv(document: ResultView): string {
  if (document.result === undefined) return ''
  const posterior = posteriorOf(document)
  const { head, rows } = posterior ? posteriorRows(posterior) : figureRows(document)
  const lines =
    rows.length > 0
      ? [head, ...rows]
      : [['name', 'value'], ...programFigures(document), ...singleFigures(document)]
  return lines.map((line) => `${line.map(csvCell).join(',')}\r\n`).join('')
}

/** A table for each square matrix over the variables of the result. */
function matrixTables({ result = {} }: ResultView): string[] {
  const { variables } = result
  if (!Array.isArray(variables)) return []
  return Object.entries(result).flatMap(([name, value]) => {
    const isMatrix = Array.isArray(value) && value.length === variables.length
    if (!isMatrix || !value.every(Array.isArray)) return []
    const columns = variables.map((each) => ({ head: String(each), align: 'right' }) as const)
    const rows = value.map((row, i) => [String(variables[i]), ...row.map(figure)])
    return [table([{ head: words(name) }, ...columns], rows)]
  })
}

/** Lists of one length, side by side: terms, coefficients, standard errors. Square matrices stay out. */
function figureRows(document: ResultView): { head: string[]; rows: unknown[][] } {
  const lists = Object.entries(document.result ?? {}).filter(
    ([name, value]) =>
      isUnknownList(name, value) ||
      (name !== 'atBounds' && Array.isArray(value) && value.every(isPlain)),
  )
  const length = lists.map(([, list]) => list).find(Array.isArray)?.length ?? 0
  const same = lists.filter(([, list]) => !Array.isArray(list) || list.length === length)
  const rows = Array.from({ length }, (_, i) =>
    same.map(([, list]) => (Array.isArray(list) ? list[i] : null)),
  )
  return { head: same.map(([name]) => singular(name)), rows }
}

/** The posterior of a Bayesian job. @throws HypernetError `BAD_MESSAGE` when it has another form */
const posteriorOf = ({ result }: ResultView) =>
  result?.posterior === undefined ? undefined : read(Posterior, result.posterior, 'posterior')

function posteriorTable({ parameters, credible }: Posterior): string {
  const mass = `${Number((100 * credible).toPrecision(6))} % interval`
  return table(
    [
      { head: 'parameter' },
      { head: 'mean', align: 'right' },
      { head: 'standard deviation', align: 'right' },
      { head: mass, align: 'right' },
    ],
    parameters.map(({ name, mean, standardDeviation, interval }) => [
      name,
      figure(mean),
      figure(standardDeviation),
      interval.map(figure).join(' to '),
    ]),
  )
}

const posteriorRows = ({ parameters, credible }: Posterior): ReturnType<typeof figureRows> => ({
  head: ['parameter', 'mean', 'standardDeviation', 'lower', 'upper', 'credible'],
  rows: parameters.map(({ name, mean, standardDeviation, interval }) => [
    name,
    mean,
    standardDeviation,
    ...interval,
    credible,
  ]),
})

/** How a search over several sums ended (agent/fusion/nonlinearPath.ts, huberPath.ts), and what to do about it. */
function endingText(ended: string): string {
  const more: Readonly<Record<string, string>> = {
    flat: 'what is left to gain cannot be told from rounding',
    exact: 'more than half of the rows lie on the fit to the last digit',
    limit:
      'not there after the most sums; start nearer, or allow more steps where the model has them',
    singular: 'some of them do nothing here, or the same; start elsewhere, or leave one out',
  }
  const text = more[ended]
  return text === undefined ? ended : `${ended}: ${text}`
}

const figure = (value: unknown): string =>
  typeof value !== 'number' || Number.isInteger(value)
    ? String(value ?? '-')
    : numberText(value, DECIMALS)

const isPlain = (value: unknown): boolean => value === null || typeof value !== 'object'
/** Standard errors that are not known are `null` as a whole; their column stays. */
const isUnknownList = (name: string, value: unknown): boolean =>
  name === 'standardErrors' && value === null
const isSingle = ([name, value]: [string, unknown]): boolean =>
  isPlain(value) && !isUnknownList(name, value)
const singular = (name: string): string => name.replace(/ies$/, 'ys').replace(/s$/, '')
/** `standardErrors` as people write it: `standard errors`. */
const words = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
const round = (value: number): number => Math.round(value * 10) / 10

function csvCell(value: unknown): string {
  const text = isPlain(value) ? String(value ?? '') : JSON.stringify(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
