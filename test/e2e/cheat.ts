import { once } from 'node:events'
import mqtt, { type MqttClient } from 'mqtt'
import type { Test } from 'tap'
import { shareHash } from '../../agent/consensus/shards.ts'
import { rowsDealt } from '../../agent/core/dealt.ts'
import { compileModel, contribute } from '../../agent/fusion/model.ts'
import type { VirtualDevice } from '../../agent/host.ts'
import { type Hosts, startHosts } from '../../agent/hosts.ts'
import { deriveKey } from '../../agent/io/keys.ts'
import { canonicalBytes, SUM_TOP } from '../../agent/math/exactVector.ts'
import { decodeVector } from '../../agent/math/wireForm.ts'
import { OBJECT } from '../../agent/wire/cborCheck.ts'
import { decodeRecord, encodeRecord } from '../../agent/wire/codec.ts'
import { bytesOf, digest } from '../../agent/wire/hash.ts'
import { fleetId, jobId, nodeId } from '../../agent/wire/ids.ts'
import {
  findingOf,
  jobAddress,
  marketDigest,
  NO_SHARE,
  unpackTerms,
} from '../../agent/wire/market.ts'
import { Deal, type Finding } from '../../agent/wire/marketMessages.ts'
import { Order, Roster, Seal, SealReport, Signed } from '../../agent/wire/messages.ts'
import { addressOf, payloadOf } from '../../agent/wire/signature.ts'
import { type Topic, topicName } from '../../agent/wire/topics.ts'
import { commitmentOf, signCompact } from '../../agent/wire/typedData.ts'
import { wantsText } from '../../agent/wire/wants.ts'
import type { MarketPlace } from '../../controller/core/settlement/offer.ts'
import type { Controller } from '../../controller/driver.ts'
import type { Deployment } from '../../controller/io/chain/deployment.ts'
import { FLEET, MINUTE } from './site.ts'

const ETHER = 10n ** 18n
export type Place = Pick<MarketPlace, 'chainId' | 'vault' | 'factory' | 'escrow'>
export const placeOf = ({ chainId, vault, factory, escrow }: Deployment): Place => ({
  chainId,
  vault: bytesOf(vault),
  factory: bytesOf(factory),
  escrow: bytesOf(escrow),
})
export const keyOf = (id: string) => deriveKey('site', id)
export const accountsOf = (list: readonly VirtualDevice[]) =>
  list.map(({ id }) => addressOf(keyOf(id).publicKey))

/** Devices that sell, a process each. */
export async function hire(
  t: Test,
  at: { url: string; operator: string },
  place: Place | undefined,
  list: readonly VirtualDevice[],
): Promise<Hosts> {
  const terms = { minPrice: ETHER / 2n, maxCollateral: ETHER }
  const hosts = await startHosts({
    fleet: FLEET,
    broker: { url: at.url },
    operators: [bytesOf(at.operator)],
    ...(place ? { market: { ...place, chainId: BigInt(place.chainId), ...terms } } : {}),
    devices: list,
    processes: list.length,
    logLevel: 'error',
    readyWithin: MINUTE,
  })
  t.teardown(() => hosts.stop())
  return hosts
}

/** Who is in a sum, and the sum, as devices sign it. */
export interface Claim {
  /** With replicas: the group, and what the device itself found. */
  readonly group: number
  readonly share: Uint8Array
  readonly roster: Uint8Array
  readonly result: Uint8Array
}

