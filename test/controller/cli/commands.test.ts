import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { COMMANDS, LATER } from '../../../controller/cli/commands.ts'
import { readArguments } from '../../../controller/cli/shell/arguments.ts'
import { helpPage } from '../../../controller/cli/shell/help.ts'
import { typed } from './shell/recorder.ts'

t.test('every command has a help page with its usage and an example that it accepts', async (t) => {
  for (const command of COMMANDS) {
    const { code, out, err } = await typed(COMMANDS, [...command.name.split(' '), '--help'])
    t.strictSame({ code, err }, { code: 0, err: '' }, command.name)
    t.equal(out, helpPage(command))
    t.ok(out.startsWith(`usage: hypernet ${command.name} `), command.name)
    t.match(out, /\nExamples?:\n {2}\S/)
    const own = command.examples.flatMap((example) => {
      const found = new RegExp(`hypernet ${command.name}([^>)#|]*)`).exec(example)
      return found ? [found[1]?.trim().split(/\s+/).filter(Boolean) ?? []] : []
    })
    t.ok(own.length > 0, `${command.name} shows itself`)
    for (const words of own) t.equal(readArguments(command, words).words, words, words.join(' '))
    for (const line of out.split('\n')) t.ok(line.length <= 100, line)
  }
})

t.test('no two commands have one name, and each file of a command is in the list', async (t) => {
  const names = COMMANDS.map(({ name }) => name)
  t.equal(new Set(names).size, names.length)
  for (const group of ['job', 'fleet', 'market', 'chain']) {
    const folder = new URL(`../../../controller/cli/${group}/`, import.meta.url)
    const files = readdirSync(folder).map((file) => file.replace('.ts', ''))
    const commands = names.filter((name) => name.startsWith(`${group} `))
    // `from-ha` is described in fromHa.ts.
    const fileOf = (word = '') => word.replace(/-(.)/g, (_, letter) => letter.toUpperCase())
    for (const name of commands) t.ok(files.includes(fileOf(name.split(' ')[1])), name)
  }
})

t.test('what is heavy is loaded only when a command runs', async (t) => {
  const seen = new Set<string>()
  const heavy: string[] = []
  const visit = (url: URL) => {
    if (seen.has(url.href)) return
    seen.add(url.href)
    const text = readFileSync(url, 'utf8')
    for (const [, to = ''] of text.matchAll(
      /^(?:import|export) (?!type )[^;']*? from '([^']+)'/gm,
    )) {
      if (to.startsWith('.')) visit(new URL(to, url))
      else if (/^(viem|mqtt|aedes|mathjs)/.test(to)) heavy.push(`${url.pathname} loads ${to}`)
    }
  }
  visit(new URL('../../../controller/cli/commands.ts', import.meta.url))
  t.ok(seen.size > COMMANDS.length)
  t.strictSame(heavy, [])
})

t.test('what is not built is refused by name', async (t) => {
  const cases: [string[], string][] = [
    [['device', 'flash'], 'hypernet device flash is not built yet. See: hypernet --help'],
    [['fleet', 'approve', 'x'], 'hypernet fleet approve is not built yet. See: hypernet --help'],
  ]
  for (const [words, line] of cases)
    t.strictSame(
      await typed(COMMANDS, words, {}, LATER),
      { code: 2, out: '', err: `hypernet: ${line}\n` },
      words.join(' '),
    )
})

t.test('a command that needs a controller says how to start one, with exit 3', async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'hypernet-test-'))
  t.teardown(() => rmSync(cwd, { recursive: true }))
  const commands = [
    'job ls',
    'job get a',
    'job watch a',
    'job cancel a',
    'job result a',
    'fleet ls',
  ]
  for (const command of commands) {
    const { code, out, err } = await typed(COMMANDS, command.split(' '), { cwd })
    t.strictSame({ code, out }, { code: 3, out: '' }, command)
    t.equal(
      err,
      `hypernet: no controller.yaml in ${cwd}, and no controller answers at ${cwd}/state/hypernet.sock (ENOENT). Go to the folder of one, name it with -c FILE, or write one with: hypernet init\n`,
    )
  }
})

