import t from 'tap'
import { HypernetError } from '../../agent/wire/errors.ts'
import { KeptMessages, MOST_IN_ALL, MOST_OF_ONE } from '../../controller/keptMessages.ts'

const topicOf = (job: string, from: string) => `hn/1/site/net/${job}/deal/${from}`

/** Keeps messages that write down when they are taken. */
function open() {
  const logged: string[] = []
  const taken: string[] = []
  const kept = new KeptMessages(({ message }) => logged.push(message))
  const keep = (job: string, from: string) =>
    kept.keep(topicOf(job, from), { job, from }, () => taken.push(`${job}/${from}`))
  return { kept, keep, logged, taken }
}

t.test('what is kept is taken again with its job or its sender', async (t) => {
  const { kept, keep, taken } = open()
  for (const from of ['a', 'b']) for (const job of ['one', 'two']) keep(job, from)
  t.strictSame(taken.splice(0), ['one/a', 'two/a', 'one/b', 'two/b'])
  kept.again({ job: 'one' })
  t.strictSame(taken.splice(0), ['one/a', 'one/b'])
  kept.again({ from: 'b' })
  t.strictSame(taken.splice(0), ['one/b', 'two/b'])
  kept.forgetJob('one')
  kept.forget(topicOf('two', 'a'))
  kept.again()
  t.strictSame(taken, ['two/b'])
})

t.test('a device that speaks of any name pushes out nothing but its own', async (t) => {
  const { kept, keep, taken } = open()
  keep('paid', 'b')
  for (let i = 0; i < 10 * MOST_OF_ONE; i++) keep(`junk-${i}`, 'a')
  t.equal(kept.size, MOST_OF_ONE + 1)
  taken.splice(0)
  kept.again({ job: 'paid' })
  t.strictSame(taken, ['paid/b'])
})

t.test('there is a bound in all', async (t) => {
  const { kept, keep } = open()
  for (let i = 0; i < MOST_IN_ALL + 10; i++) keep('paid', `n${i}`)
  t.equal(kept.size, MOST_IN_ALL)
})

t.test('one that cannot be taken keeps back no other, and is spoken of once', async (t) => {
  const { kept, keep, logged, taken } = open()
  let isKeyKnown = false
  kept.keep(topicOf('paid', 'a'), { job: 'paid', from: 'a' }, () => {
    if (isKeyKnown) throw new HypernetError('BAD_MESSAGE', 'no CBOR')
  })
  keep('paid', 'b')
  taken.splice(0)
  isKeyKnown = true
  kept.again()
  kept.again()
  t.strictSame(taken, ['paid/b', 'paid/b'])
  t.strictSame(logged, ['dropped a message of a, kind deal: no CBOR'])
})
