import type { Socket } from 'node:net'

export interface FrameGate {
  /** Largest remaining length (MQTT 3.1.1 section 2.2.3) that a packet may declare now, in bytes. */
  limit(): number
  /** Told once, before the socket is destroyed. */
  refused(declared: number, limit: number): void
}

/**
 * Destroys a socket that *declares* a packet above the limit, before any of it is buffered: aedes
 * collects up to 256 MB of one packet, even before CONNECT (moscajs/aedes issues 831, 1086).
 * Reads the fixed headers only. Put it on a socket before the socket is read.
 */
export function gateFrames(socket: Socket, gate: FrameGate): void {
  const scan = headerScanner()
  const push = socket.push.bind(socket)
  socket.push = (chunk: Buffer | null, encoding?: BufferEncoding): boolean => {
    if (chunk) {
      const limit = gate.limit()
      const declared = scan(chunk, limit)
      if (declared !== undefined) {
        gate.refused(declared, limit)
        socket.destroy()
        return false
      }
    }
    return push(chunk, encoding)
  }
}

/** Follows the packet borders of one byte stream; returns a declared length above the limit. */
function headerScanner(): (bytes: Buffer, limit: number) => number | undefined {
  let bodyLeft = 0
  let inLength = false
  let length = 0
  let weight = 1
  return (bytes, limit) => {
    let i = 0
    while (i < bytes.length) {
      if (bodyLeft > 0) {
        const step = Math.min(bodyLeft, bytes.length - i)
        bodyLeft -= step
        i += step
        continue
      }
      const byte = bytes[i++] ?? 0
      if (!inLength) {
        inLength = true
        length = 0
        weight = 1
        continue
      }
      length += (byte & 127) * weight
      weight *= 128
      // Four bytes of length at most (section 2.2.3): a fifth is malformed, whatever it says.
      if (length > limit || weight > 128 ** 4) return length
      if (byte < 128) {
        bodyLeft = length
        inLength = false
      }
    }
    return undefined
  }
}
