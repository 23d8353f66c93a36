import t from 'tap'
import { nodeId } from '../../../agent/wire/ids.ts'
import { alike, alikeText } from '../../../controller/core/alike.ts'

const say = (names: string, reason: string) =>
  [...names].map((name) => ({ node: nodeId(name), reason }))

t.test('reasons are grouped, the most frequent first, and a few are told', async (t) => {
  const groups = alike([
    ...say('e', 'job j refused: brings the program 00; permissions.functions allows none'),
    ...say('a', 'no agreement; waiting for c'),
    ...say('bcd', 'no agreement; waiting for a'),
    ...say('f', 'x'),
    ...say('g', 'y'),
  ])
  t.equal(
    alikeText(groups, 8),
    '4 of 8 devices (a, b, c and 1 more): no agreement; waiting for a; 1 (e): refused: brings the program 00; permissions.functions allows none; 1 (f): x; and 1 other reason',
  )
  t.equal(alikeText([], 8), '')
})
