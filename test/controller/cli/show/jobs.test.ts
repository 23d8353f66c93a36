import t from 'tap'
import { isOver, jobFacts, jobsTable, jobView } from '../../../../controller/cli/show/jobs.ts'
import { factLines } from '../../../../controller/cli/show/result.ts'

const now = Date.UTC(2026, 0, 1)
const soil = jobView({
  job: 'soil-zinc',
  phase: 'succeeded',
  message: '155 of 155 devices contributed',
  model: 'leastSquares',
  method: 'flood',
  submittedAt: now - 7_800_000,
  startedAt: now - 7_799_000,
  endedAt: now - 7_798_460,
  devices: 155,
  results: 1,
})
const mean = jobView({
  ...soil,
  job: 'mean',
  phase: 'running',
  message: '',
  model: 'average',
  submittedAt: now - 2_000,
  startedAt: undefined,
  endedAt: undefined,
  devices: 0,
  epoch: 3,
  every: 60_000,
  results: 2,
})

t.test('jobs are a table, the newest first', async (t) => {
  t.equal(
    jobsTable([soil, mean], now),
    `JOB        PHASE      MODEL         DEVICES  RESULTS         AGE    TOOK
mean       running    average             0        2       2.0 s       -
soil-zinc  succeeded  leastSquares      155        1  2 h 10 min  540 ms
`,
  )
})

t.test('no jobs are a line of headings', async (t) => {
  t.equal(jobsTable([], now), 'JOB  PHASE  MODEL  DEVICES  RESULTS  AGE  TOOK\n')
})

t.test('one job is a list of facts', async (t) => {
  t.equal(
    factLines(jobFacts(soil, now)),
    `job        soil-zinc
phase      succeeded: 155 of 155 devices contributed
model      leastSquares by flood
devices    155
submitted  2 h 10 min ago
took       540 ms
results    1
`,
  )
  t.match(factLines(jobFacts(mean, now)), 'epochs     3 closed, one every 1 min\n')
  const paid = jobView({ ...soil, contract: '0x00aBc' })
  t.match(factLines(jobFacts(paid, now)), 'contract   0x00aBc\n')
})

t.test('a running job warns of devices that are too few, or that all hangs on', async (t) => {
  const conditions = [
    { type: 'Selected', status: false, reason: 'NotConnected', message: 'a and b are apart' },
    { type: 'Robust', status: false, reason: 'HangsOnDevice', message: 'the links hang on c' },
    { type: 'TakesPart', status: false, reason: 'NotAll', message: 'take no part: d' },
    { type: 'Agreed', status: false, reason: 'Incomplete', message: 'told elsewhere' },
  ]
  const warned = jobView({ ...mean, conditions })
  t.match(
    factLines(jobFacts(warned, now)),
    /warning +a and b are apart\nwarning +the links hang on c\nwarning +take no part: d\n$/,
  )
  const fine = conditions.map((each) => ({ ...each, status: true }))
  t.notMatch(factLines(jobFacts(jobView({ ...mean, conditions: fine }), now)), 'warning')
  t.notMatch(factLines(jobFacts(jobView({ ...soil, conditions }), now)), 'warning', 'it is over')
})

t.test('a job is over when its phase cannot change any more', async (t) => {
  t.strictSame(
    ['pending', 'running', 'succeeded', 'failed', 'cancelled'].filter((phase) => isOver({ phase })),
    ['succeeded', 'failed', 'cancelled'],
  )
})
