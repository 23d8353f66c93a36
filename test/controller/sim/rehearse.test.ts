import { readFile } from 'node:fs/promises'
import t from 'tap'
import { parse } from 'yaml'
import { numbersOf, readTable } from '../../../agent/io/sensors/table.ts'
import { FusionJob } from '../../../agent/wire/job.ts'
import { checkValue } from '../../../agent/wire/problems.ts'
import type { OptionTexts } from '../../../controller/sim/options.ts'
import { graphFileOf, type RehearsalRequest, rehearse } from '../../../controller/sim/rehearse.ts'
import type { RehearsalDocument } from '../../../controller/sim/result.ts'

const demo = new URL('../../../devices/demo/soil/', import.meta.url)
const jobText = await readFile(new URL('job.yaml', demo), 'utf8')
const rowsText = await readFile(new URL('meuse.csv', demo), 'utf8')

function jobOf(text: string): FusionJob {
  const checked = checkValue(FusionJob, parse(text))
  if (!('value' in checked)) throw new Error(JSON.stringify(checked.problems))
  return checked.value
}
const request = (
  options: OptionTexts,
  change: Partial<RehearsalRequest> = {},
): RehearsalRequest => ({
  job: jobOf(jobText),
  rows: { name: 'meuse.csv', text: rowsText },
  options,
  reader: { read: readTable, numbers: numbersOf },
  ...change,
})
const soil = (options: OptionTexts): RehearsalDocument => rehearse(request(options)).document

interface Fit {
  coefficients: number[]
  observations: number
}
const fitOf = (document: RehearsalDocument): Fit => document.result as unknown as Fit

/**
 * log(zinc) on 1 and sqrt(dist) by the textbook's centred formula, over the rows left in.
 * @param wrong rows whose readings are 1.1 times too large
 */
function textbookFit(without: ReadonlySet<number>, wrong = new Set<number>()): number[] {
  const table = readTable('meuse.csv', rowsText)
  const rows = numbersOf(table, ['zinc', 'dist'])
    .map((row, i) => row.map((x) => (x ?? Number.NaN) * (wrong.has(i) ? 1.1 : 1)))
    .filter((_, i) => !without.has(i))
    .map(([zinc, dist]) => [Math.log(zinc ?? Number.NaN), Math.sqrt(dist ?? Number.NaN)] as const)
  const mean = (of: (row: readonly [number, number]) => number) =>
    rows.reduce((sum, row) => sum + of(row), 0) / rows.length
  const [y0, x0] = [mean(([y]) => y), mean(([, x]) => x)]
  const slope =
    rows.reduce((sum, [y, x]) => sum + (x - x0) * (y - y0), 0) /
    rows.reduce((sum, [, x]) => sum + (x - x0) ** 2, 0)
  return [y0 - slope * x0, slope]
}

const ROUGH = { graph: 'geometric', loss: '0.3', delay: '0..3', duplicate: '0.05', seed: '7' }

t.test('finds the published regression of the Meuse survey on a rough network', (t) => {
  const document = soil(ROUGH)
  t.equal(document.status, 'succeeded')
  // Burrough and McDonnell (1998) fit log(zinc) on sqrt(dist); figures by R's lm on the survey's 155 sites.
  const { result, contributors, agreement, consensus } = document
  const { coefficients, standardErrors, residualStandardDeviation } = result as unknown as {
    coefficients: number[]
    standardErrors: number[]
    residualStandardDeviation: number
  }
  t.strictSame(
    coefficients.map((c) => c.toFixed(10)),
    ['6.9943794419', '-2.5492003236'],
  )
  t.strictSame(
    standardErrors.map((e) => e.toFixed(10)),
    ['0.0759255406', '0.1549769003'],
  )
  t.equal(residualStandardDeviation.toFixed(10), '0.4352764939')
  t.strictSame(contributors, { count: 155, roster: 155, missing: [] })
  t.match(agreement, { exact: true, identical: true, maxRelativeError: 0, sealed: 155 })
  t.match(agreement?.statisticHash, /^0x[0-9a-f]{64}$/)
  t.match(consensus, { method: 'flood', falseStops: 0 })
  t.ok((consensus?.roundsToExact ?? 0) <= (consensus?.rounds ?? 0))
  t.equal(consensus?.seconds, (consensus?.rounds ?? 0) * 0.5, 'the period is 500 ms')
  t.end()
})

t.test('ratio ends with the same bits as flood, on the same rough network', (t) => {
  const few = { ...ROUGH, graph: 'regular:6', devices: '12' }
  const [flood, ratio] = ['flood', 'ratio'].map((method) => soil({ ...few, method }))
  t.equal(ratio?.status, 'succeeded')
  t.match(ratio?.agreement, { exact: true, identical: true, maxRelativeError: 0, sealed: 12 })
  t.strictSame(ratio?.result, flood?.result)
  t.end()
})

