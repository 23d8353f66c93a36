import { printable } from '../../../agent/wire/printable.ts'
import { tokensText } from '../../../agent/wire/tokens.ts'
import type { BookOrder } from '../../io/chain/orderBook.ts'
import { table } from '../show/table.ts'
import { percentText, secondsText, timeText } from './words.ts'

/** An order as JSON; amounts in HYPER as decimal text, times in seconds, `joinBy` in ISO 8601. */
export const orderDocument = (order: BookOrder) => ({
  ...order,
  price: tokensText(order.price),
  collateral: tokensText(order.collateral),
  relayFee: tokensText(order.relayFee),
  escrow: tokensText(order.escrow),
  joinBy: timeText(order.joinBy),
  placesLeft: order.sellers - order.joined,
  work: workText(order.replicas),
})

/** The order book for people: two lines an order, since addresses are long. */
export function ordersText(orders: readonly BookOrder[]): string {
  if (orders.length === 0) return 'no orders\n'
  const heads = ['price', 'collateral', 'places left', 'phase', 'checkpoints', 'window', 'work']
  const lines = table(
    heads.map((head) => ({ head, ...(RIGHT.includes(head) && { align: 'right' as const }) })),
    orders.map((order) => [
      tokensText(order.price),
      tokensText(order.collateral),
      `${order.sellers - order.joined} of ${order.sellers}`,
      order.ending === 'expired' ? UNFILLED : (order.ending ?? order.phase),
      `${order.closed} of ${order.checkpoints}`,
      secondsText(order.window),
      workText(order.replicas),
    ]),
  )
  const [head = '', ...rows] = lines.trimEnd().split('\n')
  const below = orders.map((order) => `  ${detailsOf(order).join(', ')}`)
  return `${[head, ...rows.flatMap((row, i) => [row, below[i] ?? ''])].join('\n')}\n`
}

/** The contract has one word for an order that was cancelled and one whose time to join is over. */
const UNFILLED = 'not filled'
const RIGHT = ['price', 'collateral']

/** Whether the work itself is checked by others who do the same, never mixed with whether the sum is. */
const workText = (replicas: number): string =>
  replicas === 1 ? 'not replicated' : `replicated x${replicas}`

function detailsOf(order: BookOrder): string[] {
  const { job, buyer, phase, joinBy, period, feeBps, relayFee, resources } = order
  return [
    `job ${job}`,
    `buyer ${buyer}`,
    ...(phase === 'open' ? [`join by ${timeText(joinBy)}`] : []),
    `a checkpoint every ${secondsText(period)}`,
    `fee ${percentText(feeBps)} on top`,
    ...(relayFee > 0n ? [`${tokensText(relayFee)} for relays`] : []),
    ...(resources === '' ? [] : [`resources ${printable(resources)}`]),
  ]
}
