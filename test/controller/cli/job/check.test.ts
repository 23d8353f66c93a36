import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { COMMANDS } from '../../../../controller/cli/commands.ts'
import { typed } from '../shell/recorder.ts'
import { answering } from './answering.ts'

const cwd = t.testdir()
await writeFile(
  join(cwd, 'job.yaml'),
  [
    'apiVersion: hypernet.dev/v1',
    'kind: FusionJob',
    'metadata: { name: soil }',
    'spec:',
    '  model: { type: sum, response: zinc }',
    '  selector: { minNodes: 4 }',
    '  consensus: { neighbors: declared }',
    '',
  ].join('\n'),
)
const check = (...more: string[]) => typed(COMMANDS, ['job', 'check', 'job.yaml', ...more], { cwd })

/** A device as the controller's API shows it, with the links that it declares. */
const node = (id: string, neighbors: string[], online = true) => ({
  node: id,
  online,
  since: 1,
  session: 1,
  incarnation: 1,
  key: `02${Buffer.from(id).toString('hex').padStart(64, '0')}`,
  labels: {},
  sensors: [{ id: 'zinc', unit: '' }],
  neighbors,
})
const PATH = [node('a', ['b']), node('b', ['c']), node('c', ['d']), node('d', []), node('e', [])]
const nodes = (list: object[]) => answering(t, { '/v1/nodes': { nodes: list } })

t.test(
  'without a controller the figures are for minNodes, or for as many as is said',
  async (t) => {
    const alone = await check()
    t.match(alone, { code: 0, err: '' })
    t.match(alone.out, 'with 4 devices, the least that the job wants')
    t.notMatch(alone.out, 'Now:')
    t.match((await check('--devices', '30')).out, 'with 30 devices,')
  },
)

t.test('a controller that runs here is asked for its devices and their links', async (t) => {
  const socket = await nodes(PATH.map((each) => ({ ...each, online: each.node !== 'e' })))
  const { out } = await check('--socket', socket)
  t.match(out, '\nNow: spec.selector matches 4 of 5 devices (online: 4, sensor zinc: 4).\n')
  t.match(out, '\nOverlay: the links that the 4 devices declare, 1 to 2 neighbors each;')
  t.match(out, 'diameter 3.\n')
  t.match(out, '\nWarning: the declared links hang on b, c: if one of them leaves,')
  const { jobs } = JSON.parse((await check('--socket', socket, '--json')).out)
  t.match(jobs, [
    {
      job: 'soil',
      lines: [/^Job soil/],
      outlook: {
        devices: 4,
        method: 'flood',
        overlay: { kind: 'declared', diameter: { least: 3, most: 3 }, weakness: /^the declared/ },
        rounds: { least: 3, most: 3 },
      },
    },
  ])
})

t.test('declared links that leave a device alone are told of', async (t) => {
  const socket = await nodes(PATH)
  const { code, out } = await check('--socket', socket)
  t.equal(code, 0, 'the file is right')
  t.match(out, '\nNow: the neighbors that devices declare do not connect e to a;')
})

t.test('a device that is refused, or never told of itself, takes no part', async (t) => {
  const [a, b, c, d, e] = PATH
  const { node: id, online, since, session, labels, sensors } = node('f', [])
  const unborn = { node: id, online, since, session, labels, sensors }
  const socket = await nodes([a, b, c, d, { ...e, refused: 'another key' }, unborn] as object[])
  t.match((await check('--socket', socket)).out, 'matches 4 of 6 devices')
})

t.test('a controller that was named has to answer', async (t) => {
  const { code, err } = await check('--socket', 'nowhere.sock')
  t.equal(code, 3)
  t.match(err, 'nowhere.sock')
})

t.test('a controller.yaml that is wrong is no business of a job file', async (t) => {
  const folder = t.testdir({ 'controller.yaml': 'colour: red\n' })
  const file = join(cwd, 'job.yaml')
  t.match(await typed(COMMANDS, ['job', 'check', file], { cwd: folder }), { code: 0, err: '' })
})
