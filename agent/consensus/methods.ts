import type { Order } from '../wire/messages.ts'
import { commit } from './commit.ts'
import { flood } from './flood/flood.ts'
import { laplacian } from './laplacian.ts'
import type { AnyMethod, Method } from './method.ts'
import { ratio } from './ratio/ratio.ts'
import { tree } from './tree/tree.ts'

/** Whoever holds a method with a state holds the state that this method made: it alone looks into it. */
const sealedOff = <State extends object>(method: Method<State>): AnyMethod =>
  method as unknown as AnyMethod

const METHODS: Readonly<Record<Order['method'], AnyMethod>> = {
  flood: sealedOff(flood),
  commit: sealedOff(commit),
  tree: sealedOff(tree),
  ratio: sealedOff(ratio),
  laplacian: sealedOff(laplacian),
}

/** The method that an order names. */
export const methodOf = (name: Order['method']): AnyMethod => METHODS[name]