t.test('laplacian comes near without loss, and says what it is', (t) => {
  const fair = soil({ devices: '12', method: 'laplacian' })
  t.match(fair.agreement, { exact: false, certified: false, identical: false })
  t.ok((fair.agreement?.maxRelativeError ?? 1) < 1e-6)
  const [a = 0, b = 0] = fitOf(fair).coefficients
  t.ok(Math.abs(a - 6.99437944191) < 1e-6 && Math.abs(b + 2.5492003236) < 1e-6, `${a} ${b}`)
  const lossy = soil({ devices: '12', method: 'laplacian', loss: '0.3' })
  t.ok((lossy.agreement?.spread ?? 1) < 1e-5, 'all agree')
  t.ok((lossy.agreement?.maxRelativeError ?? 0) > 1e-4, 'on what is wrong')
  t.end()
})

t.test('the same seed gives the same bytes', (t) => {
  const options = { ...ROUGH, devices: '40' }
  t.equal(JSON.stringify(soil(options)), JSON.stringify(soil(options)))
  t.not(JSON.stringify(soil(options)), JSON.stringify(soil({ ...options, seed: '8' })))
  t.end()
})

t.test('liars are named with what became of them, and the fit is that of the others', (t) => {
  const { document, picture } = rehearse(
    request({ devices: '24', liars: '0.25', seed: '3' }, { plot: true }),
  )
  t.equal(document.status, 'succeeded')
  t.match(document.agreement, { exact: true, identical: true, maxRelativeError: 0 })
  const liars = document.liars ?? []
  t.equal(liars.length, 6)
  const named = (counted: boolean) =>
    liars.filter((liar) => liar.counted === counted).map(({ device }) => device)
  t.strictSame(document.contributors?.missing, named(false))
  t.ok(liars.every(({ lie, counted }) => counted === (lie === 'misreading')))
  t.strictSame([...new Set(liars.map(({ reason }) => reason))].sort(), [
    'contributed false readings, which nobody can prove',
    'signed a contribution that is no vector of the job, which proves that it lied',
    'signed two different contributions, which proves that it lied',
  ])
  t.match(picture, '>6 lied<')
  // Zinc and distance 1.1 times too large: the textbook's fit over the same rows, so changed.
  const rowsOf = (names: readonly string[]) => {
    const dealt = names.map((name) => Number(name.replace('device-', '')))
    return new Set(Array.from({ length: 155 }, (_, i) => i).filter((i) => dealt.includes(i % 24)))
  }
  const [intercept, slope] = textbookFit(rowsOf(named(false)), rowsOf(named(true)))
  const { coefficients } = fitOf(document)
  t.ok(Math.abs((coefficients[0] ?? 0) - (intercept ?? 0)) < 1e-10)
  t.ok(Math.abs((coefficients[1] ?? 0) - (slope ?? 0)) < 1e-10)
  t.notOk('liars' in soil({ devices: '9' }))
  t.end()
})

