import t from 'tap'
import { nodeFacts, nodesTable, nodeViews } from '../../../../controller/cli/show/nodes.ts'
import { factLines } from '../../../../controller/cli/show/result.ts'

const now = Date.UTC(2026, 0, 1)
const nodes = nodeViews({
  nodes: [
    {
      node: 'probe-10',
      online: true,
      since: now - 5000,
      session: 3,
      incarnation: 2,
      labels: { site: 'meuse', rig: 'a' },
      sensors: [
        { id: 'zinc', unit: 'ppm' },
        { id: 'dist', unit: '/' },
      ],
      position: { x: 181072, y: 333611, z: 0 },
      software: 'hypernet-agent 0.1.0',
    },
    { node: 'probe-9', online: false, since: 0, session: 0, labels: {}, sensors: [] },
    {
      node: 'probe-11',
      online: true,
      since: now - 60_000,
      refused: 'it came with another key',
      session: 1,
      labels: {},
      sensors: [],
    },
  ],
})

t.test('devices are a table in the order of their numbers', async (t) => {
  t.equal(
    nodesTable(nodes, now),
    `DEVICE    STATE    SINCE  LABELS            SENSORS
probe-9   offline      -
probe-10  online   5.0 s  site=meuse rig=a  zinc (ppm) dist (/)
probe-11  refused  1 min

it came with another key
`,
  )
})

t.test('one device is a list of facts', async (t) => {
  t.equal(
    factLines(nodeFacts(nodes[0]!, now)),
    `device       probe-10
state        online for 5.0 s
session      3
incarnation  2
software     hypernet-agent 0.1.0
label site   meuse
label rig    a
sensor zinc  ppm
sensor dist  /
position     181072, 333611, 0 m
`,
  )
  t.match(factLines(nodeFacts(nodes[2]!, now)), 'refused  it came with another key\n')
})
