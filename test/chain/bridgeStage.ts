import { encodeFunctionData, type Hex } from 'viem'
import { systemClock } from '../../agent/io/clock.ts'
import { silentLog } from '../../agent/io/log.ts'
import { bytesOf, hexOf } from '../../agent/wire/hash.ts'
import { escrowAt, jobAddress, type Terms } from '../../agent/wire/market.ts'
import { jobEscrow } from '../../controller/abi/jobEscrow.ts'
import { jobFactory } from '../../controller/abi/jobFactory.ts'
import { askAnvil } from '../../controller/io/chain/anvil.ts'
import {
  type Bridge,
  type BridgeEvent,
  type BridgeOptions,
  openBridge,
  type Wanted,
} from '../../controller/io/chain/bridge.ts'
import { longForm, termsArgument } from '../../controller/io/chain/calls.ts'
import { openStore } from '../../controller/io/store.ts'
import { until } from '../agent/io/until.ts'
import { type Actor, actor, fundAccounts, openStage, type Stage, signMarket } from './stage.ts'

/** A stage with a buyer who has tokens, and a relay of its own that has coins. */
export interface BridgeStage extends Stage {
  readonly buyer: Actor
  readonly relayer: Actor
  /** A request of anvil's that viem's list of methods lacks. */
  request(method: string, ...params: unknown[]): Promise<unknown>
  mineBlocks(count: number): Promise<void>
  /** Number of transactions that an account sent. */
  sentBy(address: Hex): Promise<number>
}

const TOKEN = 10n ** 18n

export async function openBridgeStage(): Promise<BridgeStage> {
  const stage = await openStage()
  const [buyer, relayer] = [actor('buyer'), actor('relayer')]
  await fundAccounts(stage, [buyer.address], 1_000_000n * TOKEN)
  const request = (method: string, ...params: unknown[]): Promise<unknown> =>
    askAnvil(stage.client, method, ...params)
  await request('anvil_setBalance', relayer.address, `0x${(100n * TOKEN).toString(16)}`)
  // Deep enough for reorganisations that leave the market standing.
  await request('anvil_mine', '0x20')
  return {
    ...stage,
    buyer,
    relayer,
    request,
    mineBlocks: async (count) => {
      await request('anvil_mine', `0x${count.toString(16)}`)
    },
    sentBy: (address) => stage.client.getTransactionCount({ address }),
  }
}

/** A job of two steps, each of which can take effect once: it is opened, and taken back. */
export interface TestJob {
  readonly address: Hex
  readonly create: Wanted
  readonly cancel: Wanted
}

/** @param nonce tells jobs apart */
export async function testJob(stage: BridgeStage, nonce: number): Promise<TestJob> {
  const { at, buyer } = stage
  const terms: Terms = {
    buyer: bytesOf(buyer.address),
    price: 4n * TOKEN,
    feeBps: 50n,
    relay: new Uint8Array(20),
    collateral: 4n * TOKEN,
    replicas: 1n,
    spec: new Uint8Array(32),
    relayFee: 0n,
    period: 600n,
    window: 120n,
    joinBy: BigInt((await stage.now()) + 86_400),
    sellers: 3n,
    checkpoints: 2n,
    payEvery: 1n,
    nonce: BigInt(nonce),
  }
  const job = jobAddress(terms, bytesOf(at.factory), bytesOf(at.escrow), '')
  const address = hexOf(job)
  const amount = escrowAt(terms, terms.price)
  const fund = longForm(signMarket(stage, buyer, 'Fund', { job, amount }))
  const cancel = longForm(signMarket(stage, buyer, 'Cancel', { job }))
  return {
    address,
    create: {
      job: address,
      step: 'create',
      to: at.factory,
      data: encodeFunctionData({
        abi: jobFactory.abi,
        functionName: 'create',
        args: [termsArgument(terms), '', fund],
      }),
      done: ['FailedDeployment', 'HyperVaultJobKnown'],
    },
    cancel: {
      job: address,
      step: 'cancel',
      to: address,
      data: encodeFunctionData({ abi: jobEscrow.abi, functionName: 'cancel', args: [cancel] }),
      done: ['JobEscrowWrongPhase'],
    },
  }
}

/** A bridge, and all that it told. */
export interface Heard {
  readonly bridge: Bridge
  readonly events: BridgeEvent[]
  /** States that a step went through, in order. */
  states(wanted: Wanted): string[]
  /** Events of the chain about a job that stand, by name, in order. */
  standing(job: Hex): string[]
  /** Resolves when this holds; fails after a deadline with what was told. */
  until(holds: () => boolean, millis?: number): Promise<void>
  /** Resolves when a step is in a state. */
  reaches(wanted: Wanted, state: string): Promise<void>
}

/** Opens a bridge that looks often. Its store is in memory unless one is given. */
export function hear(stage: BridgeStage, options: Partial<BridgeOptions> = {}): Heard {
  const bridge = openBridge({
    urls: [stage.anvil.url],
    deployment: stage.at,
    relayKey: stage.relayer.privateKey,
    store: options.store ?? openStore(':memory:'),
    clock: systemClock,
    log: silentLog,
    confirmations: 2,
    maxFeeGwei: 100,
    pollMs: 5,
    ...options,
  })
  const events: BridgeEvent[] = []
  bridge.listen((event) => events.push(event))
  const stateOf = ({ job, step }: Wanted) =>
    bridge.steps(job).find((each) => each.step === step)?.state
  const shown = () =>
    events.slice(-15).map((event) => {
      if (event.kind === 'log' || event.kind === 'removed') return `${event.kind} ${event.log.name}`
      return event
    })
  return {
    bridge,
    events,
    states: ({ job, step }) =>
      events.flatMap((event) =>
        event.kind === 'step' && event.job === job && event.step === step ? [event.state] : [],
      ),
    standing: (job) => standingOf(events, job),
    until: (holds, millis) => until(holds, shown, millis),
    reaches: (wanted, state) => until(() => stateOf(wanted) === state, shown),
  }
}

/** What a handler that forgets at `rewound` has. */
function standingOf(events: readonly BridgeEvent[], job: Hex): string[] {
  let names: string[] = []
  for (const event of events) {
    if (event.kind === 'rewound') names = []
    if (event.kind !== 'log') continue
    const { name, args, address } = event.log
    const about = typeof args.job === 'string' ? args.job.toLowerCase() : address
    if (about === job.toLowerCase()) names.push(name)
  }
  return names
}
