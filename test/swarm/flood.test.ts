import { slice } from './slice.ts'

slice('flood')
