import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { toHex } from 'viem'
import { hexOf } from '../../agent/wire/hash.ts'
import { COMMANDS } from '../../controller/cli/commands.ts'
import { askAnvil } from '../../controller/io/chain/anvil.ts'
import { writeDeployment } from '../../controller/io/chain/deployment.ts'
import { type Recorded, typed } from '../controller/cli/shell/recorder.ts'
import { type Actor, actor, openStage, type Stage } from './stage.ts'

/** A stage with a folder to type commands in. */
export interface TypingStage extends Stage {
  readonly cwd: string
  /** File of the deployment, in the folder. */
  readonly file: string
  /** Somebody with coins for gas. */
  person(name: string): Promise<Actor>
  /** What a command says; without a person the dev chain's first account pays. */
  type(words: string, who?: Actor): Promise<Recorded>
  /** The JSON document of a command that must succeed. */
  json(words: string, who?: Actor): Promise<Record<string, unknown>>
  /** Moves the chain's clock, with a block at that time. */
  moveTo(seconds: number | bigint): Promise<void>
}

export async function openTypingStage(t: Test): Promise<TypingStage> {
  const stage = await openStage()
  const cwd = mkdtempSync(join(tmpdir(), 'hypernet-market-'))
  t.teardown(async () => {
    rmSync(cwd, { recursive: true })
    await stage.stop()
  })
  const file = join(cwd, 'market.json')
  await writeDeployment(file, stage.at)
  const type = (words: string, who?: Actor) => {
    const place = ['--rpc', stage.anvil.url, '--deployment', file]
    const key = who && hexOf(who.privateKey)
    const env = key === undefined ? {} : { HYPERNET_CHAIN_KEY: key }
    return typed(COMMANDS, [...words.split(' '), ...place], { cwd, env })
  }
  return {
    ...stage,
    cwd,
    file,
    type,
    async person(name) {
      const who = actor(name)
      await askAnvil(stage.client, 'anvil_setBalance', who.address, toHex(10n ** 20n))
      return who
    },
    async json(words, who) {
      const { code, out, err } = await type(`${words} --json`, who)
      if (code !== 0) throw new Error(`${words}: ${err}`)
      return JSON.parse(out)
    },
    async moveTo(seconds) {
      await stage.warp(Number(seconds))
      await stage.mine()
    },
  }
}
