import { Contracts } from './chain/contracts.ts'
import { entriesOf } from './chain/view.ts'
import { conserved } from './conserved.ts'
import { type Counts, count } from './coverage.ts'
import { apply, type Call } from './rules/calls.ts'
import { LOT_AFTER } from './rules/joining.ts'
import { newsText } from './rules/news.ts'
import { type Address, type Signature, textOf } from './rules/speech.ts'
import type { Market, Setting } from './rules/state.ts'
import { Dice } from './script/dice.ts'
import { finalStep } from './script/finale.ts'
import { nextStep } from './script/next.ts'
import type { Move, Scene } from './script/scene.ts'
import { drawVotes } from './script/votes.ts'
import * as world from './script/world.ts'
import { noteEvents } from './witness.ts'

/** Steps of a script, and part of the scripts after which a stranger ends all jobs. */
const STEPS = 40
const FINISHED = 0.2

/** Where model and contracts parted. */
export interface Difference {
  readonly seed: number
  readonly step: number
  readonly what: readonly string[]
  /** The last call. */
  readonly call: string
}

export const replayCommand = ({ seed }: Difference): string =>
  `node_modules/.bin/node test/contracts/model/check.ts --seed ${seed} --scripts 1`

/** Model and contracts side by side, from the same beginning for each script. */
export class SideBySide {
  readonly #contracts: Contracts
  readonly #watched: readonly Address[]
  #opening: Market
  #snapshot = ''

  private constructor(contracts: Contracts) {
    this.#contracts = contracts
    this.#watched = world.watched(contracts.places)
    this.#opening = world.firstMarket(contracts.places)
  }

  /** Deploys, and lets everybody bring its money. @throws Error where already that differs */
  static async start(): Promise<SideBySide> {
    const { FIRST_RULES, NAMES, WALLETS, APPROVALS } = world
    const contracts = await Contracts.start(FIRST_RULES, NAMES, WALLETS, APPROVALS)
    const both = new SideBySide(contracts)
    try {
      await both.#open()
      return both
    } catch (error) {
      await contracts.stop()
      throw error
    }
  }

  stop(): Promise<void> {
    return this.#contracts.stop()
  }

  /**
   * Runs the script of a seed.
   * @param counts what happened, added up
   * @param trace gets a line for each step
   * @returns the first difference, if there is one
   */
  async script(
    seed: number,
    counts: Counts,
    trace: (line: string) => void = () => {},
  ): Promise<Difference | undefined> {
    const dice = new Dice(seed)
    const jobAt: Scene['jobAt'] = (terms, resources) => this.#contracts.jobAt(terms, resources)
    const votesOf = rememberVotes(dice)
    const scene = {
      dice,
      market: this.#opening,
      clock: await this.#contracts.clock(),
      jobAt,
      votesOf,
    }
    const isFinished = dice.chance(FINISHED)
    let before: Move | undefined
    try {
      for (let step = 0; ; step++) {
        const isOver = step >= STEPS
        const next = isOver ? isFinished && finalStep(scene) : nextStep(scene, before)
        if (!next) break
        if ('mine' in next) {
          await this.#contracts.mine(next.mine)
          const { time, block } = scene.clock
          scene.clock = { time: time + next.mine, block: block + next.mine }
          continue
        }
        const { call } = next
        const at = { ...next.at, ...(await this.#lotFor(scene.market, call)) }
        before = { call, sender: at.sender }
        const { after, error, what } = await this.#both(scene.market, at, call)
        trace(lineOf(step, at, call, error))
        const stuck = isOver && error ? [`a stranger cannot end it: ${error}`] : []
        if (what.length + stuck.length > 0)
          return { seed, step, what: [...what, ...stuck], call: textOf({ at, call }) }
        count(counts, `${call.op}: ${error ?? 'done'}`)
        noteEvents(counts, scene.market, after, call)
        scene.market = after
        if (error === undefined) scene.clock = { time: at.time, block: at.block }
      }
      return undefined
    } finally {
      await this.#rewind()
    }
  }

  async #open(): Promise<void> {
    for (const [sender, call] of world.openingCalls()) {
      const { time, block } = await this.#contracts.clock()
      const at = { time: time + 1, block: block + 1, sender }
      const { after, error, what } = await this.#both(this.#opening, at, call)
      if (error !== undefined || what.length > 0)
        throw new Error(`the opening differs: ${error} ${what.join('; ')}`)
      this.#opening = after
    }
    this.#snapshot = await this.#contracts.snapshot()
  }

  async #rewind(): Promise<void> {
    await this.#contracts.revert(this.#snapshot)
    this.#snapshot = await this.#contracts.snapshot()
  }

  /** A call on both sides, and how they differ then. */
  async #both(
    market: Market,
    at: Setting,
    call: Call,
  ): Promise<{ after: Market; error: string | undefined; what: readonly string[] }> {
    const { market: after, error } = apply(market, at, call)
    const isDone = error === undefined
    const real = await (isDone ? this.#contracts.send(call, at) : this.#contracts.try(call, at))
    const what = differing('outcome', [error ?? 'success'], [real.error ?? 'success'])
    if (what.length > 0 || !isDone) return { after, error, what }
    const told = after.news.map(([event, args]) => newsText(event, args))
    const entries = entriesOf(after, this.#watched)
    return {
      after,
      error,
      what: [
        ...conserved(after),
        ...differing('event', told, real.news),
        ...(await this.#contracts.compare(after, this.#watched, entries)),
      ],
    }
  }

  /** The hash that deals a job's groups, where a call needs it and the chain has it. */
  async #lotFor(market: Market, call: Call): Promise<{ lot?: string }> {
    if (call.op !== 'start') return {}
    const job = market.jobs.get(call.job)
    const lot = job && (await this.#contracts.hashOf(job.fillBlock + LOT_AFTER))
    return lot === undefined ? {} : { lot }
  }
}

const lineOf = (step: number, { time, sender }: Setting, call: Call, error = 'done'): string =>
  `${step} at ${time} by ${sender}: ${call.op}${'job' in call ? ` of ${call.job}` : ''}: ${error}`

/** Lists that are not the same, entry by entry. */
const differing = (what: string, model: readonly string[], real: readonly string[]): string[] =>
  Array.from({ length: Math.max(model.length, real.length) }, (_, k) => [model[k], real[k]])
    .filter(([expected, found]) => expected !== found)
    .map(([expected, found]) => `${what}: the model has ${expected}, the contracts ${found}`)

/** Devices do not change their minds: what a place would sign is drawn once. */
function rememberVotes(dice: Dice): Scene['votesOf'] {
  const drawn = new Map<string, readonly (Signature | undefined)[]>()
  return (job, index) => {
    const key = `${job.address} ${index}`
    const found = drawn.get(key)
    // Sellers join one after the other: what was drawn too early holds for nobody.
    if (found?.length === job.sellers.length) return found
    const votes = drawVotes(dice, job, index)
    drawn.set(key, votes)
    return votes
  }
}
