import { quote } from '../wire/ids.ts'
import { SOFTWARE } from '../wire/version.ts'
import { parseTransaction } from './birth.ts'

/** What a device answers to a request of its controller. */
export interface Answer {
  readonly text: string
  /** Whether everything retained is to be published again. */
  readonly isRebirth: boolean
}

/** Answers a request with its transaction, so that the asker can tell answers apart (MQTT 3.1.1 cannot). */
export function answerTo(
  verb: string,
  payload: Uint8Array,
  device: { readonly incarnation: number; readonly session: number },
): Answer {
  let transaction: string | undefined
  const failed = (code: string, message: string): Answer => ({
    text: JSON.stringify({ status: 'error', error: { code, message }, transaction }),
    isRebirth: false,
  })
  try {
    transaction = parseTransaction(payload)
  } catch (error) {
    return failed('BAD_MESSAGE', error instanceof Error ? error.message : String(error))
  }
  const isRebirth = verb === 'rebirth'
  if (!isRebirth && verb !== 'ping') {
    return failed(
      'NOT_FOUND',
      `this device does not know the request ${quote(verb)}; it knows ping and rebirth`,
    )
  }
  const data = { version: SOFTWARE, ...device }
  return { text: JSON.stringify({ status: 'ok', data, transaction }), isRebirth }
}