t.test('where controller.yaml is, a controller only has to be started', async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'hypernet-test-'))
  t.teardown(() => rmSync(cwd, { recursive: true }))
  writeFileSync(join(cwd, 'controller.yaml'), 'fleet: lab\n')
  const start = `no controller answers at ${cwd}/state/hypernet.sock (ENOENT). Start it with: hypernet up\n`
  t.equal((await typed(COMMANDS, ['job', 'ls'], { cwd })).err, `hypernet: ${start}`)
  t.match((await typed(COMMANDS, ['doctor'], { cwd })).out, `fail  controller  ${start}`)
  rmSync(join(cwd, 'controller.yaml'))
  const { out } = await typed(COMMANDS, ['doctor'], { cwd })
  t.match(out, `fail  controller  no controller.yaml in ${cwd}, and no controller answers`)
})

t.test('up refuses virtual devices without passwords before anything is started', async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'hypernet-test-'))
  t.teardown(() => rmSync(cwd, { recursive: true }))
  writeFileSync(
    join(cwd, 'controller.yaml'),
    'fleet: lab\nbroker: { external: { url: "mqtt://127.0.0.1:9", password: { file: p } } }\nvirtual: [fleet.yaml]\n',
  )
  writeFileSync(
    join(cwd, 'fleet.yaml'),
    'apiVersion: hypernet.dev/v1\nkind: VirtualFleet\nmetadata: { name: a }\nspec: { fleet: lab, devices: 2, prefix: a }\n',
  )
  const { code, err } = await typed(COMMANDS, ['up'], { cwd })
  t.equal(
    err,
    'hypernet: the broker mqtt://127.0.0.1:9 wants a password of each virtual device, found none: give --passwords DIR, the folder passwords that hypernet broker mosquitto writes.\n',
  )
  t.equal(code, 2)
  t.notOk(existsSync(join(cwd, 'state')), 'nothing was made')
})

t.test('a socket whose path is too long says so', async (t) => {
  const cwd = t.testdir({ ['a'.repeat(100)]: {} })
  const words = ['job', 'ls', '--socket', `${'a'.repeat(100)}/hypernet.sock`]
  const { code, err } = await typed(COMMANDS, words, { cwd })
  t.equal(code, 3)
  t.match(err, /^hypernet: the path of the controller's socket has \d+ bytes, wanted at most 107: /)
})

t.test('options of one demo are refused by the other', async (t) => {
  const soil = await typed(COMMANDS, ['demo', '--days', '3'])
  t.equal(soil.code, 2)
  t.match(soil.err, /--days belongs to the demo wind/)
  const wind = await typed(COMMANDS, ['demo', 'wind', '--devices', '3'])
  t.equal(wind.code, 2)
  t.match(wind.err, /--devices belongs to the demo soil; wind takes --days and --json/)
  const windows = await typed(COMMANDS, ['demo', '--windows', '3'])
  t.match(windows, { code: 2, err: /--windows belongs to the demo steam/ })
  for (const option of [['--devices', '3'], ['--days', '3'], ['--keep'], ['--no-chain']]) {
    const steam = await typed(COMMANDS, ['demo', 'steam', ...option])
    t.match(steam, { code: 2, err: /belongs to another demo; steam takes --windows and --json/ })
  }
})

t.test('the numbers of the demo are checked before anything starts', async (t) => {
  const { code, err } = await typed(COMMANDS, ['demo', '--devices', '0'])
  t.equal(code, 2)
  t.equal(err, 'hypernet: --devices: found "0", wanted a whole number from 1 to 2000.\n')
})

t.test('version tells software, protocol and runtime, as text and as JSON', async (t) => {
  const { out } = await typed(COMMANDS, ['version'])
  t.match(out, /^hypernet \d+\.\d+\.\d+, protocol \d+, Node \d+\.\d+\.\d+\n$/)
  t.equal((await typed(COMMANDS, ['--version'])).out, out)
  t.hasProps(JSON.parse((await typed(COMMANDS, ['version', '--json'])).out), [
    'hypernet',
    'protocol',
    'node',
  ])
})
