import t, { type Test } from 'tap'
import { followJobs, printResult } from '../../../../controller/cli/job/follow.ts'
import { clientOf } from '../../../../controller/cli/shell/client.ts'
import { recorder } from '../shell/recorder.ts'
import { answering, jobIn } from './answering.ts'

async function followed(t: Test, events: readonly unknown[], live = false) {
  const socket = await answering(t, { '/v1/jobs/a/events': events })
  const { terminal, written } = recorder({ live })
  const { code } = await followJobs(clientOf(socket), ['a'], terminal, printResult(terminal))
  return { code, ...written }
}
const told = (phase: string, message: string) => ({ event: 'job', job: jobIn(phase, message) })

t.test('why a job waits is told once a reason where nobody sees the live line', async (t) => {
  const events = [
    told('pending', 'wanted 8, found 5'),
    told('pending', 'wanted 8, found 5'),
    told('pending', 'wanted 8, found 7'),
    told('running', 'runs on 8 devices'),
    told('succeeded', ''),
  ]
  t.strictSame(await followed(t, events), {
    code: 0,
    out: '',
    err: 'a pending: wanted 8, found 5\na pending: wanted 8, found 7\n',
  })
  const seen = await followed(t, events, true)
  t.notMatch(seen.err, 'found 5\n', 'drawn over on a terminal')
})

t.test('a failure is told once', async (t) => {
  const result = { event: 'result', result: { job: 'a', status: 'failed', reason: 'no answer' } }
  t.strictSame(await followed(t, [result, told('failed', 'no answer')]), {
    code: 1,
    out: 'a failed: no answer\n\n',
    err: '',
  })
  t.strictSame(await followed(t, [told('failed', 'the deadline has passed')]), {
    code: 1,
    out: '',
    err: 'a failed: the deadline has passed\n',
  })
})
