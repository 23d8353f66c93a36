import t from 'tap'
import { COMMANDS } from '../../../../controller/cli/commands.ts'
import { typed } from '../shell/recorder.ts'
import { answering, jobIn } from './answering.ts'

t.test('a job without a result says why, with exit 1', async (t) => {
  const reasons = [
    ['failed', 'the deadline has passed', 'no result: it failed: the deadline has passed'],
    ['cancelled', 'by the operator', 'no result: it was cancelled: by the operator'],
    ['pending', 'too few', 'no result yet: it is pending: too few'],
  ] as const
  for (const [phase, message, says] of reasons) {
    const socket = await answering(t, { '/v1/jobs/a': jobIn(phase, message) })
    for (const form of [[], ['--csv'], ['--json']]) {
      const told = await typed(COMMANDS, ['job', 'result', 'a', '--socket', socket, ...form])
      t.strictSame(told, { code: 1, out: '', err: `job a has ${says}\n` })
    }
  }
})

t.test('a job that nobody works for says so', async (t) => {
  const conditions = [{ type: 'TakesPart', status: false, message: 'take no part: n1' }]
  const job = { ...jobIn('running', 'runs on 1 device'), conditions }
  const socket = await answering(t, { '/v1/jobs/a': job })
  const { err } = await typed(COMMANDS, ['job', 'result', 'a', '--socket', socket])
  t.match(err, 'it is running: runs on 1 device; take no part: n1\n')
})

t.test('a job that is not there is wrong input', async (t) => {
  const socket = await answering(t, {})
  const { code } = await typed(COMMANDS, ['job', 'result', 'a', '--socket', socket])
  t.equal(code, 2)
})

t.test('a failed result as values is its reason on stderr', async (t) => {
  const result = { job: 'a', status: 'failed', reason: 'no device has an answer' }
  const socket = await answering(t, { '/v1/jobs/a/result': result })
  const csv = await typed(COMMANDS, ['job', 'result', 'a', '--socket', socket, '--csv'])
  t.strictSame(csv, { code: 1, out: '', err: 'a failed: no device has an answer\n' })
  const text = await typed(COMMANDS, ['job', 'result', 'a', '--socket', socket])
  t.strictSame(text, { code: 1, out: 'a failed: no device has an answer\n', err: '' })
})

t.test('an epoch that failed leaves those before it to be had', async (t) => {
  const good = { job: 'a', status: 'succeeded', epoch: 1, result: { mean: 2 } }
  const bad = { job: 'a', status: 'failed', epoch: 2, reason: 'no rows' }
  const history = [bad, good].map((result) => ({ epoch: result.epoch, at: 0, result }))
  const socket = await answering(t, {
    '/v1/jobs/a/result': bad,
    '/v1/jobs/a/result?history=1000': { ...bad, history },
  })
  const result = (...more: string[]) =>
    typed(COMMANDS, ['job', 'result', 'a', '--socket', socket, ...more])
  t.strictSame(await result(), { code: 1, out: 'epoch 2 of a failed: no rows\n', err: '' })
  const csv = await result('--csv', '--epoch', '1')
  t.strictSame(csv, { code: 0, out: 'name,value\r\nmean,2\r\n', err: '' })
  t.strictSame(await result('--json', '--epoch', '1'), {
    code: 0,
    out: `${JSON.stringify(good)}\n`,
    err: '',
  })
  const none = await result('--epoch', '7')
  t.equal(none.code, 2)
  t.match(none.err, 'job a keeps no result of epoch 7; it keeps 1 to 2')
})
