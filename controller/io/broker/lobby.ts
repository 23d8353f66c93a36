import type { Socket } from 'node:net'
import type { Millis } from '../../../agent/wire/ids.ts'

export interface LobbyOptions {
  /** Sockets that may be open at a time: of clients that are in, and of strangers. */
  readonly places: number
  /** Told of each stranger before it is cut off for a newer one, and how long it had waited. */
  evicted(socket: Socket, waited: Millis): void
}

/** The open sockets of a broker: of clients, and of strangers, who have not been let in yet. */
export interface Lobby {
  /** Takes a new socket; when it is one too many, the stranger that came first is cut off. */
  enter(socket: Socket): void
  /** Its client was let in: from now on it gives way to nobody. */
  admit(socket: Socket): void
  cutAll(): void
}

/**
 * Keeps strangers from locking clients out by holding sockets. They have the places that clients
 * leave free, so a fleet that comes all at once finds room; when none is left, the one that has
 * waited longest gives way, since a client sends its CONNECT at once and a flooder sits there.
 */
export function openLobby({ places, evicted }: LobbyOptions): Lobby {
  /** When each came; a map keeps the order. */
  const strangers = new Map<Socket, Millis>()
  const clients = new Set<Socket>()

  const evictFirst = (): void => {
    const [first] = strangers
    if (!first) return // cannot be: the newest is one
    const [socket, since] = first
    strangers.delete(socket)
    if (socket.destroyed) return // it was about to leave by itself
    evicted(socket, performance.now() - since)
    socket.resetAndDestroy() // after a FIN the kernel would remember each for a minute
  }

  return {
    enter(socket) {
      strangers.set(socket, performance.now())
      socket.once('close', () => {
        strangers.delete(socket)
        clients.delete(socket)
      })
      if (strangers.size + clients.size > places) evictFirst()
    },
    admit(socket) {
      if (strangers.delete(socket)) clients.add(socket)
    },
    cutAll() {
      for (const socket of [...strangers.keys(), ...clients]) socket.destroy()
    },
  }
}
