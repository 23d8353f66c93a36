import { type Abi, type Hex, toEventSelector } from 'viem'
import * as z from 'zod/mini'
import { hyperVault } from '../../abi/hyperVault.ts'
import { jobEscrow } from '../../abi/jobEscrow.ts'
import { jobFactory } from '../../abi/jobFactory.ts'
import { RawLog, toQuantity } from './answers.ts'
import { type ChainLog, decodeLog } from './events.ts'
import { type ChainNode, isTooLong, mayBeTooMuch } from './rpc.ts'
import { type Blocks, inSpans, Span } from './spans.ts'

/** Most blocks that one request for events covers. */
export const RANGE = 1000

/** Jobs that one request asks about: geth takes lists of a thousand in a filter (maxSubTopics). */
const MOST_JOBS = 500

/** Events that a job's own contract tells. */
const OWN = selectorsOf(jobEscrow.abi as Abi, () => true)
/** Those of vault and factory about a job, which is their first topic. */
const ABOUT = [hyperVault.abi as Abi, jobFactory.abi as Abi].flatMap((abi) =>
  selectorsOf(abi, (first) => first?.name === 'job' && first.indexed === true),
)

type Input = { readonly name?: string | undefined; readonly indexed?: boolean | undefined }
function selectorsOf(abi: Abi, isWanted: (first: Input | undefined) => boolean): Hex[] {
  return abi.flatMap((each) =>
    each.type === 'event' && isWanted(each.inputs[0]) ? [toEventSelector(each)] : [],
  )
}

/** What one request asks for: events of these kinds that jobs tell, or that the market's contracts tell about them. */
interface Question {
  readonly jobs: readonly Hex[]
  readonly kinds: readonly Hex[]
  readonly isOwn: boolean
}

/** One block is named by its hash, where a node that lacks it must say so, or by its number. */
export type Place = { readonly blockHash: Hex } | Blocks

/**
 * Reads the events of jobs, and of nothing else: what strangers do with the market's contracts, cheap as it is, is not
 * even sent to us.
 */
export class JobLogs {
  readonly #node: ChainNode
  readonly #span = new Span(RANGE)
  readonly #contracts: readonly Hex[]

  /** @param contracts vault and factory */
  constructor(node: ChainNode, contracts: readonly Hex[]) {
    this.#node = node
    this.#contracts = contracts
  }

  /**
   * Not in order, as many blocks at a time as the node gives.
   * @param giveUp told of a job that has more events of one kind in one block than an answer takes
   * @throws HypernetError `CHAIN_LOST`
   */
  within(
    jobs: readonly Hex[],
    blocks: Blocks,
    giveUp: (job: Hex, error: unknown) => void,
  ): Promise<ChainLog[]> {
    const read = (some: Blocks) =>
      some.from === some.to ? this.inBlock(jobs, some, giveUp) : this.#among(jobs, some)
    return inSpans(blocks, this.#span, read, mayBeTooMuch)
  }

  async #among(jobs: readonly Hex[], blocks: Blocks): Promise<ChainLog[]> {
    const found: ChainLog[] = []
    for (const question of questionsAbout(jobs)) found.push(...(await this.#ask(question, blocks)))
    return found
  }

  /**
   * Of a single block, in as many pieces as it takes.
   * @param giveUp told of a job that has more events of one kind in it than an answer takes
   * @throws HypernetError `CHAIN_LOST`
   */
  async inBlock(
    jobs: readonly Hex[],
    place: Place,
    giveUp: (job: Hex, error: unknown) => void,
  ): Promise<ChainLog[]> {
    const found: ChainLog[] = []
    const left = questionsAbout(jobs)
    for (let question = left.pop(); question; question = left.pop()) {
      try {
        found.push(...(await this.#ask(question, place)))
      } catch (error) {
        if (!isTooLong(error)) throw error
        const [first, second] = halvesOf(question)
        if (first && second) left.push(first, second)
        else for (const job of question.jobs) giveUp(job, error)
      }
    }
    return found
  }

  async #ask({ jobs, kinds, isOwn }: Question, place: Place): Promise<ChainLog[]> {
    const filter = {
      address: isOwn ? jobs : this.#contracts,
      topics: isOwn ? [kinds] : [kinds, jobs.map(topicOf)],
      ...('from' in place
        ? { fromBlock: toQuantity(place.from), toBlock: toQuantity(place.to) }
        : place),
    }
    const raw = await this.#node.ask('eth_getLogs', [filter], z.array(RawLog))
    return raw.flatMap((each) => decodeLog(each) ?? [])
  }
}

function questionsAbout(jobs: readonly Hex[]): Question[] {
  const found: Question[] = []
  for (let at = 0; at < jobs.length; at += MOST_JOBS) {
    const some = jobs.slice(at, at + MOST_JOBS)
    found.push({ jobs: some, kinds: OWN, isOwn: true }, { jobs: some, kinds: ABOUT, isOwn: false })
  }
  return found
}

/** Jobs apart, then the kinds of events of one job; nothing of one kind of one job. */
function halvesOf(question: Question): Question[] {
  const { jobs, kinds } = question
  if (jobs.length > 1) return halves(jobs).map((some) => ({ ...question, jobs: some }))
  if (kinds.length > 1) return halves(kinds).map((some) => ({ ...question, kinds: some }))
  return []
}

function halves<T>(list: readonly T[]): (readonly T[])[] {
  const middle = Math.ceil(list.length / 2)
  return [list.slice(0, middle), list.slice(middle)]
}

const topicOf = (job: Hex): Hex => `0x${job.slice(2).padStart(64, '0')}`
