import { encodeRecord } from '../agent/wire/codec.ts'
import { HypernetError } from '../agent/wire/errors.ts'
import { Order } from '../agent/wire/messages.ts'
import { averageOrder } from './scenarios/stage.ts'

/** Methods by name, as orders have them. Campaigns pass over those that orders do not take yet. */
export const METHODS = ['flood', 'tree', 'ratio', 'laplacian', 'commit'] as const
export type MethodName = (typeof METHODS)[number]

/** The methods that orders take. */
export const builtMethods = (): MethodName[] => METHODS.filter(isBuilt)

/** An order that asks for a method. */
export const orderBy = (order: Order, method: MethodName): Order => ({
  ...order,
  method: method as Order['method'], // isBuilt is asked before
})

function isBuilt(method: MethodName): boolean {
  try {
    encodeRecord(Order, orderBy(averageOrder, method))
    return true
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code !== 'BAD_MESSAGE') throw error
    return false
  }
}
