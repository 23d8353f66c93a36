import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { numbersOf, readTable } from '../../../../agent/io/sensors/table.ts'
import { FusionJob } from '../../../../agent/wire/job.ts'
import { checkValue } from '../../../../agent/wire/problems.ts'
import { compare, JOBS, TOLERANCE, wantedOf } from '../../../../controller/cli/demo/wind/compare.ts'
import { levelsOf, meansOf } from '../../../../controller/cli/demo/wind/oneMachine.ts'
import { windReport } from '../../../../controller/cli/demo/wind/report.ts'
import type { ResultView } from '../../../../controller/cli/show/document.ts'
import { loadVirtualFleet } from '../../../../controller/cli/virtualFleet.ts'
import { type Filter, predict, update } from '../../../agent/fusion/covarianceFilter.ts'

const folder = new URL('../../../../devices/demo/wind/', import.meta.url)
const text = (file: string) => readFileSync(new URL(file, folder), 'utf8')
const speeds = numbersOf(readTable('wind.csv', text('wind.csv')), ['wind']).flat() as number[]
const year = Array.from({ length: 365 }, (_, day) => speeds.slice(12 * day, 12 * (day + 1)))
const specs = new Map(
  text('jobs.yaml')
    .split(/^---$/m)
    .map((each) => parse(each))
    .map(({ metadata, spec }) => [metadata.name as string, spec]),
)

t.test('the record has 365 days of 12 stations, each on a device of its own', async (t) => {
  t.equal(speeds.length, 365 * 12)
  // The first and last line of the set, in the order VAL, BEL, ..., ROS.
  t.strictSame(year[0]?.slice(0, 3), [14.96, 18.5, 10.25])
  t.ok(speeds.every((speed) => speed >= 0 && speed < 60))
  const { devices } = await loadVirtualFleet(new URL('fleet.yaml', folder).pathname)
  t.equal(devices.length, 12)
  devices.forEach(({ rows, perWindow }, station) => {
    t.equal(perWindow, true)
    t.strictSame(
      rows,
      year.map((day) => [day[station]]),
    )
  })
})

t.test('its jobs are taken, and are those that the demo compares', async (t) => {
  for (const each of text('jobs.yaml').split(/^---$/m))
    t.ok('value' in checkValue(FusionJob, parse(each)))
  t.strictSame([...specs.keys()], [...JOBS])
})

t.test('the means of one machine are those of a recursion over days', async (t) => {
  let [n, sum, square] = [0, 0, 0]
  meansOf(year, { forgetting: 0.8 }).forEach(([mean = 0, precision = 0], day) => {
    ;[n, sum, square] = [0.8 * n, 0.8 * sum, 0.8 * square]
    for (const speed of year[day] ?? []) {
      n += 1
      sum += Math.sqrt(speed)
      square += speed
    }
    t.ok(Math.abs(mean - sum / n) < 1e-12)
    t.ok(Math.abs(precision / ((n - 1) / (square - (sum * sum) / n)) - 1) < 1e-11)
  })
})

t.test('the filter of one machine is that of matrices', async (t) => {
  const filter: Filter = {
    transition: [
      [1, 1],
      [0, 0.5],
    ],
    noise: [
      [0.2, 0],
      [0, 0.05],
    ],
    mean: [3, 0],
    covariance: [
      [1, 0],
      [0, 0.1],
    ],
  }
  const found = levelsOf(year, {
    transition: [
      [1, 1],
      [0, 0.5],
    ],
    noise: [0.2, 0.05],
    mean: [3, 0],
    variances: [1, 0.1],
    variance: 0.4,
  })
  t.strictSame(wantedOf('wind-level', specs.get('wind-level'), year), found)
  found.forEach((states, day) => {
    if (day > 0) predict(filter)
    for (const speed of year[day] ?? []) update(filter, { z: Math.sqrt(speed), h: [1, 0], r: 0.4 })
    states.forEach((state, i) => {
      t.ok(Math.abs(state - (filter.mean[i] ?? 0)) < 1e-13)
    })
  })
})

t.test('a window that differs, lacks a station or failed is told', async (t) => {
  const document = (mean: number, count = 12): ResultView =>
    ({
      job: 'wind-mean',
      status: 'succeeded',
      model: 'gaussian',
      result: {
        posterior: { parameters: [{ name: 'mean', mean, interval: [mean - 1, mean + 1] }] },
        observations: count,
      },
      contributors: { count, roster: 12, missing: [] },
      agreement: { exact: true, identical: true },
    }) as unknown as ResultView // as much of it as is read
  const at = (...documents: ResultView[]) => new Map(documents.map((each, day) => [day, each]))
  const good = compare('wind-mean', at(document(3), document(4)), [[3], [4 + 1e-13]], 12)
  t.match(good, { windows: 2, wrong: [] })
  t.ok(good.largestDifference > 0 && good.largestDifference < TOLERANCE)
  const bad = compare('wind-mean', at(document(3), document(4, 11)), [[3.001], [4], [5]], 12)
  t.match(bad.wrong, [
    /^window 0 of wind-mean: differs from one machine by 0.000/,
    /^window 1 of wind-mean: 11 readings of 11 devices, wanted one of each of 12/,
    'window 2 of wind-mean: has no result',
  ])
  const outcome = { days: 2, devices: 12, milliseconds: 1000 }
  t.match(windReport({ ...outcome, jobs: [good] }), /12 stations, 2 days of 1961.*agrees with one/s)
  t.match(windReport({ ...outcome, jobs: [bad] }), /does not agree.*window 2 of wind-mean/s)
})
