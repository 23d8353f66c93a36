import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { AGENT, allGone, childrenOf, run, start } from './process.ts'

const MINUTE = 60_000
const tmp = mkdtempSync(join(tmpdir(), 'hn-'))
t.teardown(() => rmSync(tmp, { recursive: true, force: true }))
const lab = join(tmp, 'lab')

t.before(async () => {
  const { code } = await run(['init', 'lab'], tmp)
  if (code !== 0) throw new Error('init failed')
  // Any free port: another controller may have the usual one on this machine.
  const path = join(lab, 'controller.yaml')
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(/listen: "[^"]*"/, 'listen: "127.0.0.1:0"'),
  )
})

t.test('init writes files, and never over others', async (t) => {
  t.strictSame(readdirSync(lab).sort(), [
    'README.md',
    'agent.yaml',
    'controller.yaml',
    'fleet.yaml',
    'job.yaml',
    'node-1.password',
    'rows.csv',
    'state',
  ])
  for (const secret of ['node-1.password', 'state/operator.key', 'state/broker.json'])
    t.equal(statSync(join(lab, secret)).mode & 0o777, 0o600, secret)
  const again = await run(['init', 'lab'], tmp)
  t.equal(again.code, 2)
  t.match(again.err, /^hypernet: found controller\.yaml, .* wanted a folder without/)
})

t.test('the job of init can be checked and rehearsed as its README says', async (t) => {
  const check = await run(['job', 'check', 'job.yaml'], lab)
  t.equal(check.code, 0, check.err)
  t.match(check.out, /^Job lapse-rate: linear regression of temperature on 1, height\.\n/)
  const words = ['simulate', 'job.yaml', '--rows', 'rows.csv', '--loss', '0.3', '--seed', '7']
  const first = await run([...words, '--json'], lab)
  t.equal(first.code, 0, first.err)
  t.match(JSON.parse(first.out), {
    status: 'succeeded',
    result: { observations: 15 },
    agreement: { exact: true, identical: true, maxRelativeError: 0 },
  })
  t.equal((await run([...words, '--json'], lab)).out, first.out, 'the same seed, the same bytes')
})

t.test('a fleet of init works, and goes on where it was', async (t) => {
  const up = start(['up'], { cwd: lab })
  t.teardown(() => up.child.kill('SIGKILL'))
  await up.sees('out', 'ready; submit a job', MINUTE)
  t.match(up.printed.out, /^fleet lab on mqtt:\/\/127\.0\.0\.1:\d+\noperator 0x[0-9a-fA-F]{40} /)
  const hosts = childrenOf(up.child.pid ?? 0)

  const submit = await run(['job', 'submit', 'job.yaml', '--watch', '--json'], lab)
  t.equal(submit.code, 0, submit.err)
  const document = JSON.parse(submit.out)
  // Least squares of the file's 15 complete rows in exact fractions (Python's fractions).
  t.equal(document.result.coefficients[0].toFixed(8), '14.25504411')
  t.equal(document.result.coefficients[1].toFixed(10), '-0.0060614252')
  t.strictSame(document.contributors, { count: 8, roster: 8, missing: [] })
  t.match(document.agreement, { exact: true, identical: true })

  const get = await run(['job', 'get', 'lapse-rate', '--json'], lab)
  t.strictSame(JSON.parse(get.out), document, 'get prints the same document')
  const csv = await run(['job', 'result', 'lapse-rate', '--csv'], lab)
  t.match(csv.out, /^term,coefficient,standardError\r\n1,14\.255\d+,\d\.\d+\r\nheight,-0\.006/)
  const ls = await run(['job', 'ls'], lab)
  t.match(ls.out, /\nlapse-rate +succeeded +leastSquares +8 +1 /)
  const fleet = await run(['fleet', 'ls', '--json'], lab)
  t.strictSame(
    JSON.parse(fleet.out).nodes.map(({ node, online }: { node: string; online: boolean }) => [
      node,
      online,
    ]),
    Array.from({ length: 8 }, (_, i) => [`station-${i}`, true]),
  )
  const nobody = await run(['fleet', 'get', 'staton-3'], lab)
  t.strictSame(nobody, {
    code: 2,
    out: '',
    err: 'hypernet: no device "staton-3". Did you mean "station-3"? See: hypernet fleet ls\n',
  })
  const doctor = await run(['doctor', '--json'], lab)
  const checks: { check: string; state: string }[] = JSON.parse(doctor.out).checks
  t.strictSame(
    checks.filter(({ state }) => state === 'fail'),
    [],
  )
  t.equal(doctor.code, 0)

  up.child.kill('SIGTERM')
  t.equal(await up.ends(MINUTE), 0, up.printed.err)
  await allGone(hosts, MINUTE)
  const down = await run(['doctor'], lab)
  t.equal(down.code, 1)
  t.match(down.out, /\nfail {2}controller .* Start it with: hypernet up\n/)

  const again = start(['up'], { cwd: lab })
  t.teardown(() => again.child.kill('SIGKILL'))
  await again.sees('out', 'ready; submit a job', MINUTE)
  const kept = await run(['job', 'get', 'lapse-rate', '--json'], lab)
  t.strictSame(JSON.parse(kept.out), document, 'the result outlived the controller')
  again.child.kill('SIGINT')
  t.equal(await again.ends(MINUTE), 130)
})

