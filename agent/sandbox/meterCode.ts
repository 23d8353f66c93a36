import { invariant } from '../wire/errors.ts'
import { signedBytes, unsignedBytes, type WasmReader, type WasmWriter } from './wasmReader.ts'

/** Where the counters, and the functions that charge for memory and grow it, stand in the module. */
export interface Meter {
  readonly fuelGlobal: number
  readonly depthGlobal: number
  readonly pagesGlobal: number
  readonly mostPagesGlobal: number
  readonly chargeFunction: number
  readonly growFunction: number
}

const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  selectTyped: 0x1c,
  localGet: 0x20,
  localSet: 0x21,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  i32LtS: 0x48,
  i32GtU: 0x4b,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32ShrU: 0x76,
  refNull: 0xd0,
  prefixed: 0xfc,
} as const
const EMPTY_BLOCK = 0x40
const I32 = 0x7f
/** Second byte of memory.copy and memory.fill, whose last operand is a number of bytes. */
const COPY = 10
const FILL = 11
/** A move of memory costs one turn per 64 bytes: measured, a turn of the interpreter takes as long. */
const CHARGE_SHIFT = 6
/** What a frame takes of the native stack besides its locals, in slots of 8 bytes. */
const FRAME_SLOTS = 16

/**
 * Takes `amount` from the fuel and traps when there is none left. It stands at the head of every
 * function and of every loop, so nothing runs on without it: not the interpreter, and not a search
 * of 2^53 places, a regular expression or a product of long integers within one step of it.
 */
function burn({ fuelGlobal }: Meter, amount: readonly number[]): number[] {
  const fuel = unsignedBytes(fuelGlobal)
  return [
    ...[OP.globalGet, ...fuel, ...amount, OP.i32Sub, OP.globalSet, ...fuel],
    ...[OP.globalGet, ...fuel, OP.i32Const, 0, OP.i32LtS],
    ...[OP.if, EMPTY_BLOCK, OP.unreachable, OP.end],
  ]
}

/** Takes slots from what is left of the depth of calls, and traps when there are none left. */
function descend({ depthGlobal }: Meter, slots: number): number[] {
  const depth = unsignedBytes(depthGlobal)
  return [
    ...[OP.globalGet, ...depth, OP.i32Const, ...signedBytes(slots), OP.i32Sub],
    ...[OP.globalSet, ...depth, OP.globalGet, ...depth, OP.i32Const, 0, OP.i32LtS],
    ...[OP.if, EMPTY_BLOCK, OP.unreachable, OP.end],
  ]
}

function ascend({ depthGlobal }: Meter, slots: number): number[] {
  const depth = unsignedBytes(depthGlobal)
  return [
    ...[OP.globalGet, ...depth, OP.i32Const, ...signedBytes(slots), OP.i32Add],
    ...[OP.globalSet, ...depth],
  ]
}

/** The body of the function (i32 bytes) -> i32 bytes that charges for a move of memory. */
export function chargeBody(meter: Meter): number[] {
  const amount = [OP.localGet, 0, OP.i32Const, CHARGE_SHIFT, OP.i32ShrU]
  return [0, ...burn(meter, amount), OP.localGet, 0, OP.end]
}

/**
 * The body of the function (i32 pages) -> i32 that stands for memory.grow. The size that the program
 * sees is a counter: so it can be set back, and the same bound holds whatever the real memory is.
 */
export function growBody({ pagesGlobal, mostPagesGlobal }: Meter): number[] {
  const pages = unsignedBytes(pagesGlobal)
  const [wanted, before] = [0, 1]
  return [
    ...[1, 1, I32, OP.globalGet, ...pages, OP.localSet, before],
    ...[OP.localGet, wanted, OP.globalGet, ...unsignedBytes(mostPagesGlobal)],
    ...[OP.localGet, before, OP.i32Sub, OP.i32GtU],
    ...[OP.if, EMPTY_BLOCK, OP.i32Const, ...signedBytes(-1), OP.return, OP.end],
    ...[OP.localGet, before, OP.localGet, wanted, OP.i32Add, OP.globalSet, ...pages],
    ...[OP.globalGet, ...pages, OP.memorySize, 0, OP.i32GtU, OP.if, EMPTY_BLOCK],
    ...[OP.globalGet, ...pages, OP.memorySize, 0, OP.i32Sub, OP.memoryGrow, 0],
    // A machine that cannot give what the bound allows must not look like the bound.
    ...[OP.i32Const, 0, OP.i32LtS, OP.if, EMPTY_BLOCK, OP.unreachable, OP.end, OP.end],
    ...[OP.localGet, before, OP.end],
  ]
}

/**
 * Writes a function anew so that it counts its calls, the turns of its loops, the memory it moves and
 * the depth of its calls.
 * @param results types of its results, at most one
 * @param parameters how many it has
 */
