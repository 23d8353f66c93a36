import t from 'tap'
import { createRandom } from '../../agent/math/random.ts'
import { dealt, exampleCode, type Reading, runOnFleet } from './programFleet.ts'
