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
  place: { line: 3, column: 1 },
})

t.test('a window has to be longer than blocks take until they stay, by a minute', async (t) => {
  const jobs = [job('14m'), job('839s'), job()]
  t.match(windowMistakes({ finality: 780 }, jobs), [
    {
      file: 'a.yaml',
      line: 3,
      path: 'spec.market.window',
      text: /^found 13m59s, wanted at least 14m: .* now 13m later on this chain/,
    },
  ])
  t.equal(windowMistakes({ finality: 780 }, jobs).length, 1)
  t.strictSame(windowMistakes({ finality: 0 }, jobs), [])
  t.strictSame(windowMistakes({}, jobs), [], 'where the chain does not say')
  t.strictSame(windowMistakes(undefined, jobs), [])
})
