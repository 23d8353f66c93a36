import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { askAnvil, DEV_CHAIN, startAnvil } from '../../../../controller/io/chain/anvil.ts'
import { openClient } from '../../../../controller/io/chain/client.ts'

t.setTimeout(120_000)

const SOURCE = fileURLToPath(new URL('../../../../controller/io/chain/anvil.ts', import.meta.url))

function stateOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'hn-anvil-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'chain.json')
}

/** Starts a chain from a process that is killed then. @returns the chain's address */
async function orphanOn(state: string): Promise<string> {
  const code = `const { startAnvil } = await import(${JSON.stringify(SOURCE)})
    console.log((await startAnvil({ state: ${JSON.stringify(state)}, isApart: true })).url)`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = await once(owner.stdout, 'data')
  owner.kill('SIGKILL')
  await once(owner, 'close')
  return String(url).trim()
}

t.test(
  'the chain that a killed process left is ended, with what it knows, before the next starts',
  async (t) => {
    const state = stateOf(t)
    const url = await orphanOn(state)
    const orphan = openClient(DEV_CHAIN, [url])
    await askAnvil(orphan, 'anvil_mine', '0x5')
    t.equal(await orphan.getBlockNumber(), 5n, 'it lives on')
    const anvil = await startAnvil({ state })
    t.teardown(() => anvil.stop())
    await t.rejects(fetch(url), 'it has ended')
    t.equal(await openClient(DEV_CHAIN, [anvil.url]).getBlockNumber(), 5n, 'nothing is rolled back')
    await anvil.stop()
    t.throws(
      () => readFileSync(`${state}.pid`),
      { code: 'ENOENT' },
      'a chain that was stopped leaves no note',
    )
  },
)

t.test(
  'a process that is no chain on that file is left alone, whatever the note says',
  async (t) => {
    const state = stateOf(t)
    const other = await startAnvil({ state: `${state}.other` })
    t.teardown(() => other.stop())
    for (const pid of [process.pid, Number(readFileSync(`${state}.other.pid`, 'utf8'))]) {
      writeFileSync(`${state}.pid`, `${pid}\n`)
      await (await startAnvil({ state })).stop()
    }
    t.equal(
      await openClient(DEV_CHAIN, [other.url]).getBlockNumber(),
      0n,
      'the other chain answers',
    )
  },
)

for (const [what, text] of [
  ['empty', ''],
  ['torn', '{"block":{"number":"0x1"'],
  ['not of a chain', '{}'],
] as const)
  t.test(`a state that is ${what} is told as such, with what to do`, async (t) => {
    const state = stateOf(t)
    writeFileSync(state, text)
    await t.rejects(startAnvil({ state }), {
      code: 'CHAIN_LOST',
      message: `the file ${state} of the development chain is damaged, as when the machine stops while it is written; delete it and start again: a new chain begins, and nothing but the development chain is lost`,
    })
    t.equal(readFileSync(state, 'utf8'), text, 'and stays for whoever wants to look')
  })
