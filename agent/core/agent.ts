import type { Claim } from '../consensus/method.ts'
import { hexOf } from '../wire/hash.ts'
import { jobId } from '../wire/ids.ts'
import type { Exchange } from '../wire/messages.ts'
import { restored } from './contracts.ts'
import { resumeDeals, takeDigest, tellAllDeals, tellDeals } from './deals.ts'
import type { Outbox } from './effect.ts'
import { contribute, flush, hear, openDueEpoch, ran, stated } from './epochs.ts'
import type { Input, Message } from './input.ts'
import { admitOrder, admitRoster, listen, restoreJobs } from './jobs.ts'
import { offer } from './offering.ts'
import { forgiveSilence } from './outage.ts'
import { newReadings, remember } from './readings.ts'
import { repeatSeal, sealed } from './reports.ts'
import type { Settings } from './settings.ts'
import type { Snapshot } from './snapshot.ts'
import type { AgentState, EpochState, JobState } from './state.ts'
import { resumeTime } from './windowTime.ts'

/**
 * Makes an agent from what it is told about itself and what it knew before.
 * @param incarnation counts loads of this device's state; larger than any before
 * @param snapshot what `persist` last wrote; `undefined` where nothing was ever written or all was lost
 */
export function newAgent(
  settings: Settings,
  incarnation: number,
  snapshot: Snapshot | undefined,
): AgentState {
  const agent: AgentState = {
    settings,
    incarnation,
    isBlank: snapshot === undefined,
    readings: newReadings(),
    jobs: new Map(),
    early: new Map(),
    ended: new Map(snapshot?.ended),
    contracts: new Map(snapshot?.contracts?.map((each) => [hexOf(each.address), restored(each)])),
    linkLostAt: undefined,
    clockZero: undefined,
    wall: undefined,
  }
  if (snapshot) restoreJobs(agent, snapshot)
  return agent
}

/**
 * The agent's every decision: what to do about one input. Effects go into the outbox, in order.
 * Never throws for bad input; a broken invariant throws, and the process starts again from its snapshot.
 */
export function step(agent: AgentState, input: Input, out: Outbox): void {
  switch (input.kind) {
    case 'start':
      agent.clockZero = input.unix === undefined ? undefined : input.unix - input.now
      start(agent, input.now, out)
      break
    case 'timer':
      wake(agent, input.now, input.name, out)
      break
    case 'message':
      take(agent, input.now, input.message, out)
      break
    case 'observed':
      remember(agent.readings, input.observation)
      for (const [job, epoch] of openEpochs(agent)) {
        if (epoch.status === 'reading') contribute(agent, job, epoch, input.now, out)
      }
      break
    case 'wall':
      agent.wall = input.wall
      for (const job of agent.jobs.values()) offer(agent, job, out)
      break
    case 'link':
      turnLink(agent, input.now, input.up, out)
      break
    case 'signed':
      takeSigned(agent, input.now, input.request, input.signed, out)
      break
    case 'ran':
      takeRan(agent, input, out)
      break
    case 'signedDigest':
      takeDigest(agent, input.now, input.request, input.signature, out)
      break
    case 'leave':
      for (const [job, epoch] of openEpochs(agent)) {
        if (epoch.status !== 'reading' && epoch.status !== 'open') continue
        epoch.method.leave(epoch.exchange, 'the device was stopped')
        flush(agent, job, epoch, input.now, out)
      }
      break
  }
}

/** Signed parts of an exchange that are new to this agent, with the keys that must have signed them. */
export function claimsIn(agent: AgentState, exchange: Exchange): (Claim & { key: Uint8Array })[] {
  const epoch = agent.jobs.get(exchange.job)?.epochs.find((each) => each.epoch === exchange.epoch)
  if (!epoch) return []
  const from = epoch.roster.index.get(exchange.from) ?? -1
  return epoch.method.claims(epoch.exchange, exchange, from).map((claim) => ({
    ...claim,
    key: epoch.roster.roster.members[claim.index]?.key ?? new Uint8Array(33),
  }))
}

