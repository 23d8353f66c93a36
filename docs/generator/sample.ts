import type { RecordType } from '../../agent/wire/record.ts'

/** One value of a record, from which vectors are made. */
export interface Sample {
  readonly name: string
  readonly type: RecordType<unknown>
  readonly value: unknown
}

export const sample = <T>(name: string, type: RecordType<T>, value: T): Sample => ({
  name,
  type: type as RecordType<unknown>, // only widened, to stand in one list
  value,
})
