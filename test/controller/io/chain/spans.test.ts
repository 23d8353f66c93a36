import t from 'tap'
import { type Blocks, inSpans, Span } from '../../../../controller/io/chain/spans.ts'

const listOf = ({ from, to }: Blocks) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

t.test('blocks are read in order, as many at a time as are given', async (t) => {
  for (const most of [1, 7, 64, 1000]) {
    const asked: number[] = []
    const read = async (blocks: Blocks) => {
      const list = listOf(blocks)
      asked.push(list.length)
      if (list.length > most) throw new Error('too many')
      return list
    }
    const span = new Span(1000)
    const found = await inSpans({ from: 3, to: 2002 }, span, read, () => true)
    t.strictSame(found, listOf({ from: 3, to: 2002 }), `at most ${most}`)
    const vain = asked.filter((count) => count > most).length
    t.ok(vain <= 10 + asked.length / 8, `${vain} of ${asked.length} in vain`)
  }
})

t.test('more are asked for again when more are given', async (t) => {
  const span = new Span(1000)
  span.refused(2)
  t.equal(span.size, 1)
  for (let k = 0; k < 8 * 10; k++) span.answered()
  t.equal(span.size, 1000)
})

t.test(
  'a single block that is not given, and what is no matter of size, is an error',
  async (t) => {
    const asked: number[] = []
    const read = async ({ from, to }: Blocks) => {
      asked.push(to - from + 1)
      throw new Error('no')
    }
    await t.rejects(
      inSpans({ from: 1, to: 4 }, new Span(10), read, () => true),
      /no/,
    )
    t.strictSame(asked.splice(0), [4, 2, 1])
    await t.rejects(
      inSpans({ from: 1, to: 4 }, new Span(10), read, () => false),
      /no/,
    )
    t.strictSame(asked, [4])
    t.strictSame(await inSpans({ from: 5, to: 4 }, new Span(10), read, () => false), [])
  },
)
