import t from 'tap'
import { createLog, LINES_PER_SPELL, rateOf, SPELL_MILLIS } from '../../../agent/io/log.ts'
import { handClock } from './handClock.ts'

function logged(level: 'debug' | 'info' | 'warn' | 'error', form: 'json' | 'text') {
  const clock = handClock(Date.UTC(2024, 0, 2, 3, 4, 5, 678))
  const lines: string[] = []
  const log = createLog({ level, form, clock, write: (line) => lines.push(line) })
  return { clock, lines, log }
}

t.test('a JSON line holds what is known of the entry', async (t) => {
  const { lines, log } = logged('info', 'json')
  log({ level: 'warn', kind: 'link', message: 'gone', node: 'a', job: 'j' })
  log({ level: 'info', kind: 'start', message: 'here' })
  t.strictSame(JSON.parse(lines[0] ?? ''), {
    ts: Date.UTC(2024, 0, 2, 3, 4, 5, 678),
    level: 'warn',
    node: 'a',
    job: 'j',
    kind: 'link',
    message: 'gone',
  })
  t.notMatch(lines[1], /node|job/)
})

t.test('a line of text is short and cannot steer a terminal', async (t) => {
  const { lines, log } = logged('debug', 'text')
  log({
    level: 'error',
    kind: 'x',
    message: 'red \u001b[31m\u009b31m\r bell\u0007\nnext',
    node: 'a',
    job: 'j',
  })
  t.equal(lines[0], '03:04:05.678 error a job j: red �[31m�31m� bell�\nnext')
})

t.test('what is below the level is not written', async (t) => {
  const { lines, log } = logged('warn', 'json')
  for (const level of ['debug', 'info', 'warn', 'error'] as const)
    log({ level, kind: 'k', message: level })
  t.strictSame(
    lines.map((line) => JSON.parse(line).level),
    ['warn', 'error'],
  )
})

t.test('a flood of one kind is cut off and counted; other kinds and devices go on', async (t) => {
  const { clock, lines, log } = logged('info', 'json')
  const flood = (node: string) => log({ level: 'warn', kind: 'bad', message: 'bad', node })
  for (let i = 0; i < LINES_PER_SPELL + 30; i++) flood('a')
  t.equal(lines.length, LINES_PER_SPELL)
  flood('b')
  log({ level: 'warn', kind: 'other', message: 'other', node: 'a' })
  t.equal(lines.length, LINES_PER_SPELL + 2)
  clock.turn(SPELL_MILLIS)
  flood('a')
  flood('a')
  t.match(lines.at(-2), /bad \(30 like it were left out\)/)
  t.notMatch(lines.at(-1), /left out/)
})

t.test('a stream of ever new kinds takes no more memory than its bound', async (t) => {
  const admit = rateOf(handClock(), 1, 1000)
  for (let i = 0; i < 5000; i++) admit(`kind ${i}`)
  t.equal(admit('kind 0'), 0, 'forgotten, so it passes again')
  t.equal(admit('kind 4999'), undefined, 'remembered')
})
