import t from 'tap'
import { factLines } from '../../../../controller/cli/show/result.ts'
import { toldFacts } from '../../../../controller/cli/show/told.ts'

const told = {
  job: 'soil-zinc',
  device: 'gauge-007',
  phase: 'voting',
  epoch: 3,
  round: 12,
  roster: 155,
  gone: 0,
  fleet: {
    contributed: 148,
    voted: 120,
    final: 0,
    least: 'waiting',
    mean: 0.576,
    behind: 7,
    slowest: ['gauge-003', 'gauge-011', 'gauge-020', 'gauge-021', 'gauge-090'],
    bitsApart: 31,
  },
}

t.test('what one device tells is the state of the whole fleet', async (t) => {
  t.equal(
    factLines(toldFacts(told)),
    `device   gauge-007
phase    voting, epoch 3, round 12
fleet    148 of 155 contributed, 120 voted, 0 final
least    some have not contributed
mean     ████████████░░░░░░░░ 58 %
slowest  gauge-003, gauge-011, gauge-020, gauge-021, gauge-090 and 2 more
apart    by 31 bits
`,
  )
})

t.test(
  'the answer so far is told where readings are followed, and the answer at the end',
  async (t) => {
    const text = (more: object) => factLines(toldFacts({ ...told, ...more }))
    t.match(text({ estimate: [21.25, null] }), '\nso far   21.25, ?\n')
    t.match(text({ estimate: [21.25], phase: 'final' }), '\nanswer   21.25\n')
  },
)

t.test('a fleet that is done has nobody behind; the gone are told', async (t) => {
  const fleet = { ...told.fleet, final: 154, least: 'final', behind: 0, slowest: [], bitsApart: 0 }
  const lines = factLines(toldFacts({ ...told, phase: 'final', gone: 1, fleet }))
  t.match(lines, /154 final, 1 gone\nleast +all have the answer/)
  t.match(lines, /apart +not any more/)
  t.notMatch(lines, /slowest/)
})

t.test('a device that takes no part tells why', async (t) => {
  const { fleet: _, ...rest } = told
  const lines = factLines(toldFacts({ ...rest, phase: 'refused', error: 'no sensor zinc' }))
  t.match(lines, /error +no sensor zinc/)
  t.notMatch(lines, /least/)
  t.throws(() => toldFacts({ device: 1 }), { code: 'BAD_MESSAGE' })
})
