import * as z from 'zod/mini'

/** What is shown of devices that are refused (core/gateResult.ts). */
export const GateBlock = z.looseObject({
  admitted: z.number(),
  refused: z.array(
    z.looseObject({ device: z.string(), distance: z.optional(z.number()), reason: z.string() }),
  ),
})

export interface GateView {
  readonly admitted: number
  readonly refused: readonly {
    readonly device: string
    readonly distance?: number | undefined
    readonly reason: string
  }[]
}

/** How many are in the result, and who is not, with the reason: those that are too far away on one line. */
export function gateFacts({ admitted, refused }: GateView): [string, string][] {
  const far = refused.flatMap(({ device, distance }) =>
    distance === undefined ? [] : `${device} (${distance})`,
  )
  return [
    ['admitted', `${admitted} of ${admitted + refused.length}`],
    ...(far.length > 0
      ? [
          ['refused', `${far.join(', ')}: standard deviations from what most devices say`] as [
            string,
            string,
          ],
        ]
      : []),
    ...refused.flatMap(({ device, distance, reason }): [string, string][] =>
      distance === undefined ? [['refused', `${device}: ${reason}`]] : [],
    ),
  ]
}