t.test('a picture is drawn where one is wanted, the same bytes for the same seed', (t) => {
  const options = { devices: '10', graph: 'ring', crash: '0.1@3', seed: '5' }
  const drawn = () => rehearse(request(options, { plot: true }))
  const { picture, document } = drawn()
  t.equal(drawn().picture, picture)
  t.equal(rehearse(request(options)).picture, undefined)
  t.match(picture, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
  t.match(picture, 'ring, 10 devices, 10 % crash in round 3, seed 5')
  t.match(picture, '>9 ended with an answer<')
  t.match(picture, '>1 crashed<')
  t.match(picture, `stopped: ${document.consensus?.rounds}<`, 'the last mark is the end')
  t.end()
})

t.test('on a ring all hold the exact answer after as many rounds as it is wide', (t) => {
  const { picture } = rehearse(request({ devices: '20', graph: 'ring' }, { plot: true }))
  t.match(picture, '>all exact: 10<')
  t.match(picture, '>all stopped: 20<')
  t.end()
})

t.test('with crashes the fit is that of exactly the devices that are not missing', (t) => {
  const document = soil({ loss: '0.3', delay: '0..3', crash: '0.1@0', seed: '7' })
  t.equal(document.status, 'succeeded')
  t.match(document.agreement, { exact: true, identical: true, maxRelativeError: 0 })
  const missing = document.contributors?.missing ?? []
  t.equal(missing.length, 16, 'they stopped before they spoke')
  const without = new Set(missing.map((name) => Number(name.replace('device-', ''))))
  const [intercept, slope] = textbookFit(without)
  // The textbook's doubles are good to about 1e-12 here; two sets of rows differ by 1e-3 and more.
  const { coefficients, observations } = fitOf(document)
  t.ok(Math.abs((coefficients[0] ?? 0) - (intercept ?? 0)) < 1e-10)
  t.ok(Math.abs((coefficients[1] ?? 0) - (slope ?? 0)) < 1e-10)
  t.equal(observations, 155 - missing.length)
  t.end()
})

t.test('how the rows are dealt, and over which graph, does not change a bit of the fit', (t) => {
  const expected = fitOf(soil({})).coefficients
  for (const options of [
    { devices: '10', graph: 'ring' },
    { devices: '64', graph: 'complete' },
    { devices: '200', graph: 'smallworld' },
    { graph: 'regular:4' },
    { assign: 'column:soil', graph: 'ring' },
  ])
    t.strictSame(fitOf(soil(options)).coefficients, expected, JSON.stringify(options))
  t.end()
})

t.test('the timeout counts after readings were followed', (t) => {
  const job = jobOf(jobText)
  job.spec.window.follow = 1_200_000
  job.spec.consensus.method = 'ratio'
  const { document } = rehearse(request({ devices: '8' }, { job }))
  t.match(document, { status: 'succeeded', agreement: { exact: true, identical: true } })
  t.ok((document.consensus?.seconds ?? 0) > 1200)
  t.end()
})

t.test("ratio has as long as it needs where the graph is not the job's own", (t) => {
  const { document, notes } = rehearse(
    request({ devices: '16', graph: 'ring', method: 'ratio', loss: '0.3' }),
  )
  t.match(document, { status: 'succeeded', agreement: { exact: true, identical: true } })
  t.match(notes, [/^it took 1\dm.*, longer than the job's timeout of 10m: raise spec/])
  t.strictSame(rehearse(request({ devices: '16' })).notes, [])
  t.end()
})

t.test('where something else is done than the options say, that is told', (t) => {
  const notesOn = (options: OptionTexts) => rehearse(request({ devices: '12', ...options })).notes
  t.match(notesOn({ method: 'tree', graph: 'ring' }), [/on a given graph its devices flood/])
  t.match(notesOn({ 'max-rounds': '99999' }), [/^--max-rounds 99999 comes after .* at round 1250/])
  t.match(notesOn({ method: 'ratio', liars: '0.2' }), [/all liars tell false readings/])
  t.end()
})

t.test('a job that repeats has the time of all its windows', (t) => {
  const job = jobOf(jobText)
  Object.assign(job.spec.window, { every: 300_000, size: 300_000 })
  job.spec.epochs = 4
  const { document, notes } = rehearse(request({ devices: '4' }, { job }))
  t.match(document, { status: 'succeeded', epoch: 3 })
  t.strictSame(notes, [])
  t.end()
})

t.test('a method that is asked for bounds the fleet, not that of the job', (t) => {
  const job = jobOf(jobText)
  job.spec.consensus.method = 'flood'
  const many = { devices: '2001', 'max-rounds': '1' }
  t.throws(() => rehearse(request(many, { job })), { code: 'BAD_USAGE', message: /by flood/ })
  t.throws(() => rehearse(request({ ...many, method: 'flood' })), { code: 'BAD_USAGE' })
  t.doesNotThrow(() => rehearse(request({ ...many, method: 'tree' }, { job })))
  t.end()
})

t.test(
  'over links worse than agents provide for a run falls apart in words, not in a trace',
  (t) => {
    for (const seed of ['1', '2', '3', '4']) {
      const { document, notes } = rehearse(request({ devices: '2', loss: '0.99', seed }))
      t.match(notes, [/^devices take links for dead that deliver less than 14 %/])
      if (document.agreement?.answers)
        t.match(document, { status: 'failed', reason: /into 2 parts/ })
    }
    t.end()
  },
)

t.test('an answer over fewer devices than minNodes is no success', (t) => {
  const job = jobOf(jobText)
  job.spec.selector.minNodes = 10
  const few = rehearse(request({ devices: '12', crash: '0.5@0' }, { job }))
  t.match(few.document, { status: 'failed', reason: /^only 6 of 12 devices contributed/ })
  t.equal(
    rehearse(request({ devices: '12', crash: '0.1@0' }, { job })).document.status,
    'succeeded',
  )
  t.end()
})

t.test('a graph can come from a file, with links that fail by themselves', (t) => {
  const text = `from,to,delivery\n${Array.from({ length: 5 }, (_, i) => `${i},${(i + 1) % 5},0.5\n${(i + 1) % 5},${i},\n`).join('')}`
  const options = { devices: '5', graph: 'field.csv', seed: '3' }
  t.equal(graphFileOf(options), 'field.csv')
  t.equal(graphFileOf({ graph: 'ring' }), undefined)
  const graph = { name: 'field.csv', text }
  const { document } = rehearse(request(options, { graph }))
  t.equal(document.status, 'succeeded')
  const fair = rehearse(
    request(options, { graph: { ...graph, text: text.replaceAll('0.5', '1') } }),
  )
  t.ok(
    (document.consensus?.rounds ?? 0) > (fair.document.consensus?.rounds ?? 0),
    'loss costs rounds',
  )
  t.throws(() => rehearse(request(options)), { code: 'BAD_USAGE' }, 'a file that was not read')
  t.throws(() => rehearse(request({ ...options, devices: '6' }, { graph })), {
    code: 'BAD_GRAPH',
    message:
      'no way leads from device 0 to device 5; every device must reach every other, so add links',
  })
  t.end()
})

t.test('long links bring a ring of 64 from 32 rounds to a few, and the same sum', (t) => {
  const consensus = (text: string) =>
    jobOf(jobText.replace('  model:', `  consensus: ${text}\n  model:`))
  const options = { devices: '64', graph: 'ring' }
  const bare = rehearse(request(options, { job: consensus('{ neighbors: declared }') })).document
  const long = rehearse(
    request(options, { job: consensus('{ neighbors: declared, longLinks: 1 }') }),
  ).document
  t.strictSame(fitOf(long).coefficients, fitOf(bare).coefficients)
  t.equal(bare.consensus?.roundsToExact, 32, 'the diameter')
  t.ok((long.consensus?.roundsToExact ?? 99) <= 8, `${long.consensus?.roundsToExact} rounds`)
  t.end()
})

t.test('a job that reads positions takes them from the rows or the graph', (t) => {
  const job = jobOf(jobText.replace('sqrt(dist)', 'position.x'))
  const fromRows = rehearse(request({ devices: '155' }, { job })).document
  t.equal(fromRows.status, 'succeeded')
  const rows = { name: 'r.csv', text: 'zinc\n1\n2\n4\n9\n' }
  t.equal(rehearse(request({ graph: 'geometric' }, { job, rows })).document.status, 'succeeded')
  t.throws(() => rehearse(request({ graph: 'ring' }, { job, rows })), {
    code: 'BAD_ROWS',
    message:
      'the job reads position.x, but device-0 has no place; add the columns x and y to the rows, or take --graph geometric',
  })
  t.end()
})

t.test('a run that is cut short fails, and says who has no answer', (t) => {
  const document = soil({ graph: 'ring', devices: '40', 'max-rounds': '30' })
  t.equal(document.status, 'failed')
  t.equal(
    document.reason,
    'none of 40 devices reported an answer in time; the run ended at round 30; raise --max-rounds',
  )
  t.end()
})

t.test('refuses what a controller would wait for, and what it cannot know', (t) => {
  const plain = jobOf(jobText)
  const selector = { ...plain.spec.selector, minNodes: 41 }
  const many = { ...plain, spec: { ...plain.spec, selector } }
  t.throws(() => rehearse(request({ devices: '40' }, { job: many })), {
    code: 'NO_DEVICES',
    message: /^spec\.selector matches 40 of 40 devices, wanted minNodes 41; /,
  })
  const links = '  consensus: { neighbors: declared }\n  model:'
  const declared = { job: jobOf(jobText.replace('  model:', links)) }
  t.throws(() => rehearse(request({}, declared)), {
    code: 'BAD_USAGE',
    message: /--graph FILE\.csv/,
  })
  t.equal(
    rehearse(request({ graph: 'complete', devices: '5' }, declared)).document.status,
    'succeeded',
  )
  t.throws(() => soil({ graph: 'regular:200' }), {
    code: 'BAD_USAGE',
    message:
      '--graph regular:200 wants more than 200 devices, found 155; take fewer neighbors, or complete.',
  })
  t.end()
})

t.test('data that cannot be fitted fail by name, though the devices agree', (t) => {
  const rows = { name: 'r.csv', text: 'zinc,dist\n1,4\n2,4\n3,4\n' }
  const { document } = rehearse(request({}, { rows }))
  t.equal(document.status, 'failed')
  t.match(document.reason, /sqrt\(dist\)/)
  t.match(document.agreement, { identical: true })
  t.end()
})

t.test('missing values are left out', (t) => {
  const text = rowsText.replace('11.7,85,299,1022', '11.7,85,299,NA')
  const document = rehearse(request({}, { rows: { name: 'r.csv', text } })).document
  t.equal(fitOf(document).observations, 154)
  t.equal(document.contributors?.count, 155, 'the device took part with nothing to tell')
  t.end()
})
