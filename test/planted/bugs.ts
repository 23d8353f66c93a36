import { builtMethods } from '../methods.ts'
import { agreementBugs } from './agreementBugs.ts'
import type { Bug } from './bug.ts'
import { floodBugs } from './floodBugs.ts'
import { ratioBugs } from './ratioBugs.ts'
import { treeBugs } from './treeBugs.ts'

/** The written list: protocol bugs that the swarm must find. */
export const bugs: readonly Bug[] = [
  ...agreementBugs,
  ...floodBugs,
  ...ratioBugs,
  ...treeBugs,
].filter(({ method }) => builtMethods().includes(method))
