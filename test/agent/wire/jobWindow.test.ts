import t from 'tap'
import * as z from 'zod/mini'
import { window, windowConflicts } from '../../../agent/wire/jobWindow.ts'

const conflicts = (written: object, market?: object): string[] =>
  windowConflicts({ window: z.parse(window, written), consensus: { period: 5000 }, market }).map(
    ({ path, text }) => `${path.join('.')}: ${text}`,
  )

t.test('windows whose parts go together are taken', async (t) => {
  for (const written of [
    {},
    { size: '10m', every: '1m', late: '20s' },
    { every: '50ms', pace: 'result' },
    { follow: '1h' },
    { size: '10m', resample: '10m' },
    { size: '10m', every: '1m', resample: '30s', missing: 'hold' },
  ])
    t.strictSame(conflicts(written), [], JSON.stringify(written))
})

t.test('what does not go together is refused where it stands', async (t) => {
  const refused: [object, string][] = [
    [{ follow: '1h', every: '1m' }, 'window.follow: stands beside "every"'],
    [{ every: '1m', late: '1m' }, 'window.late: found 1m, wanted less than window.every, 1m.'],

    [{ every: '50ms' }, 'window.every: found 50ms, wanted at least 1s'],
    [{ size: '4s' }, 'window.size: found 4s, wanted at least consensus.period, 5s'],
    [{ every: '4s' }, 'window.every: found 4s, wanted at least consensus.period, 5s'],
    [{ pace: 'result' }, 'window.pace: found "result", but the job does not repeat.'],
    [{ missing: 'hold', size: '1m' }, 'window.missing: found "hold", which fills steps of time.'],
    [{ resample: '1s' }, 'window.resample: found 1s, but no time to divide.'],
    [{ size: '10s', resample: '11s' }, 'window.resample: found 11s, wanted a part of window.size'],
    [{ size: '10s', resample: '3s' }, 'window.resample: found 3s, wanted a part of window.size'],
    [{ size: '10m', resample: '1ms' }, 'window.resample: found 1ms, wanted at least 6ms'],
    [{ size: '1m', resample: '1s', follow: '1m' }, 'window.resample: stands beside "follow"'],
  ]
  for (const [written, start] of refused) {
    const found = conflicts(written)
    t.equal(found.length, 1, start)
    t.match(found[0]?.slice(0, start.length), start)
  }
})

t.test('a contract has its times', async (t) => {
  t.match(conflicts({ every: '1m', pace: 'result' }, {})[0], /^window\.pace: .*spec\.market/)
  t.match(conflicts({ follow: '1m' }, {})[0], /^window\.follow: .*spec\.market/)
})