export function meterFunction(
  reader: WasmReader,
  out: WasmWriter,
  meter: Meter,
  { parameters, results }: { parameters: number; results: readonly number[] },
): void {
  const localsAt = reader.at
  let slots = FRAME_SLOTS + parameters
  for (let groups = reader.unsigned(); groups > 0; groups--) {
    slots += reader.unsigned()
    reader.byte()
  }
  out.add(reader.bytes.subarray(localsAt, reader.at))
  out.add(burn(meter, [OP.i32Const, 1]))
  const calls = makesCalls(reader)
  if (calls) {
    invariant(results.length < 2, 'a function of the sandbox has several results')
    // The body becomes a block: a branch to the function's own label goes to this block unchanged.
    out.add([...descend(meter, slots), OP.block, results[0] ?? EMPTY_BLOCK])
  }
  meterBody(reader, out, meter, calls)
  if (calls) out.add(ascend(meter, slots))
  if (calls) out.add([OP.end])
}

/** Copies instructions to the end of the function, with the counters put in. */
function meterBody(reader: WasmReader, out: WasmWriter, meter: Meter, calls: boolean): void {
  const perTurn = burn(meter, [OP.i32Const, 1])
  const charge = [OP.call, ...unsignedBytes(meter.chargeFunction)]
  let nesting = 0
  let copied = reader.at
  const copyTo = (at: number) => {
    out.add(reader.bytes.subarray(copied, at))
    copied = at
  }
  const replace = (start: number, instructions: readonly number[]) => {
    copyTo(start)
    out.add(instructions)
    copied = reader.at
  }
  while (!reader.isAtEnd) {
    const start = reader.at
    const op = reader.byte()
    if (op === OP.return && calls) {
      replace(start, [OP.br, ...unsignedBytes(nesting)])
    } else if (op === OP.memorySize) {
      reader.byte()
      replace(start, [OP.globalGet, ...unsignedBytes(meter.pagesGlobal)])
    } else if (op === OP.memoryGrow) {
      reader.byte()
      replace(start, [OP.call, ...unsignedBytes(meter.growFunction)])
    } else if (op === OP.prefixed) {
      const second = reader.unsigned()
      passPrefixed(reader, second)
      if (second === COPY || second === FILL) {
        copyTo(start)
        out.add(charge)
      }
    } else {
      passOperands(reader, op)
      if (op === OP.block || op === OP.loop || op === OP.if) nesting++
      else if (op === OP.end) nesting--
      if (op === OP.loop) {
        copyTo(reader.at)
        out.add(perTurn)
      }
    }
  }
  invariant(nesting === -1, 'a function of the sandbox does not end')
  copyTo(reader.at)
}

function makesCalls(body: WasmReader): boolean {
  const start = body.at
  let found = false
  while (!body.isAtEnd && !found) {
    const op = body.byte()
    found = op === OP.call || op === OP.callIndirect
    if (op === OP.prefixed) passPrefixed(body, body.unsigned())
    else passOperands(body, op)
  }
  body.at = start
  return found
}

/** Passes what follows an instruction of one byte. @throws on one that this file does not know */
function passOperands(reader: WasmReader, op: number): void {
  if (op === OP.brTable) passIntegers(reader, reader.unsigned() + 1)
  else if (op === OP.selectTyped) reader.take(reader.unsigned())
  else if (op === OP.f32Const) reader.take(4)
  else if (op === OP.f64Const) reader.take(8)
  else passIntegers(reader, integersAfter(op))
}

/** First and last instruction of a range, and how many integers follow each. */
const INTEGERS: readonly (readonly [first: number, last: number, integers: number])[] = [
  [OP.unreachable, 0x01, 0],
  [OP.block, OP.if, 1],
  [OP.else, OP.else, 0],
  [OP.end, OP.end, 0],
  [OP.br, 0x0d, 1],
  [OP.return, OP.return, 0],
  [OP.call, OP.call, 1],
  [OP.callIndirect, OP.callIndirect, 2],
  [0x1a, 0x1b, 0],
  [OP.localGet, 0x26, 1],
  // Loads and stores: alignment and offset.
  [0x28, 0x3e, 2],
  [OP.memorySize, OP.memoryGrow, 1],
  [OP.i32Const, OP.i64Const, 1],
  // Comparisons, arithmetic, conversions, sign extensions.
  [0x45, 0xc4, 0],
  [OP.refNull, OP.refNull, 1],
  [0xd1, 0xd1, 0],
  [0xd2, 0xd2, 1],
]

function integersAfter(op: number): number {
  const range = INTEGERS.find(([first, last]) => first <= op && op <= last)
  invariant(range, `the sandbox holds instruction 0x${op.toString(16)}, which has no meter`)
  return range[2]
}

/** Operands of the instructions after 0xfc, by their number: conversions, then memory and tables. */
const PREFIXED_OPERANDS = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1]

function passPrefixed(reader: WasmReader, second: number): void {
  const operands = PREFIXED_OPERANDS[second]
  invariant(operands !== undefined, `the sandbox holds instruction 0xfc ${second}, without a meter`)
  passIntegers(reader, operands)
}

function passIntegers(reader: WasmReader, n: number): void {
  for (let k = 0; k < n; k++) reader.passInteger()
}
