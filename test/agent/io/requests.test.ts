import t from 'tap'
import { answerTo } from '../../../agent/io/requests.ts'

const device = { incarnation: 3, session: 9 }
const ask = (verb: string, payload: string) => {
  const { text, isRebirth } = answerTo(verb, Buffer.from(payload), device)
  return { ...JSON.parse(text), isRebirth }
}

t.test('a ping is answered with its transaction and who answers', async (t) => {
  const answer = ask('ping', '{"transaction":"t-1"}')
  t.match(answer, { status: 'ok', transaction: 't-1', isRebirth: false, data: device })
})

t.test('a rebirth is answered and carried out', async (t) => {
  t.match(ask('rebirth', '{"transaction":"t-2","more":1}'), {
    status: 'ok',
    transaction: 't-2',
    isRebirth: true,
  })
})

t.test('a request without a transaction is answered without one', async (t) => {
  t.notOk('transaction' in ask('ping', '{}'))
  t.equal(ask('ping', '').status, 'ok')
})

t.test('what is not understood is answered with an error', async (t) => {
  t.match(ask('fly', '{"transaction":"t-3"}'), {
    status: 'error',
    error: { code: 'NOT_FOUND', message: /"fly"/ },
    transaction: 't-3',
  })
  for (const bad of [
    '{',
    '[]',
    '{"transaction":7}',
    `{"transaction":"${'x'.repeat(200)}"}`,
    '\xff',
  ]) {
    t.match(ask('ping', bad), { status: 'error', error: { code: 'BAD_MESSAGE' } })
  }
})
