import { builtMethods } from '../methods.ts'
import { agreementBugs } from './agreementBugs.ts'
import type { Bug } from './bug.ts'
import { floodBugs } from './floodBugs.ts'

/** The written list: protocol bugs that the swarm must find. */
export const bugs: readonly Bug[] = [...agreementBugs, ...floodBugs].filter(({ method }) =>
  builtMethods().includes(method),
)
