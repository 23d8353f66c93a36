import * as z from 'zod/mini'
import type { Carried } from '../../agent/fusion/carry.ts'

const whole = z.number().check(z.int(), z.gte(0))
/** As a job's row in the store has it; mantissas are hexadecimal. */
export const SavedCarried = z.object({
  epoch: whole,
  since: whole,
  windows: whole,
  mantissas: z.array(z.string().check(z.regex(/^-?[0-9a-f]+$/))),
  exponents: z.array(z.number().check(z.int())),
})
export type SavedCarried = z.output<typeof SavedCarried>

export function savedCarried({ epoch, since, windows, state }: Carried): SavedCarried {
  const mantissas = state.mantissas.map((m) => m.toString(16))
  return { epoch, since, windows, mantissas, exponents: [...state.exponents] }
}

export function restoredCarried(saved: SavedCarried): Carried {
  const { mantissas, exponents, ...rest } = saved
  const read = (text: string) =>
    text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`)
  return { ...rest, state: { mantissas: mantissas.map(read), exponents } }
}
