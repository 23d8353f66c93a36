import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { FusionJob } from '../../../../agent/wire/job.ts'
import { checkValue } from '../../../../agent/wire/problems.ts'
import {
  decisionsOf,
  JOBS,
  ruleIn,
  scoresOf,
  wantedOf,
} from '../../../../controller/cli/demo/steam/compare.ts'
import { placesOf } from '../../../../controller/cli/demo/steam/record.ts'
import { steamReport } from '../../../../controller/cli/demo/steam/report.ts'
import {
  byBayesianSensor,
  byThreshold,
  vapourPressure,
} from '../../../../controller/cli/demo/steam/rules.ts'
import { scoreOf, together } from '../../../../controller/cli/demo/steam/score.ts'
import type { ResultView } from '../../../../controller/cli/show/document.ts'
import { loadVirtualFleet } from '../../../../controller/cli/virtualFleet.ts'

const folder = new URL('../../../../devices/demo/steam/', import.meta.url)
const text = (file: string) => readFileSync(new URL(file, folder), 'utf8')
const places = placesOf(text('before.csv'), text('steam.csv'), 772)
const jobs = text('jobs.yaml')
  .split(/^---$/m)
  .map((each) => parse(each))
const rules = jobs.map(({ spec }) => ruleIn(spec))

t.test('the record has four motes in two places, each on a device with its label', async (t) => {
  t.strictSame(
    places.map(({ before, windows, truth }) => [
      before.map(({ length }) => length),
      windows.map(({ length }) => length),
      truth.filter(Boolean).length,
    ]),
    [
      [[2100, 2100], [772, 772], 39],
      [[2100, 2100], [772, 772], 11],
    ],
  )
  // The first reading of mote 1 in the set; steam comes with reading 2344 of mote 1 and 2362 of mote 4.
  t.strictSame(places[0]?.before[0]?.[0], { humidity: 45.93, temperature: 27.97 })
  t.strictSame(
    places.map(({ truth }) => truth.indexOf(true)),
    [81, 87],
  )
  const { devices } = await loadVirtualFleet(new URL('fleet.yaml', folder).pathname)
  t.strictSame(
    devices.map(({ labels }) => labels?.place),
    ['indoors', 'indoors', 'outdoors', 'outdoors'],
  )
  t.ok(devices.every(({ rows, perWindow }) => rows.length === 772 && perWindow))
})

t.test('the figures of the jobs are those of the readings before the record', async (t) => {
  t.strictSame(
    jobs.map(({ metadata }) => metadata.name),
    [...JOBS],
  )
  for (const job of jobs) t.ok('value' in checkValue(FusionJob, job))
  rules.forEach(({ limit, probGivenFalse }, i) => {
    const seen = (places[i]?.before ?? []).flat().map(vapourPressure)
    t.ok(limit - Math.max(...seen) >= 0 && limit - Math.max(...seen) < 1e-4, `${limit}`)
    t.equal(probGivenFalse, Number((1 / (seen.length + 2)).toPrecision(3)))
  })
})

t.test('vapour pressure is that of the tables', async (t) => {
  // Saturation over water at 0, 20 and 30 °C: WMO-No. 8, 6.11, 23.4 and 42.4 hPa.
  for (const [temperature, wanted] of [
    [0, 6.11],
    [20, 23.4],
    [30, 42.4],
  ] as const)
    t.ok(Math.abs(vapourPressure({ humidity: 100, temperature }) / wanted - 1) < 0.005)
})

t.test('alarms are scored by the events that they begin in', async (t) => {
  const flags = (row: string) => [...row].map((each) => each === 'x')
  t.strictSame(scoreOf(flags('x..xx.x....xx'), flags('..xxxxx..xx..')), {
    events: 2,
    missed: 1,
    delays: [1, null],
    falseAlarms: 2,
    falseWindows: 3,
    alarms: 2,
    covered: 3,
    eventWindows: 7,
  })
  // One that began before the event found nothing, and is not false.
  t.match(scoreOf(flags('xxx'), flags('.xx')), { missed: 1, falseAlarms: 0, covered: 2 })
  const both = together([scoreOf(flags('.x'), flags('.x')), scoreOf(flags('x.'), flags('.x'))])
  t.match(both, { events: 2, missed: 1, delays: [0, null], falseAlarms: 1, falseWindows: 1 })
})

t.test('the fleet is sooner than sensors and quieter than thresholds of today', async (t) => {
  const fleet = places.map((place, i) => wantedOf(rules[i] as (typeof rules)[number], place))
  const [ours, threshold, bayesian, alone] = scoresOf(places, rules, fleet)
  t.match(ours?.score, { events: 2, missed: 0, delays: [0, 0], falseAlarms: 0, alarms: 2 })
  t.match(threshold?.score, { missed: 0, delays: [0, 0], falseAlarms: 2, falseWindows: 260 })
  t.match(bayesian?.score, { missed: 0, delays: [1, 4], falseAlarms: 0 })
  t.match(
    alone?.score,
    { missed: 0, delays: [0, 0], falseAlarms: 0 },
    'steam reaches one mote of each place',
  )
  t.strictSame(
    [ours?.score.covered, threshold?.score.covered, bayesian?.score.covered],
    [49, 50, 9],
  )
  const printed = steamReport({
    windows: 772,
    scores: scoresOf(places, rules, fleet),
    wrong: [],
    milliseconds: 80_000,
  })
  t.match(printed, /this fleet +0 of 2 +0 s, 0 s +0 +- +98 %/)
  t.match(printed, /a bayesian sensor on each device +0 of 2 +15 s, 60 s +0/)
  const wrong = Array.from({ length: 12 }, (_, k) => `window ${k}`)
  t.match(
    steamReport({ windows: 1, scores: [], wrong, milliseconds: 1 }),
    /window 9\n {2}and 2 more/,
  )
})

t.test('motes that measure nothing alarm nobody by the rules of today', async (t) => {
  const air = { humidity: Number.NaN, temperature: Number.NaN }
  const place = { before: [[{ humidity: 50, temperature: 20 }]], windows: [[air]] }
  t.strictSame([byThreshold(place), byBayesianSensor(place)], [[false], [false]])
})

t.test(
  'a decision that differs, a reading that lacks and a window without a result are told',
  async (t) => {
    const document = (result: object | undefined, exact = true): ResultView =>
      ({
        job: JOBS[0],
        status: result ? 'succeeded' : 'failed',
        model: 'event',
        ...(result ? { result } : { reason: 'nobody answered' }),
        agreement: { exact },
      }) as unknown as ResultView
    const right = { decision: true, observations: 2 }
    const documents = new Map([
      [0, document(right)],
      [1, document({ ...right, decision: false })],
      [2, document({ ...right, observations: 1 }, false)],
      [3, document(undefined)],
    ])
    const { alarm, wrong } = decisionsOf(JOBS[0], documents, [true, true, true, true, false])
    t.strictSame(alarm, [true, false, true, false, false])
    t.strictSame(wrong, [
      'window 1 of steam-indoors: decided false, one machine true',
      'window 2 of steam-indoors: 1 readings of 2',
      'window 2 of steam-indoors: the sum is not exact',
      'window 3 of steam-indoors: nobody answered',
      'window 4 of steam-indoors: has no result',
    ])
  },
)
