/** What a program finds. Everything else is taken away before it starts, also what a later interpreter adds. */
const GLOBALS = [
  'Object Function Error EvalError RangeError ReferenceError SyntaxError TypeError URIError',
  'InternalError AggregateError Iterator Array parseInt parseFloat isNaN isFinite decodeURI',
  'decodeURIComponent encodeURI encodeURIComponent Infinity NaN undefined eval Number Boolean String',
  'Math Reflect Symbol globalThis BigInt RegExp JSON Proxy Map Set WeakMap WeakSet ArrayBuffer',
  'Uint8ClampedArray Int8Array Uint8Array Int16Array Uint16Array Int32Array Uint32Array',
  'BigInt64Array BigUint64Array Float32Array Float64Array DataView Promise',
]
  .join(' ')
  .split(' ')

/**
 * Runs once in the interpreter, before any program. Its value is the function that turns the numbers of
 * a run into what a program takes: they come as one buffer of doubles, rows first, then sums, and NaN
 * stands for a missing reading. It is called before the code of the program is read, so nothing that a
 * program changes can reach it.
 */
export const PRELUDE = `(() => {
  'use strict'
  const kept = ${JSON.stringify(GLOBALS)}
  for (const name of Reflect.ownKeys(globalThis)) {
    if (!kept.includes(name)) delete globalThis[name]
  }
  delete Math.random
  return (buffer, names, rowCount, sumCount, length) => {
    const numbers = new Float64Array(buffer)
    const columns = JSON.parse(names)
    const rows = []
    let at = 0
    for (let i = 0; i < rowCount; i++) {
      const row = {}
      for (let k = 0; k < columns.length; k++) {
        const value = numbers[at++]
        row[columns[k]] = value === value ? value : null
      }
      rows.push(row)
    }
    const sums = []
    for (let i = 0; i < sumCount; i++) {
      sums.push(Array.from(numbers.subarray(at, (at += length))))
    }
    return { rows, sums, answers: sums.map((sum) => Promise.resolve(sum)) }
  }
})()`
