import t from 'tap'
import { FusionJob } from '../../agent/wire/job.ts'
import { windowMistakes } from '../../controller/calling.ts'

const job = (window?: string) => ({
  job: FusionJob.parse({
    apiVersion: 'hypernet.dev/v1',
    kind: 'FusionJob',
    metadata: { name: 'a' },
    spec: {
      model: { type: 'sum', response: 'level' },
      ...(window && { market: { price: '1.0', sellers: 3, period: '1h', window } }),
    },
  }),
  file: 'a.yaml',
  locate: (path: readonly string[]) => ({ line: path.length, column: 1 }),
})

/** Seconds. */
const rules = { leastWindow: 120, mostWindow: 604_800 }

t.test('a window is as long as the rules of the market allow', async (t) => {
  const jobs = [job('119s'), job('2m'), job('30m'), job('31m'), job()]
  const texts = windowMistakes({ ...rules, mostWindow: 1800 }, jobs).map(({ text }) => text)
  t.match(texts, [
    /^found 1m59s, wanted 2m to 30m: the rules of this market allow no other/,
    /^found 31m, wanted 2m to 30m: /,
  ])
  t.equal(texts.length, 2)
})

t.test('a window has to be longer than blocks take until they stay, by a minute', async (t) => {
  const jobs = [job('14m'), job('839s'), job()]
  t.match(windowMistakes({ finality: 780, ...rules }, jobs), [
    {
      file: 'a.yaml',
      line: 3,
      path: 'spec.market.window',
      text: /^found 13m59s, wanted 14m to 7d: .* now 13m later on this chain/,
    },
  ])
  t.equal(windowMistakes({ finality: 780, ...rules }, jobs).length, 1)
  t.strictSame(windowMistakes({ finality: 0, ...rules }, jobs), [])
  t.strictSame(windowMistakes(rules, jobs), [], 'where the chain does not say')
  t.strictSame(windowMistakes(undefined, jobs), [])
})