function start(agent: AgentState, now: number, out: Outbox): void {
  resumeDeals(agent, now, out)
  for (const job of agent.jobs.values()) {
    job.alone = now + 2 * (job.order.window.every ?? 0)
    resumeTime(job, agent, now)
    listen(agent, job, out)
    offer(agent, job, out)
    openDueEpoch(agent, job, now, out)
    for (const epoch of job.epochs) {
      epoch.openedAt = now
      epoch.summedAt = now
      forgiveSilence(epoch, now, 0)
      flush(agent, job, epoch, now, out)
    }
  }
}

function take(agent: AgentState, now: number, message: Message, out: Outbox): void {
  switch (message.kind) {
    case 'order':
      admitOrder(agent, now, message.order, message.hash, message.bytes, out)
      break
    case 'roster':
      admitRoster(agent, now, message.roster, message.hash, message.bytes, out)
      break
    case 'exchange':
      hear(agent, now, message.exchange, message.bytes, out)
      break
    case 'presence':
      for (const [, epoch] of openEpochs(agent)) {
        const index = epoch.roster.index.get(message.node)
        if (index !== undefined) epoch.method.presence(epoch.exchange, index, message.online)
      }
      break
  }
}

function wake(agent: AgentState, now: number, name: string, out: Outbox): void {
  const [what, id, number] = name.split('/')
  if (id === undefined) return
  if (what === 'deal') tellDeals(agent, jobId(id), now, out)
  const job = [...agent.jobs.values()].find((each) => each.order.job === id)
  if (!job) return
  const epoch = job.epochs.find((each) => each.epoch === Number(number))
  if (what === 'epoch') openDueEpoch(agent, job, now, out)
  else if (what === 'flush' && epoch) flush(agent, job, epoch, now, out)
  else if (what === 'seal' && epoch) repeatSeal(agent, job, epoch, now, out)
}

function turnLink(agent: AgentState, now: number, up: boolean, out: Outbox): void {
  if (!up) {
    agent.linkLostAt ??= now
    return
  }
  const lost = agent.linkLostAt
  agent.linkLostAt = undefined
  if (lost === undefined) return
  for (const [job, epoch] of openEpochs(agent)) {
    forgiveSilence(epoch, now, now - lost)
    if (epoch.seal) repeatSeal(agent, job, epoch, now, out)
    flush(agent, job, epoch, now, out)
  }
  // A broker that was away may have forgotten what it had kept for relays.
  tellAllDeals(agent, now, out)
}

function takeSigned(
  agent: AgentState,
  now: number,
  request: string,
  signed: Uint8Array,
  out: Outbox,
): void {
  const [purpose, id, number] = request.split('/')
  for (const [job, epoch] of openEpochs(agent)) {
    if (job.order.job !== id || epoch.epoch !== Number(number)) continue
    if (purpose === 'seal') sealed(agent, job, epoch, now, signed, out)
    else stated(agent, job, epoch, now, purpose === 'contribution', signed, out)
  }
}

function takeRan(
  agent: AgentState,
  { now, request, end }: Extract<Input, { kind: 'ran' }>,
  out: Outbox,
): void {
  const [, id, number, step, generation] = request.split('/')
  for (const [job, epoch] of openEpochs(agent)) {
    const isOurs = job.order.job === id && job.order.generation === Number(generation)
    const isAsked = isOurs && epoch.epoch === Number(number)
    if (isAsked && epoch.step === Number(step)) ran(agent, job, epoch, now, end, out)
  }
}

const openEpochs = (agent: AgentState): [JobState, EpochState][] =>
  [...agent.jobs.values()].flatMap((job) =>
    job.epochs.map((epoch): [JobState, EpochState] => [job, epoch]),
  )
