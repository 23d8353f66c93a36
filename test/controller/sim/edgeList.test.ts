import t from 'tap'
import { readEdgeList } from '../../../controller/sim/edgeList.ts'

t.test('reads directed links with their chance of delivery', (t) => {
  const text = 'from,to,delivery\n0,1,0.5\n1,2,1\n2,0,\n1,0,0\n'
  t.strictSame(readEdgeList(text, 'g.csv', 3), {
    size: 3,
    links: [
      { from: 0, to: 1, delivery: 0.5 },
      { from: 1, to: 0, delivery: 0 },
      { from: 1, to: 2, delivery: 1 },
      { from: 2, to: 0, delivery: 1 },
    ],
  })
  t.end()
})

t.test(
  'reads a list without chances, with CRLF, spaces, a byte order mark and empty lines',
  (t) => {
    const graph = readEdgeList('\uFEFFfrom,to\r\n0, 1\r\n\r\n1,0\r\n', 'g.csv', 2)
    t.equal(graph.links.length, 2)
    t.end()
  },
)

const wrong: [text: string, size: number, message: string][] = [
  ['', 2, 'g.csv:1:1: found the header "", wanted "from,to,delivery" or "from,to"'],
  ['a,b\n0,1', 2, 'g.csv:1:1: found the header "a,b", wanted "from,to,delivery" or "from,to"'],
  ['from,to\n0,1\n1,7\n1,0', 2, 'g.csv:3:3: found the device "7", wanted a number from 0 to 1'],
  ['from,to\nx,1\n1,0', 2, 'g.csv:2:1: found the device "x", wanted a number from 0 to 1'],
  ['from,to\n-1,1\n1,0', 2, 'g.csv:2:1: found the device "-1", wanted a number from 0 to 1'],
  ['from,to\n0.5,1\n1,0', 2, 'g.csv:2:1: found the device "0.5", wanted a number from 0 to 1'],
  ['from,to\n0,1,1\n1,0', 2, 'g.csv:2:1: found 3 values, wanted 2 as in the header'],
  ['from,to\n0,0\n0,1\n1,0', 2, 'g.csv:2:1: a link from device 0 to itself; remove it'],
  ['from,to\n0,1\n1,0\n0,1', 2, 'g.csv:4:1: the link 0,1 stands twice; keep one'],
  [
    'from,to,delivery\n0,1,2\n1,0,x',
    2,
    'g.csv:2:5: found the delivery "2", wanted a chance from 0 to 1\ng.csv:3:5: found the delivery "x", wanted a chance from 0 to 1',
  ],
  [
    'from,to,delivery\n0,1,Infinity\n1,0,0x1',
    2,
    'g.csv:2:5: found the delivery "Infinity", wanted a chance from 0 to 1\ng.csv:3:5: found the delivery "0x1", wanted a chance from 0 to 1',
  ],
  [
    'from,to\n0,1\n1,0',
    3,
    'no way leads from device 0 to device 2; every device must reach every other, so add links',
  ],
  [
    'from,to\n0,1\n1,2\n1,0',
    3,
    'no way leads from device 2 to device 0; every device must reach every other, so add links',
  ],
  [
    'from,to,delivery\n0,1,0\n1,0,1',
    2,
    'no way leads from device 0 to device 1; every device must reach every other, so add links',
  ],
]

t.test('says where a graph file is wrong', (t) => {
  for (const [text, size, message] of wrong)
    t.throws(() => readEdgeList(text, 'g.csv', size), { code: 'BAD_GRAPH', message })
  t.end()
})

t.test('lists twenty mistakes and counts the rest', (t) => {
  const text = `from,to\n${'9,9\n'.repeat(30)}`
  try {
    readEdgeList(text, 'g.csv', 3)
    t.fail('not refused')
  } catch (error) {
    const lines = String((error as Error).message).split('\n')
    t.equal(lines.length, 21)
    t.equal(lines[20], 'and 10 more')
  }
  t.end()
})
