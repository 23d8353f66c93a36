/**
 * The in-memory store of aedes-persistence 11.0.0, whose own declaration file lies where the
 * compiler does not look. Only what `boundedStore.ts` and its test build on.
 */
declare module 'aedes-persistence/asyncPersistence.js' {
  import type { Readable } from 'node:stream'
  import type { AedesPublishPacket, Client, Subscription } from 'aedes'

  class MemoryPersistence {
    addSubscriptions(client: Client, subscriptions: Subscription[]): Promise<void>
    subscriptionsByClient(client: Client): Promise<Subscription[]>
    cleanSubscriptions(client: Client): Promise<void>
    storeRetained(packet: AedesPublishPacket): Promise<void>
    createRetainedStream(pattern: string): Readable
    createRetainedStreamCombi(patterns: string[]): Readable
    outgoingEnqueue(to: { clientId: string }, packet: AedesPublishPacket): Promise<void>
    outgoingEnqueueCombi(to: { clientId: string }[], packet: AedesPublishPacket): Promise<void>
    outgoingUpdate(client: Client, packet: AedesPublishPacket): Promise<void>
    outgoingClearMessageId(client: Client, packet: AedesPublishPacket): Promise<AedesPublishPacket>
    outgoingStream(client: Client): Readable
    streamWill(): Readable
  }
  export = MemoryPersistence
}
