import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { COMMANDS } from '../../../../controller/cli/commands.ts'
import { dispatch } from '../../../../controller/cli/shell/dispatch.ts'
import { recorder, typed } from '../shell/recorder.ts'

const BUYER = '0x2455Ac613442f85312956266A60DfE1868E1A4c5'

/** Runs the command until it has said this. */
async function devChain(t: Test, words: readonly string[], said: RegExp, cwd = t.testdir({})) {
  const stop = new AbortController()
  const up = Promise.withResolvers<void>()
  const { terminal, written } = recorder({ cwd, interrupted: stop.signal })
  const out = (text: string) => {
    written.out += text
    if (said.test(written.out)) up.resolve()
  }
  const ended = dispatch(COMMANDS, ['chain', 'dev', ...words], { ...terminal, out })
  await Promise.race([up.promise, ended])
  return { cwd, written, ended, stop: (signal: string) => stop.abort(signal) }
}

t.test('runs a chain with a market until Ctrl-C, and gives test tokens', async (t) => {
  const words = ['--port', '0', '--fund', BUYER, '--fund', `0x${'ab'.repeat(20)}`]
  const { cwd, written, ended, stop } = await devChain(t, words, /up until Ctrl-C\n$/)
  const url = /^chain 31337 on (http:\/\/127\.0\.0\.1:\d+), a block a second\n/.exec(
    written.out,
  )?.[1]
  t.ok(url, written.err)
  t.match(written.out, `${BUYER} has 10000.0 HYPER in the market and as much outside\n`)
  const next = /try:\n {2}hypernet (.*)\n/.exec(written.out)?.[1] ?? ''
  t.equal(next, `market deposit 100 --for ${BUYER} --rpc ${url}`)
  const pasted = await typed(COMMANDS, next.split(' '), { cwd })
  t.equal(pasted.code, 0, pasted.err)
  const ask = (command: string) =>
    typed(COMMANDS, [...command.split(' '), '--rpc', url ?? '', '--json'], { cwd })
  t.match(JSON.parse((await ask(`market balance ${BUYER}`)).out), {
    free: '10100.0',
    outside: '10000.0',
    coins: '10',
  })
  const status = await ask('chain status')
  t.equal(status.code, 0)
  t.match(JSON.parse(status.out), {
    chainId: 31337,
    rules: { feeBps: 50, leastWindow: 10 },
    inVault: '20100.0',
    faults: [],
  })
  stop('SIGINT')
  t.equal(await ended, 130)
  t.equal((await ask('chain status')).code, 3, 'the chain is gone')
})

t.test('says where it is as JSON, writes to --out, and ends well by SIGTERM', async (t) => {
  const { cwd, written, ended, stop } = await devChain(
    t,
    ['--port', '0', '--json', '--out', 'lab/market.json'],
    /\}\n$/,
  )
  const document = JSON.parse(written.out)
  const file = join(cwd, 'lab/market.json')
  t.match(document, { url: /^http:/, file, funded: [], next: /--deployment lab\/market\.json$/ })
  t.strictSame(JSON.parse(readFileSync(file, 'utf8')), document.deployment)
  stop('SIGTERM')
  t.equal(await ended, 0)
})

t.test('a port that is taken, or none, is told; no file is written', async (t) => {
  const { cwd, written, ended, stop } = await devChain(t, ['--port', '0'], /Ctrl-C\n$/)
  const port = new URL(/on (http:\S+),/.exec(written.out)?.[1] ?? '').port
  const folder = t.testdir({})
  const taken = await typed(COMMANDS, ['chain', 'dev', '--port', port], { cwd: folder })
  t.equal(taken.code, 3)
  const hint = 'end that, or choose another (--port N; 0: any free one)'
  t.match(taken.err, `port ${port} of 127.0.0.1 is taken, perhaps by another chain; ${hint}`)
  t.notOk(existsSync(join(folder, 'contracts')))
  const none = await typed(COMMANDS, ['chain', 'dev', '--port', '99999'], { cwd })
  t.equal(none.code, 2)
  const bad = await typed(COMMANDS, ['chain', 'dev', '--fund', 'me'], { cwd })
  t.equal(bad.code, 2)
  t.match(bad.err, /--fund: found "me", wanted an address/)
  stop('SIGINT')
  await ended
})

const configOf = (chain: string): string =>
  `fleet: lab\nchain: { ${chain}, relayKey: { file: relay.key } }\n`

t.test('writes where controller.yaml looks for the contracts of this chain', async (t) => {
  const port = await freePort()
  const text = configOf(`rpc: ["http://localhost:${port}"], deployment: market/dev.json`)
  const place = t.testdir({ 'controller.yaml': text, market: {} })
  const { written, ended, stop } = await devChain(t, ['--port', `${port}`], /Ctrl-C\n$/, place)
  t.match(written.out, /dev\.json says where; try:\n/, written.err)
  t.notOk(existsSync(join(place, 'contracts')))
  const next = /try:\n {2}hypernet (.*)\n/.exec(written.out)?.[1] ?? ''
  t.notMatch(next, /--(rpc|deployment)/, 'controller.yaml says it all')
  const pasted = await typed(COMMANDS, next.split(' '), { cwd: place })
  t.equal(pasted.code, 0, pasted.err)
  stop('SIGINT')
  await ended
})

t.test('leaves the file of another chain alone', async (t) => {
  const at = Object.fromEntries(
    ['token', 'timelock', 'governor', 'vault', 'escrow', 'factory'].map((role) => [
      role,
      `0x${'12'.repeat(20)}`,
    ]),
  )
  const file = JSON.stringify({ chainId: 11_155_111, block: 1, ...at })
  const cwd = t.testdir({ 'market.json': file })
  const words = ['chain', 'dev', '--port', '0', '--out', 'market.json']
  const { code, err } = await typed(COMMANDS, words, { cwd })
  t.equal(code, 2)
  t.match(
    err,
    /market\.json is there already, and is of chain 11155111; move it away, or give --out/,
  )
  t.equal(readFileSync(join(cwd, 'market.json'), 'utf8'), file)
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
