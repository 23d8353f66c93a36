import t from 'tap'
import { progressLine } from '../../../../controller/cli/show/progress.ts'

t.test('one line says how far a job is', async (t) => {
  const progress = {
    roster: 155,
    heard: 154,
    contributions: { median: 77.5 },
    phases: { exchanging: 142, final: 12 },
    bytes: 3_400_000,
    seconds: 4.2,
  }
  t.equal(
    progressLine(progress, 10),
    '█████░░░░░ 77 of 155 contributions known, 154 devices heard, 12 final, 3.40 MB, 4.2 s',
  )
})

t.test('a job without a roster has an empty bar', async (t) => {
  const nothing = { roster: 0, heard: 0, contributions: { median: 0 }, phases: {}, bytes: 0 }
  t.match(progressLine({ ...nothing, seconds: 0 }, 4), '░░░░ 0 of 0')
})
