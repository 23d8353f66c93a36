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

t.test('what a job waits for and does is told once where nobody sees the live line', async (t) => {
  const events = [
    told('pending', 'wanted 8, found 5'),
    told('pending', 'wanted 8, found 5'),
    told('pending', 'wanted 8, found 7'),
    told('running', 'runs on 8 devices that were hired'),
    told('running', 'runs on 8 devices that were hired'),
    told('running', 'the answer is there; waits until the contract has paid'),
    told('succeeded', ''),
  ]
  t.strictSame(await followed(t, events), {
    code: 0,
    out: '',
    err: `a pending: wanted 8, found 5
a pending: wanted 8, found 7
a running: runs on 8 devices that were hired
a running: the answer is there; waits until the contract has paid
`,
  })
  const seen = await followed(t, events, true)
  t.notMatch(seen.err, 'found 5\n', 'drawn over on a terminal')
})

t.test('who takes no part is told while the job goes on, and stays on the screen', async (t) => {
  const message = 'take no part: 8 of 8 devices (n1, n2, n3 and 5 more): its program failed: x'
  const conditions = [{ type: 'TakesPart', status: false, message }]
  const job = { ...jobIn('running', 'runs on 8 devices'), conditions }
  const events = [{ event: 'job', job }, { event: 'job', job }, told('succeeded', '')]
  t.equal((await followed(t, events)).err, `a ${message}\na running: runs on 8 devices\n`)
  t.match((await followed(t, events, true)).err, `a ${message}\n`)
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

t.test('the answer of a paid job is printed once, and then where the money went', async (t) => {
  const answer = { job: 'a', status: 'succeeded', result: { mean: 5, observations: 3 } }
  const market = {
    chainId: 31337,
    escrow: '0xabc',
    checkpoints: 1,
    sellers: 3,
    paidInFull: 3,
    paid: '3.0',
    slashed: '0.0',
    fee: '0.015',
    relays: '0.25',
    returned: '0.0',
    currency: 'HYPER',
    ending: 'completed',
    result: 'majority',
    work: 'not replicated',
  }
  const event = (result: object) => ({ event: 'result', result })
  const { out } = await followed(t, [
    event(answer),
    event(answer),
    told('running', 'waits until the contract has paid'),
    event({ ...answer, market }),
    told('succeeded', ''),
  ])
  t.equal(out.match(/a succeeded/g)?.length, 1)
  t.equal(out.match(/^mean/gm)?.length, 1)
  t.match(
    out,
    /^observations +3\n\npaid +3\.0 HYPER, in full to 3 of 3 sellers; fee 0\.015; 0\.25 to relays\nslashed .*\nverified .*\ncontract .*\n\n$/m,
  )
})

t.test('a result that has changed is printed again, and each epoch of its own', async (t) => {
  const result = (mean: number, epoch: number) => ({
    event: 'result',
    result: { job: 'a', status: 'succeeded', epoch, result: { mean } },
  })
  const { out } = await followed(t, [
    result(5, 0),
    result(6, 0),
    result(6, 1),
    told('succeeded', ''),
  ])
  t.strictSame(out.match(/^(epoch|mean).*$/gm), [
    'epoch 0 of a succeeded',
    'mean  5',
    'epoch 0 of a succeeded',
    'mean  6',
    'epoch 1 of a succeeded',
    'mean  6',
  ])
})
