/**
 * What a program that a fleet runs imports as `hypernet/program`: types alone, which are gone when it is
 * bundled (docs/programs.md).
 */

/** A row of readings by the names of its columns; null where one is missing. */
export type Row<Column extends string = string> = { readonly [name in Column]: number | null }
export type Rows<Column extends string = string> = readonly Row<Column>[]

/** Numbers for the network to add up: as many as the job declares as `length`, all finite. */
export type Vector = readonly number[] | Float64Array

/**
 * Adds up vectors over all devices, number by number and exactly, and gives each device the same sum.
 * @param vector this device's part
 */
export type Allreduce = (vector: Vector) => Promise<number[]>

/** Plain JSON: what `finish` and `run` return. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json | undefined }

/** A program of one sum: `export const share: Share = (rows) => [...]`. */
export type Share<Column extends string = string> = (rows: Rows<Column>) => Vector
/** What is told of the sum: `devices` are those that it is over. */
export type Finish = (sum: readonly number[], devices?: number) => object
/** A program of many sums: `export const run: Run = async (rows, allreduce) => {...}`. */
export type Run<Column extends string = string> = (
  rows: Rows<Column>,
  allreduce: Allreduce,
) => Promise<object>
