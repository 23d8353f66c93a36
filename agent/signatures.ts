import type { Effect } from './core/effect.ts'
import type { Input } from './core/input.ts'
import type { Millis } from './wire/ids.ts'
import { signCose } from './wire/signature.ts'
import { signCompact } from './wire/typedData.ts'

/** Signs what the agent asks for. @param key private, 32 bytes */
export function signedAs(
  effect: Extract<Effect, { kind: 'sign' | 'signDigest' }>,
  key: Uint8Array,
  now: Millis,
): Input {
  const { request } = effect
  if (effect.kind === 'signDigest')
    return { kind: 'signedDigest', now, request, signature: signCompact(effect.digest, key) }
  return { kind: 'signed', now, request, signed: signCose(effect.purpose, effect.payload, key) }
}