t.test('the agents of init and of device add join the fleet and work', async (t) => {
  t.equal((await run(['device', 'add', 'node-2'], lab)).code, 0)
  const twice = await run(['device', 'add', 'node-1'], lab)
  t.equal(twice.code, 2)
  t.match(twice.err, 'device node-1 has a password already')
  const eye = await run(['device', 'add', 'eye', '--viewer'], lab)
  t.match(eye.out, /^wrote eye\.password; .*\nmosquitto_sub .*-u eye -P .*hn\/1\/lab\/job\/#'\n$/s)
  const clients = JSON.parse(readFileSync(join(lab, 'state/broker.json'), 'utf8')).clients
  t.equal(clients.eye.role, 'viewer')
  t.equal((await run(['device', 'add', 'eye', '--viewer'], lab)).code, 2)
  const station = await run(['device', 'add', 'station-3'], lab)
  t.equal(station.code, 2)
  t.match(station.err, 'station-3 is a virtual device of ')
  const up = start(['up'], { cwd: lab })
  t.teardown(() => up.child.kill('SIGKILL'))
  const out = await up.sees('out', 'ready; submit a job', MINUTE)
  const [url = ''] = /mqtt:\/\/\S+/.exec(out) ?? []
  const watch = start(['fleet', 'watch'], { cwd: lab })
  t.teardown(() => watch.child.kill('SIGKILL'))
  await watch.sees('out', ' 8 of 8 devices online\n', MINUTE)
  const agents = ['agent.yaml', 'node-2/agent.yaml'].map((file) => {
    const path = join(lab, file)
    writeFileSync(path, readFileSync(path, 'utf8').replace(/mqtt:[^"]*/, url))
    const agent = start(['run', '-c', file], { cwd: lab, program: AGENT })
    t.teardown(() => agent.child.kill('SIGKILL'))
    return agent
  })
  for (const agent of agents) await agent.sees('err', 'connected to', MINUTE)
  const job = `apiVersion: hypernet.dev/v1
kind: FusionJob
metadata: { name: cellar }
spec:
  selector: { matchLabels: { site: cellar }, minNodes: 2 }
  model: { type: average, response: load }
`
  writeFileSync(join(lab, 'cellar.yaml'), job)
  const submit = await run(['job', 'submit', 'cellar.yaml', '--watch', '--json'], lab)
  t.equal(submit.code, 0, submit.err)
  t.match(JSON.parse(submit.out), {
    result: { observations: 2 },
    contributors: { count: 2, roster: 2 },
    agreement: { exact: true, identical: true },
  })
  for (const node of ['node-1', 'node-2']) await watch.sees('out', ` ${node} joined\n`, MINUTE)
  const late = await run(['device', 'add', 'node-3'], lab)
  t.equal(late.code, 2)
  t.match(late.err, 'stop it first')
  for (const agent of agents) {
    agent.child.kill('SIGTERM')
    t.equal(await agent.ends(MINUTE), 0, agent.printed.err)
  }
  await watch.sees('out', ' node-2 went offline\n', MINUTE)
  watch.child.kill('SIGINT')
  t.equal(await watch.ends(MINUTE), 130)
  t.equal((await run(['fleet', 'revoke', 'node-2'], lab)).out, 'node-2 revoked\n')
  t.equal((await run(['fleet', 'get', 'node-2'], lab)).code, 2)
  up.child.kill('SIGTERM')
  t.equal(await up.ends(MINUTE), 0)
})

t.test('a repeating job is watched result by result, and cancelled', async (t) => {
  const up = start(['up'], { cwd: lab })
  t.teardown(() => up.child.kill('SIGKILL'))
  await up.sees('out', 'ready; submit a job', MINUTE)
  const text = readFileSync(join(lab, 'job.yaml'), 'utf8')
  writeFileSync(
    join(lab, 'often.yaml'),
    text
      .replace('lapse-rate', 'often')
      .replace('  model:', '  window: { size: 1h, every: 1s }\n  model:'),
  )
  const watch = start(['job', 'submit', 'often.yaml', '--watch'], { cwd: lab })
  t.teardown(() => watch.child.kill('SIGKILL'))
  // A busy machine may miss a window of one second.
  await watch.sees('out', /epoch \d+ of often succeeded[\s\S]*epoch \d+ of often succeeded/, MINUTE)
  const twice = await run(['job', 'submit', 'often.yaml'], lab)
  t.equal(twice.code, 2)
  t.match(
    twice.err,
    /^often\.yaml:\d+:\d+ metadata\.name: found often, but a job of this name is running\./,
  )
  const cancel = await run(['job', 'cancel', 'often'], lab)
  t.strictSame([cancel.code, cancel.out], [0, 'often cancelled\n'])
  t.equal(await watch.ends(MINUTE), 1)
  t.match(watch.printed.err, 'often cancelled: cancelled by the operator')
  up.child.kill('SIGTERM')
  t.equal(await up.ends(MINUTE), 0)
})

t.test('all mistakes of a job file are told at once, with nothing running', async (t) => {
  const text = readFileSync(join(lab, 'job.yaml'), 'utf8')
  writeFileSync(join(lab, 'bad.yaml'), text.replace('modle', '').replace('model:', 'modle:'))
  const { code, out, err } = await run(['job', 'check', 'bad.yaml'], lab)
  t.strictSame([code, out], [2, ''])
  t.match(err, /^bad\.yaml:\d+:\d+ spec\.modle: .*Did you mean "model"\?/m)
  t.notMatch(err, 'hypernet:', 'an editor can jump to the place')
})