/** Speaks in place of devices whose processes are dead, with their keys. */
export async function openCheat(site: Controller, passwords: ReadonlyMap<string, string>) {
  const fleet = fleetId(FLEET)
  const job = jobId('paid')
  const clients = new Map<string, MqttClient>()
  const connect = async (id: string, password: string) => {
    const known = clients.get(id)
    if (known) return known
    const at = { clientId: id, username: id, password, reconnectPeriod: 0 }
    const client = await mqtt.connectAsync(site.brokerUrl, at)
    clients.set(id, client)
    return client
  }
  const eye = await connect('eye', site.credentials?.issue('eye', 'controller') ?? '')
  const heard = new Map<string, Buffer>()
  const news = new EventTarget()
  eye.on('message', (topic, payload) => {
    heard.set(topic, payload)
    news.dispatchEvent(new Event('more'))
  })
  await eye.subscribeAsync(
    ['order', 'roster', 'deal/+', 'seal/+'].map((end) => `hn/1/${FLEET}/net/paid/${end}`),
  )
  const hear = async (topic: Topic): Promise<Buffer> => {
    const signal = AbortSignal.timeout(MINUTE)
    for (;;) {
      const payload = heard.get(topicName(topic))
      if (payload) return payload
      await once(news, 'more', { signal })
    }
  }
  const signedOf = async (kind: 'order' | 'roster') => {
    const { signed } = decodeRecord(Signed, await hear({ kind, fleet, job }))
    if (!signed) throw new Error(`the ${kind} travels as a blob`)
    return payloadOf(signed)
  }
  const order = decodeRecord(Order, await signedOf('order'), OBJECT)
  const { offer } = order
  if (!offer) throw new Error('the job is not paid')
  const terms = unpackTerms(offer.terms)
  const address = jobAddress(terms, offer.factory, offer.escrow, wantsText(order))
  const market = { chainId: BigInt(offer.chainId), vault: offer.vault }
  const dealOf = async (id: string): Promise<Deal> =>
    decodeRecord(Deal, await hear({ kind: 'deal', fleet, job, node: nodeId(id) }))
  /** What a device found in the rows that it got. */
  const workOf = async (id: string): Promise<Pick<Claim, 'group' | 'share'>> => {
    const roster = decodeRecord(Roster, await signedOf('roster'), OBJECT)
    const self = roster.members.findIndex((member) => member.id === id)
    if (!order.data || order.data.replicas === 1) return { group: 0, share: NO_SHARE }
    const rows = rowsDealt(order.data, roster, self)
    const share = contribute(compileModel(order.model), rows)
    return { group: roster.shards?.[self] ?? 0, share: shareHash(share) }
  }
  return {
    terms,
    dealOf,
    /** What a device will show if it is honest, worked out from the seal of one that lives. */
    async claimOf(id: string, living: string): Promise<Claim> {
      const topic = { kind: 'seal', fleet, job, node: nodeId(living) } as const
      const { seal } = decodeRecord(SealReport, await hear(topic))
      if (!seal) throw new Error(`${living} sealed nothing`)
      const { contributors, contents, ...wire } = decodeRecord(Seal, payloadOf(seal))
      if (!contents) throw new Error(`${living} sealed no contents`)
      const sum = decodeVector(wire, wire.exponents.length / 2, SUM_TOP)
      const roster = digest(await signedOf('roster'))
      const found = findingOf(roster, 0, contributors, contents, canonicalBytes(sum))
      return { ...(await workOf(id)), ...found }
    },
    sign(id: string, claim: Claim) {
      const message = { job: address, index: 0n, ...claim, group: BigInt(claim.group) }
      const signature = signCompact(
        marketDigest(market, 'Checkpoint', message),
        keyOf(id).privateKey,
      )
      const bound: Finding = { index: 0, commitment: commitmentOf(signature) }
      return { bound, shown: { ...bound, ...claim, signature } }
    },
    async say(id: string, finding: Finding): Promise<void> {
      const client = await connect(id, passwords.get(id) ?? '')
      const deal: Deal = { ...(await dealOf(id)), findings: [finding] }
      const topic = topicName({ kind: 'deal', fleet, job, node: nodeId(id) })
      await client.publishAsync(topic, Buffer.from(encodeRecord(Deal, deal)), {
        qos: 1,
        retain: true,
      })
    },
    close: () => Promise.all([...clients.values()].map((client) => client.endAsync(true))),
  }
}
